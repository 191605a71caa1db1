"""Carries out what the core decides: read runs, decide, append.

Any number of replicas shares the two durables. Each output has its own subject, so two
that decide the same append it once; whoever sees the later of two events sees both, because
the run is read from the log after its event was stored there. A run can end in several ways,
which are several subjects: an end is appended only while nothing has happened since the run was
read, else the run is read and decided again.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from agentkit import failpoints
from agentkit.http import Readiness, all_ready
from agentkit.nats import append, connected, publish_once, read_run
from agentkit.reader import Reader
from agentkit.service import Service
from agentkit.settings import Settings
from contracts import subjects
from contracts.events import RunCancelled, RunCompleted, RunEvent, RunFailed, Timer
from contracts.live import StopRun
from orchestrator.core import decide, fold
from orchestrator.dead import Undertaker
from orchestrator.outputs import Admit, Join, Output, Resolve, Store, Wake

CONCURRENT_RUNS = 64
MAX_DELAY_S = 10.0
LOOKS = 16
"""How often a run is read and decided anew when it moves on while it is to be ended."""


class Shell:
    """One replica of the orchestrator."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._js = connection.jetstream()
        self._slots = asyncio.Semaphore(CONCURRENT_RUNS)

    async def handle(self, batch: Sequence[Msg]) -> None:
        """Move every run that the batch speaks of; each run once, however many events it has."""
        runs = dict[str, list[Msg]]()
        for message in batch:
            if run_id := run_id_of(message):
                runs.setdefault(run_id, []).append(message)
        async with asyncio.TaskGroup() as group:
            for run_id, messages in sorted(runs.items()):
                group.create_task(self._move_alone(run_id, messages))

    async def _move_alone(self, run_id: str, messages: Sequence[Msg]) -> None:
        """Move one run; when it cannot be moved now, its messages come again, and only they."""
        try:
            await self.move(run_id)
        except Exception as error:  # noqa: BLE001 -- the boundary: one run never holds up another
            logger.opt(exception=error).error("run cannot be moved, tried again", run_id=run_id)
            for message in messages:
                await message.nak(delay=_delay_of(message))

    async def move(self, run_id: str) -> None:
        """Bring one run as far as it can go now."""
        async with self._slots:
            for _ in range(LOOKS):
                history = await read_run(self._connection, run_id)
                if await self._move_on(history):
                    return
        raise RuntimeError(f"run {run_id} went on {LOOKS} times while it was to be ended")

    async def _move_on(self, history: Sequence[tuple[int, RunEvent]]) -> bool:
        """Carry out what is decided from `history`; False when that is overtaken."""
        run = fold(event for _, event in history)
        if run.status == "cancelled" and run.request is not None:
            await self._stop_agents(run.request.run_id)
        for output in decide(run, datetime.now(UTC)):
            if isinstance(output, RunCompleted | RunFailed | RunCancelled):
                return await self._record(output, expected_last_seq=history[-1][0])
            await self._carry_out(output)
        return True

    async def _carry_out(self, output: Output) -> None:
        match output:
            case Wake():
                await self._schedule(output)
            case Resolve() | Join() | Store() | Admit():
                raise NotImplementedError(type(output).__name__)
            case _:
                await self._record(output)

    async def _record(self, event: RunEvent, *, expected_last_seq: int | None = None) -> bool:
        is_news = await append(self._js, event, expected_last_seq=expected_last_seq)
        await failpoints.reach("orchestrator.middle", subjects.of_event(event))
        if is_news:
            logger.info("decided", run_id=event.run_id, type=event.type)
        return is_news

    async def _stop_agents(self, run_id: str) -> None:
        """Tell whoever works on the run to stop.

        Done whenever the log shows a cancelled run, its end being the first such event: so a
        crash after the end was appended keeps nobody at work.
        """
        stop = StopRun(run_id=run_id).model_dump_json().encode()
        await self._connection.publish(subjects.control(run_id), stop)

    async def _schedule(self, wake: Wake) -> None:
        """Ask the broker for a message at `wake.at`; the same schedule twice is one."""
        fires = subjects.timer_fired(wake.run_id, wake.name, wake.n)
        await publish_once(
            self._js,
            subjects.timer(wake.run_id, wake.name, wake.n),
            Timer(run_id=wake.run_id).model_dump_json().encode(),
            headers={
                "Nats-Schedule": f"@at {wake.at.isoformat()}",
                "Nats-Schedule-Target": fires,
            },
        )
        logger.info("wake-up scheduled", run_id=wake.run_id, name=wake.name, at=wake.at.isoformat())


def run_id_of(message: Msg) -> str:
    """Return the run that an event or a fired timer speaks of; empty when it names none."""
    if not message.subject.startswith("timer."):
        return subjects.run_id_of(message.subject)
    try:
        return Timer.model_validate_json(message.data).run_id
    except ValidationError:
        logger.error("timer cannot be read", subject=message.subject)
        return ""


def _delay_of(message: Msg) -> float:
    """Return the wait before a message is tried again: it doubles with every delivery."""
    return min(MAX_DELAY_S, 2.0 ** (message.metadata.num_delivered - 1))


@asynccontextmanager
async def start(settings: Settings) -> AsyncIterator[Readiness]:
    async with connected(settings, name=subjects.ORCHESTRATOR) as connection:
        shell = Shell(connection)
        events = Reader(
            connection,
            stream=subjects.RUNS,
            durable=subjects.ORCHESTRATOR,
            handle=shell.handle,
            drain_timeout_s=settings.drain_timeout_s,
        )
        timers = Reader(
            connection,
            stream=subjects.TIMERS,
            durable=subjects.ORCHESTRATOR_TIMERS,
            handle=shell.handle,
            drain_timeout_s=settings.drain_timeout_s,
        )
        dead = Reader(
            connection,
            stream=subjects.DEAD,
            durable=subjects.ORCHESTRATOR_DEAD,
            handle=Undertaker(connection).handle,
            drain_timeout_s=settings.drain_timeout_s,
        )
        async with events, timers, dead:
            yield all_ready((events.missing, timers.missing, dead.missing))


service = Service(subjects.ORCHESTRATOR, Settings, start)
