"""One stack per data folder."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yaa.errors import UsageError


@contextmanager
def locked(data_dir: Path, url: str) -> Iterator[None]:
    """Hold the folder for this process; `url` is what a second one is told.

    Raises:
        UsageError: the folder is held, or cannot be written.
    """
    file = data_dir / "lock"
    with _writable(data_dir, file).open("r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(_held(data_dir, handle.read())) from None
        handle.truncate()
        handle.write(json.dumps({"pid": os.getpid(), "url": url}))
        handle.flush()
        yield


def _writable(data_dir: Path, file: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        raise UsageError(
            f"the data folder {str(data_dir)!r} cannot be written "
            f"({(error.strerror or str(error)).lower()}): choose another one with --data-dir"
        ) from None
    return file


def _held(data_dir: Path, text: str) -> str:
    try:
        holder = json.loads(text)
        who = f"process {holder['pid']} at {holder['url']}"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    return (
        f"yaa already runs in {str(data_dir)!r} ({who}): "
        "use that one, stop it, or choose another folder with --data-dir"
    )
