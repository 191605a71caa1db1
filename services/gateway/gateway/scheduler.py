"""Makes the runs that schedules ask for: each once, whoever notices its time first.

The broker wakes us at the times of a schedule. It fires nothing for the times at which it was
dead, so all schedules are looked at every now and then as well. Both ways ask the same
question, which time of this schedule is still without a run, and the id of the run follows from
schedule and time: it is one run, however often and by however many replicas it is asked for.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from loguru import logger
from nats.aio.msg import Msg
from pydantic import ValidationError

from agentkit import failpoints, metrics, tracing
from agentkit.http import Readiness
from agentkit.reader import Reader
from contracts import subjects
from contracts.schedules import Schedule, ScheduleOutcome
from gateway import intake, schedules
from gateway.drafting import drafted
from gateway.intake import OrderError, RunOrder
from gateway.kit import Kit
from gateway.schedules import Kept

BATCH = 50
RUN_TIMEOUT_S = 10
MARGIN = timedelta(seconds=30)
"""For so long a time is left to the broker to wake us at; shorter than a minute, so that there is
a look at the last time of every schedule."""
_RUNS = uuid.UUID("6f0c1a52-3f4e-5c0b-9c53-7f6f0e1d8a44")


class Scheduler:
    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._grace = timedelta(seconds=kit.settings.schedule_grace_s)

    async def handle(self, due: Sequence[Msg]) -> None:
        """Make the runs of schedules that the broker has fired."""
        await _all_of(self._wake(message) for message in due)

    async def sweep(self) -> None:
        """Make the runs for times that nobody was woken at."""
        now = datetime.now(UTC)
        kept = await schedules.every(self._kit.connection)
        due = ((each, each.due_at(now)) for each in kept)
        missed = [(each, at) for each, at in due if at is not None and now - at >= MARGIN]
        await _all_of(self._settle(each, at) for each, at in missed)

    async def sweep_for_ever(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 -- looks again, whatever was in the way
                logger.warning("schedules wait", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(self._kit.settings.schedule_sweep_s)

    async def _wake(self, message: Msg) -> None:
        kept = await schedules.find(self._kit.connection, subjects.schedule_id_of(message.subject))
        # our clock may be behind that of the broker, which fires nothing too early
        now = max(datetime.now(UTC), message.metadata.timestamp)
        fire_at = None if kept is None else kept.due_at(now)
        if kept is not None and fire_at is not None:
            await self._settle(kept, fire_at)

    async def _settle(self, kept: Kept, fire_at: datetime) -> None:
        about = {"yaa.schedule.id": kept.schedule.id}
        with tracing.span("gateway", "fire schedule", parent="", attributes=about):
            outcome = await self._outcome(kept.schedule, fire_at)
            await failpoints.reach("scheduler.middle", kept.schedule.id)
            if await schedules.record(self._kit.connection, outcome, last_seq=kept.outcome_seq):
                _tell(outcome)

    async def _outcome(self, schedule: Schedule, fire_at: datetime) -> ScheduleOutcome:
        now = datetime.now(UTC)
        outcome = ScheduleOutcome(
            schedule_id=schedule.id,
            created_at=schedule.created_at,
            fire_at=fire_at,
            at=now,
            outcome="skipped",
            done=None if schedule.at is None else schedule,
        )
        if schedule.on_missed == "skip" and now - fire_at > self._grace:
            return outcome
        try:
            run_id = await self._run(schedule, fire_at)
        except OrderError as error:
            return outcome.model_copy(update={"outcome": "failed", "error": str(error)})
        return outcome.model_copy(update={"outcome": "run", "run_id": run_id})

    async def _run(self, schedule: Schedule, fire_at: datetime) -> str:
        """Ask for the run of one time; return its id.

        Raises:
            OrderError: it could never be run to its end.
            TimeoutError, OSError, nats.errors.Error, asyncpg.PostgresError: not now.
        """
        order = _order_of(schedule)
        async with asyncio.timeout(RUN_TIMEOUT_S):
            draft = await drafted(self._kit, order)
            run_id = run_id_of(schedule.id, fire_at)
            on_behalf = {"run_id": run_id, "on_behalf_of": schedule.requested_by}
            named = draft.model_copy(update=on_behalf)
            await intake.accept(self._kit.connection, named)
        return run_id


def run_id_of(schedule_id: str, fire_at: datetime) -> str:
    return str(uuid.uuid5(_RUNS, f"{schedule_id} {fire_at.astimezone(UTC).isoformat()}"))


def _order_of(schedule: Schedule) -> RunOrder:
    order = schedule.order | {"requested_by": f"schedule:{schedule.id}"}
    try:
        return RunOrder.model_validate(order)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the order"
        raise OrderError(
            f"{field} of what was scheduled is not taken any more ({first['msg']}): "
            "remove the schedule and add it anew"
        ) from error


def _tell(outcome: ScheduleOutcome) -> None:
    metrics.SCHEDULE_FIRES.labels(outcome.outcome).inc()
    level = {"run": "INFO", "skipped": "WARNING", "failed": "ERROR"}[outcome.outcome]
    logger.log(
        level,
        "schedule fired",
        schedule=outcome.schedule_id,
        outcome=outcome.outcome,
        fire_at=outcome.fire_at.isoformat(),
        late_s=round((outcome.at - outcome.fire_at).total_seconds()),
        **({"run_id": outcome.run_id} if outcome.run_id else {}),
        **({"error": outcome.error} if outcome.error else {}),
    )


async def _all_of(work: Iterable[Awaitable[None]]) -> None:
    """Do all of it, however much of it fails, then raise the first failure."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    failures = [each for each in ended if isinstance(each, BaseException)]
    if failures:
        raise failures[0]


@asynccontextmanager
async def scheduling(kit: Kit) -> AsyncIterator[Readiness]:
    """Make runs of schedules until the block is left; those at hand are finished first."""
    scheduler = Scheduler(kit)
    reader = Reader(
        kit.connection,
        stream=subjects.TIMERS,
        durable=subjects.SCHEDULER,
        handle=scheduler.handle,
        batch=BATCH,
        drain_timeout_s=kit.settings.drain_timeout_s,
    )
    async with reader:
        sweep = asyncio.create_task(scheduler.sweep_for_ever(), name="schedules")
        try:
            yield reader.missing
        finally:
            sweep.cancel()
            await asyncio.gather(sweep, return_exceptions=True)
