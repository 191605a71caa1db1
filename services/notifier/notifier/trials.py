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
    trial = _Trial(targets)
    subscription = await connection.subscribe(
        subjects.TRIALS, queue=subjects.NOTIFIER, cb=trial.hear
    )
    try:
        await connection.flush()
        yield
    finally:
        with suppress(NatsError):
            await subscription.unsubscribe()
        await trial.stop()


class _Trial:
    """One at a time: who asks meanwhile is told what becomes of it, in place of another one."""

    def __init__(self, targets: Mapping[Name, Target]) -> None:
        self._targets = targets
        self._asking = list[Msg]()
        self._running: asyncio.Task[None] | None = None

    async def hear(self, message: Msg) -> None:
        self._asking.append(message)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), name="trial of notices")

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        report = (await tried(self._targets, datetime.now(UTC))).model_dump_json().encode()
        while self._asking:
            with suppress(NatsError):
                await self._asking.pop().respond(report)


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
