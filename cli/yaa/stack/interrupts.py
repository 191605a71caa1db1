"""The first Ctrl-C or SIGTERM stops cleanly, the second at once."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress

import psutil  # type: ignore[import-untyped]  # has no types
from rich.console import Console

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FORCED = 130


async def interruptible(work: Coroutine[None, None, int], console: Console) -> int | None:
    """Return what `work` returns, or None when a signal made it stop and clean up."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    asked = asyncio.Event()

    def on_signal() -> None:
        if asked.is_set():
            _end_all()
        asked.set()
        task.cancel()
        with suppress(OSError, SystemExit):  # the terminal may be what has gone
            console.print("stopping, what runs may finish … (Ctrl-C again ends it at once)")

    for number in SIGNALS:
        if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # started by nohup
        loop.add_signal_handler(number, on_signal)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
        return None


def _end_all() -> None:
    """End this process and all below it without a word: what was acknowledged is on disk."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    os._exit(FORCED)
