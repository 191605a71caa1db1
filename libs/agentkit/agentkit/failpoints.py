"""Places where a crash test stops a process, to end it exactly there.

A test arms a point with an empty file of its name in a folder. The first process to come there
takes it: the file is then called `point@pid`, holds what is in hand, and the process waits until
the file is gone. Without a folder, which is how every service runs, nothing happens here.
"""

import asyncio
import os
from pathlib import Path

POLL_S = 0.01

_folder: Path | None = None


def use(folder: Path | None) -> None:
    """Look for armed points in `folder` from now on; in none with None."""
    global _folder  # noqa: PLW0603 -- a place in the code has nothing that it could be given
    _folder = folder


async def reach(point: str, in_hand: str = "") -> None:
    """Wait here as long as a test holds this process at `point`."""
    if _folder is None:
        return
    held = _folder / f"{point}@{os.getpid()}"
    try:
        (_folder / point).rename(held)
    except FileNotFoundError:
        return
    held.write_text(f"{in_hand}\n")
    while held.exists():  # noqa: ASYNC110 -- a file is all there is to look at
        await asyncio.sleep(POLL_S)
