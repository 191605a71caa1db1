"""Child processes that do not outlive this one, however it dies."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yaa.embedded.identity import Identity

LOG_MAX_BYTES = 8 * 1024 * 1024

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `orphaned` is the signal it gets when this process dies (Linux only)."""

    argv: tuple[str, ...]
    log: Path
    orphaned: signal.Signals = signal.SIGTERM
    identity: Identity | None = None
    environment: Mapping[str, str] | None = None
    folder: Path = Path("/")


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own.

    Call it from the main thread: Linux takes the end of the calling thread for our death.
    """
    bound(command.log)
    with command.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 -- our own binaries, no shell
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=command.folder,
            env=command.environment,
            start_new_session=True,
            preexec_fn=_before_exec(command),  # noqa: PLW1509 -- only system calls in there
        )


def bound(log: Path) -> None:
    """Empty a log that has grown too long. Call it before the log is opened."""
    if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
        log.write_bytes(b"")


def _before_exec(command: Command) -> Callable[[], None]:
    """Return what the child runs before it becomes the program: system calls and nothing else."""
    parent = os.getpid()
    orphaned = int(command.orphaned)
    change = command.identity.change() if command.identity else None
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def run() -> None:
        if change is not None:
            change()
        if prctl is not None:  # after the change of user, which would clear it
            prctl(_PR_SET_PDEATHSIG, orphaned, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return run
