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
        """End the children of a predecessor that was killed. Call it under the lock.

        Most have had their signal when it died and only need a moment.
        """
        deadline = time.monotonic() + grace_s
        for record in self.all():
            if record.pid == os.getpid():
                continue
            while belongs_to(record.pid, self.data_dir) and time.monotonic() < deadline:
                time.sleep(_POLL_S)
            if belongs_to(record.pid, self.data_dir):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(record.pid, signal.SIGKILL)
            self.remove(record.name)


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
