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

# The symbols of a debugger are half of what some wheels weigh.
find /venv -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +
[ "$1" = core ] || exit 0
cd /venv/lib/python3*/site-packages
# cel-expr-python brings its own tests, and extensions that nobody here imports.
rm -rf bazel-project
find cel_expr_python/ext -name 'ext_*' -not -name 'ext_strings*' -delete
# 5,000 small files of types: Python reads their bytecode packed as well, and a bit faster.
/venv/bin/python -m compileall -q -b --invalidation-mode unchecked-hash anthropic openai
find anthropic openai -name '*.py' -delete
find anthropic openai -path '*/__pycache__/*' -delete
/venv/bin/python -m zipfile -c models.zip anthropic openai
echo models.zip >models.pth
rm -r anthropic openai
