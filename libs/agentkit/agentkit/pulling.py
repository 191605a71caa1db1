"""How an agent takes requests: no more than it works on, each once, and none is left behind."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from agentkit.standing import StandingPull
from agentkit.wire import ours
from contracts import subjects
from contracts.live import StopRun

CLOSE_S = 10.0
FLUSH_S = 2
LOOK_S = 5.0
"""How often it is looked whether a run has ended that is worked on."""
FRESH = timedelta(seconds=10)
"""A request is looked up that is older: that its run has ended is told once, and may be lost."""
ENDED_KEPT = 1000

type Work = Callable[[Msg], Coroutine[Any, Any, None]]
type HasEnded = Callable[[str], Awaitable[bool]]


class Working:
    """What this process works on now: `work` does what one request asks for.

    While the broker is away for longer than its `ack_wait`, it hands a request out again
    that is being worked on here: the second delivery then waits for nothing and buys nothing.
    """

    def __init__(self, connection: Client, work: Work, has_ended: HasEnded) -> None:
        self._connection = connection
        self._work = work
        self._has_ended = has_ended
        self._jobs = dict[str, _Job]()
        self._ended = OrderedDict[str, None]()

    async def listen(self) -> None:
        """From now on stop working on a run when it is told that it has ended."""
        await ours(self._connection).subscribe_directly(subjects.ALL_CONTROL, self._on_control)
        await self._connection.flush()
        self._listening_since = datetime.now(UTC)
        self._connects = self._connection.stats["reconnects"]

    def take(self, message: Msg, *, done: Callable[[], None]) -> None:
        """Begin with a request unless it is worked on already; then, or at the end, call `done`."""
        subject = message.subject
        if subject in self._jobs:
            logger.info("request came again while it is worked on", **_about(subject))
            done()
            return

        def forget(_: asyncio.Task[None]) -> None:
            del self._jobs[subject]
            done()

        is_dropped = subjects.run_id_of(subject) in self._ended
        job = self._jobs[subject] = _Job(message, self._work, is_dropped=is_dropped)
        job.task.add_done_callback(forget)

    def is_fresh(self, message: Msg) -> bool:
        """Tell whether a request was given to nobody before, and its run's end would be heard."""
        if (connects := self._connection.stats["reconnects"]) != self._connects:
            self._connects, self._listening_since = connects, datetime.now(UTC)
        about, now = message.metadata, datetime.now(UTC)
        is_heard = max(self._listening_since, now - FRESH) < about.timestamp
        return is_heard and about.num_delivered == 1

    def drop(self, run_id: str) -> None:
        """Stop the work on a run that has ended; it is done with and not given back."""
        self._ended[run_id] = None
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        for subject, job in self._jobs.items():
            if subjects.run_id_of(subject) == run_id:
                logger.info("run has ended, its step is stopped", **_about(subject))
                job.drop()

    async def beat(self, *, every_s: float) -> None:
        """Tell the broker again and again that all of it is worked on."""
        while True:
            await asyncio.sleep(every_s)
            for job in list(self._jobs.values()):
                try:
                    await job.message.in_progress()
                except NatsError as error:
                    # the connection heals by itself; a missed beat costs another delivery at worst
                    logger.warning("heartbeat missed", error=type(error).__name__)

    async def look(self, *, every_s: float) -> None:
        """Look again and again whether runs have ended that are worked on: not all is heard."""
        while True:
            await asyncio.sleep(every_s)
            for run_id in {subjects.run_id_of(subject) for subject in self._jobs}:
                try:
                    if await self._has_ended(run_id):
                        self.drop(run_id)
                except (NatsError, TimeoutError) as error:
                    logger.warning("run cannot be looked up", error=type(error).__name__)

    async def finish(self, *, timeout_s: float) -> None:
        """Finish in the time for it, and give the rest back."""
        await self._wait(timeout_s)
        for job in list(self._jobs.values()):
            job.cancel()
        await self._wait(CLOSE_S)  # what is cancelled may have paid for an answer
        if self._connection.is_connected:
            with suppress(NatsError, TimeoutError):
                await self._connection.flush(FLUSH_S)  # the broker is to know of it

    async def _wait(self, timeout_s: float) -> None:
        if tasks := [job.task for job in self._jobs.values()]:
            await asyncio.wait(tasks, timeout=timeout_s)

    def _on_control(self, message: Msg) -> None:
        try:
            stop = StopRun.model_validate_json(message.data)
        except ValidationError:
            logger.warning("control message cannot be read", subject=message.subject)
            return
        self.drop(stop.run_id)


class Requests:
    """Takes the requests to one agent while the block runs, `workers` at once.

    Leaving it takes nothing more, finishes what is taken in `drain_timeout_s`, and gives the rest
    back.
    """

    def __init__(  # noqa: PLR0913 -- each part has a name
        self,
        connection: Client,
        agent: str,
        working: Working,
        *,
        workers: int,
        beat_s: float,
        drain_timeout_s: float,
    ) -> None:
        self._working = working
        self._beat_s = beat_s
        self._drain_timeout_s = drain_timeout_s
        self._pull = StandingPull(
            connection,
            stream=subjects.RUNS,
            durable=subjects.durable_of(agent),
            room=workers,
            take=self._take,
        )

    async def __aenter__(self) -> Self:
        await self._working.listen()
        self._tending = [
            asyncio.create_task(self._working.beat(every_s=self._beat_s)),
            asyncio.create_task(self._working.look(every_s=LOOK_S)),
        ]
        await self._pull.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pull.__aexit__(kind, error, trace)
        await self._working.finish(timeout_s=self._drain_timeout_s)
        for task in self._tending:
            task.cancel()
        await asyncio.gather(*self._tending, return_exceptions=True)

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing is taken any more, or nobody tends what is."""
        return self._pull.has_ended or any(task.done() for task in self._tending)

    def _take(self, message: Msg) -> None:
        self._working.take(message, done=self._pull.done)


class _Job:
    """One request in the hands of this process."""

    def __init__(self, message: Msg, work: Work, *, is_dropped: bool) -> None:
        self.message = message
        self._is_dropped = is_dropped
        loop = asyncio.get_running_loop()
        self.task = asyncio.Task(self._run(work), loop=loop, eager_start=True)

    def cancel(self) -> None:
        """Stop the work once: what it does to wind up is not disturbed again."""
        if not self.task.cancelling():
            self.task.cancel()

    def drop(self) -> None:
        self._is_dropped = True
        self.cancel()

    async def _run(self, work: Work) -> None:
        try:
            if not self._is_dropped:
                await work(self.message)
                return
        except asyncio.CancelledError:
            if not self._is_dropped:
                with suppress(NatsError):
                    await self.message.nak()
                raise
        except Exception as error:  # noqa: BLE001 -- the boundary: it comes again when it is not acknowledged
            logger.opt(exception=error).error(
                "request failed, it comes again", **_about(self.message.subject)
            )
            return
        with suppress(NatsError):
            await self.message.ack()


def _about(subject: str) -> dict[str, str]:
    return {"run_id": subjects.run_id_of(subject), "subject": subject}
