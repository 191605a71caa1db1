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
from pydantic import ValidationError

from agentkit.nats import close
from contracts import subjects
from contracts.live import StopRun

FETCH_S = 5.0
"""How long one request to the broker for the next message waits there."""
PAUSE_S = 1.0
"""After a refusal: a consumer that is gone is refused at once, over and over."""
AWAY_S = 0.1
CLOSE_S = 10.0


type Fetch = Callable[..., Awaitable[list[Msg]]]


type Work = Callable[[], Coroutine[Any, Any, None]]


class Working:
    """What this process works on now.

    While the broker is away for longer than its `ack_wait`, it hands a request out again
    that is being worked on here: the second delivery then waits for nothing and buys nothing.
    """

    def __init__(self) -> None:
        self._jobs = dict[str, _Job]()

    async def on(self, message: Msg, work: Work) -> None:
        """Do `work` for `message` unless it is being done; give back what is cancelled.

        In a task of its own: FastStream's scope would cancel again and again, and nothing
        could be brought to an end.
        """
        if message.subject in self._jobs:
            logger.info("request came again while it is worked on", **_about(message.subject))
            return
        job = self._jobs[message.subject] = _Job(message, work)
        job.task.add_done_callback(lambda _: self._jobs.pop(message.subject))
        try:
            await asyncio.shield(job.task)
        except asyncio.CancelledError:
            job.cancel()
            raise

    def drop(self, run_id: str) -> None:
        """Stop the work on a run that has ended; it is done with and not given back."""
        for subject, job in self._jobs.items():
            if subjects.run_id_of(subject) == run_id:
                logger.info("run has ended, its step is stopped", **_about(subject))
                job.drop()

    async def end(self) -> None:
        """Wait until all has ended that was cancelled: it may have paid for an answer."""
        tasks = [job.task for job in self._jobs.values()]
        ending = asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait({ending}, timeout=CLOSE_S)


class _Job:
    """One request in the hands of this process."""

    def __init__(self, message: Msg, work: Work) -> None:
        self._message = message
        self._is_dropped = False
        self._has_begun = False
        self.task = asyncio.create_task(self._run(work))

    def cancel(self) -> None:
        """Stop the work once: what it does to wind up is not disturbed again."""
        if not self.task.cancelling():
            self.task.cancel()

    def drop(self) -> None:
        self._is_dropped = True
        if self._has_begun:
            self.cancel()

    async def _run(self, work: Work) -> None:
        self._has_begun = True
        try:
            if not self._is_dropped:
                await work()
                return
        except asyncio.CancelledError:
            if not self._is_dropped:
                with suppress(NatsError):
                    await self._message.nak()
                raise
        with suppress(NatsError):
            await self._message.ack()


def _about(subject: str) -> dict[str, str]:
    return {"run_id": subjects.run_id_of(subject), "subject": subject}


async def obey(connection: Client, working: Working) -> None:
    """From now on stop working on a run when it is told that it has ended."""

    async def on_control(message: Msg) -> None:
        try:
            stop = StopRun.model_validate_json(message.data)
        except ValidationError:
            logger.warning("control message cannot be read", subject=message.subject)
            return
        working.drop(stop.run_id)

    await connection.subscribe(subjects.ALL_CONTROL, cb=on_control)


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
