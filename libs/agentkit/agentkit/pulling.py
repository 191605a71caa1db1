"""How an agent takes requests: no more than it works on, each once, and none is left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any

from faststream import FastStream
from faststream.nats import NatsBroker
from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingCameError

from agentkit.nats import close

FETCH_S = 5.0
"""How long one request to the broker for the next message waits there."""
PAUSE_S = 1.0
"""After a refusal: a consumer that is gone is refused at once, over and over."""
AWAY_S = 0.1
CLOSE_S = 10.0


type Fetch = Callable[..., Awaitable[list[Msg]]]


class Working:
    """What this process works on now.

    While the broker is away for longer than its `ack_wait`, it hands a request out again
    that is being worked on here: the second delivery then waits for nothing and buys nothing.
    """

    def __init__(self) -> None:
        self._tasks = dict[str, asyncio.Task[None]]()

    async def on(self, message: Msg, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` for `message` unless it is being done; give back what is cancelled.

        In a task of its own: FastStream's scope would cancel again and again, and nothing
        could be brought to an end.
        """
        if message.subject in self._tasks:
            logger.info("request came again while it is worked on", subject=message.subject)
            return
        task = asyncio.create_task(_given_back(message, work))
        self._tasks[message.subject] = task
        task.add_done_callback(lambda _: self._tasks.pop(message.subject))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def end(self) -> None:
        """Wait until all has ended that was cancelled: it may have paid for an answer."""
        ending = asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await asyncio.wait({ending}, timeout=CLOSE_S)


async def _given_back(message: Msg, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except asyncio.CancelledError:
        with suppress(NatsError):
            await message.nak()
        raise


def pace(subscribers: Iterable[Any], connection: Client) -> None:
    """Let subscribers ask only a broker that is there, and not at once after a refusal.

    nats-py keeps what is published while the connection is away: every fetch in vain would
    ask for one request more, which nobody here is free to work on. And FastStream fetches again at
    once when the consumer is gone, which takes a whole core.
    """
    for subscriber in subscribers:
        subscription = subscriber.subscription
        subscription.fetch = _paced(subscription.fetch, connection)


def _paced(fetch: Fetch, connection: Client) -> Fetch:
    async def paced(batch: int = 1, timeout: float | None = FETCH_S) -> list[Msg]:  # noqa: ASYNC109 -- nats-py's own signature
        while not connection.is_connected:  # noqa: ASYNC110 -- nats-py has a flag only
            await asyncio.sleep(AWAY_S)
        try:
            messages = await fetch(batch, timeout)
        except NothingCameError:
            raise
        except NatsError as error:
            logger.warning("requests cannot be fetched", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_S)
            raise NothingCameError from error
        return messages

    return paced


async def stop(app: FastStream, broker: NatsBroker, connection: Client, working: Working) -> None:
    """Finish what is worked on in the time for it, give the rest back, and close."""
    try:
        await asyncio.gather(*(subscriber.stop() for subscriber in broker.subscribers))
        await working.end()
        async with asyncio.timeout(CLOSE_S):
            await app.stop()
    except (NatsError, TimeoutError) as error:
        # the broker is away: it hands out again whatever was not acknowledged
        logger.warning("stopped without the broker", error=type(error).__name__)
        await close(connection)
