#!/bin/sh
# Installs into the virtual environment what an image needs of others, as requirements.lock has it:
# for core everything, for another image what core does not have. Called by the Dockerfile.
set -eu

wanted() {
    # shellcheck disable=SC2046 # several files
    uv pip compile --quiet --no-header --no-annotate --constraint requirements.lock $(python3 -m deploy.services "$1") |
        grep == | sort
}

wanted core >/tmp/core.txt
if [ "$1" = core ]; then cp /tmp/core.txt /tmp/wanted.txt; else wanted "$1" | comm -13 /tmp/core.txt - >/tmp/wanted.txt; fi
uv pip install --quiet --no-deps --compile-bytecode --require-hashes \
    --requirement /tmp/wanted.txt --constraint requirements.lock
# the symbols of a debugger are half of what some wheels weigh
find /venv -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +
