"""Shows whether messages arrive before anything depends on it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts import subjects
from contracts.notices import Target as Name
from contracts.notices import TrialNotice, TrialReport, TrialResult
from notifier.targets.target import NotDeliveredError, Target, Told

LONGEST_S = 20.0


@asynccontextmanager
async def trials(connection: Client, targets: Mapping[Name, Target]) -> AsyncIterator[None]:
    """Send a trial to all whenever somebody asks for it; replicas share the requests."""
    async with asyncio.TaskGroup() as group:
        trial, answers = _Trial(targets, group), set[asyncio.Task[None]]()

        async def answer(message: Msg) -> None:
            answers.add(task := group.create_task(trial.answer(message)))
            task.add_done_callback(answers.discard)

        subscription = await connection.subscribe(
            subjects.TRIALS, queue=subjects.NOTIFIER, cb=answer
        )
        await connection.flush()
        try:
            yield
        finally:
            with suppress(NatsError):
                await subscription.unsubscribe()
            for task in answers:
                task.cancel()


class _Trial:
    """Answers who asks during a trial with what becomes of it, in place of another one."""

    def __init__(self, targets: Mapping[Name, Target], group: asyncio.TaskGroup) -> None:
        self._targets = targets
        self._group = group
        self._running: asyncio.Task[TrialReport] | None = None

    async def answer(self, message: Msg) -> None:
        if self._running is None or self._running.done():
            self._running = self._group.create_task(tried(self._targets, datetime.now(UTC)))
        report = await self._running
        with suppress(NatsError):
            await message.respond(report.model_dump_json().encode())


async def tried(targets: Mapping[Name, Target], at: datetime) -> TrialReport:
    """Return what became of a message to every target that was sent `at` some time."""
    told = Told(f"trial.{at.timestamp():.6f}", TrialNotice(timestamp=at))
    results = await asyncio.gather(*(_try(name, each, told) for name, each in targets.items()))
    return TrialReport(results=tuple(results))


async def _try(name: Name, target: Target, told: Told) -> TrialResult:
    try:
        async with asyncio.timeout(LONGEST_S):
            await target.send([told])
    except NotDeliveredError as error:
        return TrialResult(target=name, problem=str(error))
    except TimeoutError:
        return TrialResult(target=name, problem=f"there was no answer in {LONGEST_S:.0f} s")
    except Exception as error:  # noqa: BLE001 -- the boundary: who asks is told of all the others
        logger.opt(exception=error).error("trial failed", target=name)
        return TrialResult(target=name, problem=f"{type(error).__name__}: the log says why")
    return TrialResult(target=name)
