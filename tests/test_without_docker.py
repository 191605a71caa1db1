"""What `make e2e`, and all else that is about containers, says on a machine without Docker."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NO_COMPOSE = (
    "docker compose is not there: install Docker with compose v2, "
    "or use make up, which needs neither"
)
NO_ENGINE = "Docker does not answer: start it, or use make up, which needs none"
OF_CONTAINERS = re.findall(
    r"^([a-z0-9-]+):(?= (?:docker|secrets|images)\b)", (ROOT / "Makefile").read_text(), re.MULTILINE
)


def test_the_targets_about_containers_are_known() -> None:
    assert {"e2e", "compose-up", "compose-down", "backup", "restore"} < {*OF_CONTAINERS}
    assert {"monitoring-up", "monitoring-down", "images", "secrets"} < {*OF_CONTAINERS}


@pytest.mark.parametrize("target", OF_CONTAINERS)
@pytest.mark.parametrize(
    ("docker", "says"),
    [
        ("", NO_COMPOSE),
        ("exit 1", NO_COMPOSE),
        ('test "$1" = compose', NO_ENGINE),
    ],
    ids=["no docker", "no compose", "no engine"],
)
def test_one_sentence_says_what_is_missing(
    tmp_path: Path, docker: str, says: str, target: str
) -> None:
    for tool in ("sh", "date", "grep"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "")
    if docker:
        command = tmp_path / "docker"
        command.write_text(f"#!/bin/sh\n{docker}\n")
        command.chmod(0o755)

    done = subprocess.run(  # noqa: S603 -- make of whoever runs the tests
        [shutil.which("make") or "", "--no-print-directory", target],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode != 0
    assert done.stdout.splitlines() == [says]
    assert "Traceback" not in done.stderr
