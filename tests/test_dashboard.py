"""The TypeScript side of the API: as it is committed, and free of mistakes."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INSTALL_TIMEOUT_S = 150


def run(*command: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- make and npm of whoever runs the tests
        command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    done = run("make", "dashboard/node_modules/.synced", timeout_s=INSTALL_TIMEOUT_S)
    assert done.returncode == 0, f"{done.stderr} (Node.js 20 or newer and npm must be there)"


@pytest.mark.timeout(INSTALL_TIMEOUT_S + 60)
def test_the_types_of_the_api_are_current_and_compile() -> None:
    current = run("npm", "--prefix", "dashboard", "run", "--silent", "schema", "--", "--check")
    compiled = run("npm", "--prefix", "dashboard", "run", "--silent", "check")

    assert current.returncode == 0, f"{current.stderr}: run make render"
    assert compiled.returncode == 0, compiled.stdout
