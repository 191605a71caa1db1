"""What runs now, one JSON file per child in `<data>/run`: for people, tests and the next start."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no types

MARK = "YAA_STACK"
"""The variable that says to which data folder, and to which child, a process belongs."""
GRACE_S = 3.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Record:
    """One child and where it answers, without secrets."""

    name: str
    pid: int
    url: str


class Records:
    """The records below one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "run"
        self.folder.mkdir(exist_ok=True)

    def write(self, record: Record) -> None:
        file = self.folder / f"{record.name}.json"
        scratch = file.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(record)) + "\n")
        scratch.replace(file)

    def remove(self, name: str) -> None:
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def all(self) -> Iterator[Record]:
        for file in sorted(self.folder.glob("*.json")):
            with contextlib.suppress(OSError, ValueError, TypeError):
                yield Record(**json.loads(file.read_text()))

    def end_leftovers(self, grace_s: float = GRACE_S) -> None:
        """End what a killed predecessor left running. Call it under the lock.

        Most have had their signal when it died and only need a moment.
        """
        left = [record for record in self.all() if record.pid != os.getpid()]
        deadline = time.monotonic() + grace_s
        for record in left:
            while belongs_to(record.pid, self.data_dir) and time.monotonic() < deadline:
                time.sleep(_POLL_S)
            if belongs_to(record.pid, self.data_dir):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(record.pid, signal.SIGKILL)
            self.remove(record.name)
        if left:
            end_marked(str(self.data_dir))


def mark_of(data_dir: Path, name: str) -> str:
    return f"{data_dir}{os.pathsep}{name}"


def end_marked(mark: str) -> None:
    """End every process with `mark`, or one that begins with it, in its environment.

    This finds what a child has started in a session of its own, such as a render.
    """
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            found = f"{process.environ().get(MARK, '')}{os.pathsep}"
            if found.startswith(f"{mark}{os.pathsep}") and process.pid != os.getpid():
                process.kill()


def belongs_to(pid: int, folder: Path) -> bool:
    """Whether `pid` is a live process whose command line names `folder` or what is in it."""
    try:
        process = psutil.Process(pid)
        arguments = process.cmdline()
        is_dead = process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    inside = f"{folder}{os.sep}"
    return not is_dead and any(f"{argument}{os.sep}".startswith(inside) for argument in arguments)
