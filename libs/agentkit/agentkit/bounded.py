"""Work that ends in a bounded time, whether it heeds that it is to stop or not."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

from loguru import logger

GRACE_S = 15.0
"""So long may work that is to stop wind up: an answer that is paid for is still recorded."""

_abandoned = set[asyncio.Task[Any]]()


async def within[T](
    work: Coroutine[Any, Any, T], timeout_s: float, *, on_abandoned: Callable[[], None]
) -> T:
    """Return what `work` gives in `timeout_s`.

    Work that takes longer, or whose caller is cancelled, is told to stop once. No task can be
    killed: one that does not stop is left to itself after a while, and nobody waits for it.

    Raises:
        TimeoutError: it took longer; with a message when it does not even stop.
        RuntimeError: it ended as if it had been told to stop.
    """
    task = asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
    if task.done():  # it had nothing to wait for
        return _result_of(task)
    try:
        await asyncio.wait({task}, timeout=timeout_s)
    except asyncio.CancelledError:
        await _stop(task, on_abandoned)
        raise
    if task.done():
        return _result_of(task)
    if not await _stop(task, on_abandoned):
        raise TimeoutError(
            f"no result in {timeout_s:g} s, and the handler does not stop: let it pass on "
            "asyncio.CancelledError"
        )
    if task.cancelled():
        raise TimeoutError
    return task.result()


def leave_if_abandoned() -> None:
    """End the process now if work was left to itself: the loop would wait for it for ever."""
    if any(not task.done() for task in _abandoned):
        logger.warning("process ends in spite of work that does not", tasks=len(_abandoned))
        os._exit(0)


def _result_of[T](task: asyncio.Task[T]) -> T:
    if task.cancelled():
        raise RuntimeError("the handler gave up: something it waited for was cancelled")
    return task.result()


async def _stop(task: asyncio.Task[Any], on_abandoned: Callable[[], None]) -> bool:
    """Cancel `task` and tell whether it ended in time."""
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE_S)
    if task.done():
        return True
    logger.error("handler ignores that it is to stop and is left to itself", after_s=GRACE_S)
    on_abandoned()
    _abandoned.add(task)
    task.add_done_callback(_forget)
    return False


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("work that was left to itself failed", error=type(error).__name__)
