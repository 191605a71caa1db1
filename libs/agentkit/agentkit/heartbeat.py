"""Asks and tells the broker something again and again while a message is worked on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from loguru import logger
from nats.errors import Error as NatsError


@asynccontextmanager
async def heartbeat(beat: Callable[[], Awaitable[None]], *, every_s: float) -> AsyncIterator[None]:
    """Call `beat` every `every_s` seconds while the block runs."""
    task = asyncio.create_task(_beats(beat, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _beats(beat: Callable[[], Awaitable[None]], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await beat()
        except (NatsError, TimeoutError) as error:
            # the connection heals by itself; a missed beat costs a second delivery at worst
            logger.warning("heartbeat missed", error=type(error).__name__)
