"""The TypeScript side of the API: as it is committed, and free of mistakes."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TIMEOUT_S = 210
"""With the tools not installed yet."""


@pytest.mark.timeout(TIMEOUT_S + 10)
def test_the_types_of_the_api_are_current_and_compile() -> None:
    done = subprocess.run(
        ["make", "types"],  # noqa: S607 -- make of whoever runs the tests
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}{done.stderr}: run make render"
