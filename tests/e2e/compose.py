"""`docker compose` for one project of the tests' own, and the records its containers leave."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = (ROOT / "compose.yaml", Path(__file__).with_name("compose.yaml"))
BESIDE = ROOT / "compose.monitoring.yaml"
"""What may have been started as well; it goes with the rest."""
TIMEOUT_S = 300.0
FOLLOWER_TIMEOUT_S = 3.0
OF_MAKE = {"ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
"""What the make that runs these tests was told is not for one that they run."""
LINE = re.compile(r"^(?:\x1b\[2K)?(?P<container>\S+)\s+\| (?P<said>.*)$")
"""Compose 2.26 clears the line before it, whether it writes to a terminal or not."""


class Compose:
    """Runs the command line; whatever it complains about ends the test with its words.

    What containers say goes to `logs`, for as long as the project is followed.
    """

    def __init__(self, project: str, logs: Path, settings: Mapping[str, str]) -> None:
        self._command = ["docker", "compose", "--ansi", "never"]
        files = {"COMPOSE_PROJECT_NAME": project, "COMPOSE_FILE": ":".join(map(str, FILES))}
        ours = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        self._environment = {**ours, **settings, **files}
        self._followers = list[subprocess.Popen[bytes]]()
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir(parents=True)
        self._log = logs / "all.log"
        self._log.touch()

    def run(self, *arguments: str, timeout_s: float = TIMEOUT_S) -> str:
        """Return what a command of `docker compose` says."""
        return self._run([*self._command, "--progress", "quiet", *arguments], timeout_s)

    def make(self, *arguments: str) -> str:
        """Return what a target of the Makefile says that is about containers, here of these."""
        return self._run(["make", "--no-print-directory", *arguments], TIMEOUT_S)

    def _run(self, command: list[str], timeout_s: float) -> str:
        done = subprocess.run(  # noqa: S603 -- a command of ours
            command,
            env=self._environment,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        if done.returncode:
            said = f"{' '.join(command)} ended with {done.returncode}:"
            raise AssertionError(f"{said}\n{done.stdout}{done.stderr}")
        return done.stdout

    def follow(self, *, since: str = "") -> None:
        """Write what containers say to the log, of those as well that start later.

        Whoever follows leaves when all have ended.
        """
        with self._log.open("ab") as log:
            self._followers.append(
                subprocess.Popen(  # noqa: S603 -- a command of ours
                    [*self._command, "logs", "--follow", *(["--since", since] if since else [])],
                    env=self._environment,
                    cwd=ROOT,
                    stdout=log,
                    stderr=subprocess.DEVNULL,
                )
            )

    def down(self, *arguments: str) -> None:
        """Remove all containers; what they said last is in the log when this returns."""
        files = [part for file in (*FILES, BESIDE) for part in ("--file", str(file))]
        self.run(*files, "down", "--remove-orphans", "--timeout", "20", *arguments)
        self.rest()

    def rest(self) -> None:
        """Wait for the last that removed containers said."""
        for follower in self._followers:
            try:
                follower.wait(FOLLOWER_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                follower.terminate()
                follower.wait()
        self._followers.clear()

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield each line of the log so far, with the name of its container."""
        with self._log.open(encoding="utf-8", errors="replace") as log:
            for line in log:
                if found := LINE.match(line):
                    yield found["container"], found["said"]


def docker(*arguments: str) -> str:
    """Return what a command of `docker` says."""
    done = subprocess.run(  # noqa: S603 -- a command of ours
        ["docker", *arguments],  # noqa: S607 -- wherever it is
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def engine_address() -> str:
    """Return where the engine is that the command line speaks to."""
    return docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
