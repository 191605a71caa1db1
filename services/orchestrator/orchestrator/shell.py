"""Carries out what the core decides: read runs, decide, append.

Any number of replicas shares the durables. Each output has its own subject, so two that decide the
same append it once; whoever sees the later of two events sees both, because the run is read up to
the event that is handled. A run can end in several ways, which are several subjects: an end is
appended only while nothing has happened since the run was read, else the run is read and decided
again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import groupby

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit import failpoints, metrics, tracing
from agentkit.admission import Caps
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append
from agentkit.quotes import expected_cost
from agentkit.standing import Preference
from contracts import subjects
from contracts.approvals import with_cost
from contracts.events import (
    ApprovalRequested,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    StepRequested,
)
from contracts.live import StopRun
from orchestrator.admission import Admission
from orchestrator.calls import Call, calls_in, is_timer
from orchestrator.core import decide, holds_slot
from orchestrator.following import Following, next_of
from orchestrator.outputs import Admit, Join, Output, Resolve, Store, Wake
from orchestrator.resolving import Resolver
from orchestrator.runs import Known, Runs
from orchestrator.state import Run, repeats_failure
from orchestrator.timers import Timers

CONCURRENT_RUNS = 64
CONCURRENT_APPENDS = 64
MAX_DELAY_S = 10.0
PATIENCE = 5
"""An artifact that is missing is lost when a message came so often without its showing."""
LOOKS = 16
"""How often a run is read and decided anew when it moves on while it is to be ended."""


class Shell:
    """One replica of the orchestrator.

    By its `preference` one of them is given all that happens: only who is can follow runs without
    reading them.
    """

    def __init__(self, connection: Client, caps: Caps | None = None) -> None:
        self._connection = connection
        self._js = connection.jetstream()
        self._slots = asyncio.Semaphore(CONCURRENT_RUNS)
        self._appends = asyncio.Semaphore(CONCURRENT_APPENDS)
        self._runs = Runs(connection)
        self._timers = Timers(connection)
        self._resolver = Resolver(NatsArtifacts(connection))
        self._following = Following(self._js, self._runs)
        self.admission = Admission(connection, caps or Caps())
        self.preference = Preference()

    async def handle(self, batch: Sequence[Msg]) -> None:
        """Move every run that the batch speaks of; each run once, however many events it has."""
        calls = calls_in(batch)
        if self._following.hear(batch):
            self.preference.share()
        try:
            followed = await self._follow(calls)
            await self._move_each({run_id: calls[run_id] for run_id in calls.keys() - followed})
        except BaseException:
            self._following.lose()
            raise

    async def _follow(self, calls: Mapping[str, Call]) -> set[str]:
        """Move the runs that need not be read; return them."""
        if self.admission.caps.are_set:
            return set()
        followed = await self._following.move(calls)
        for run_id, each in followed.items():
            if each.event is not None:
                with _asked_by(each.known.run), _deciding(run_id, each.known.run, 1):
                    await self._tell(each.event)
            if (ended_at := calls[run_id].ended_at) is not None:
                _measure(each.known.run, ended_at)
        return set(followed)

    async def wake(self, batch: Sequence[Msg]) -> None:
        """Move every run of which a timer fired; a timer that was acted upon is removed."""
        for message in batch:
            self._timers.fired(message)
        await self._move_each(calls_in(batch))

    async def _move_each(self, calls: Mapping[str, Call]) -> None:
        async with asyncio.TaskGroup() as group:
            for run_id, call in sorted(calls.items()):
                group.create_task(self._move_alone(run_id, call))

    async def _move_alone(self, run_id: str, call: Call) -> None:
        """Move one run; when it cannot be moved now, its messages come again, and only they."""
        try:
            if call.is_due or not self._runs.is_done(run_id, call.seq):
                gives_up = call.deliveries > PATIENCE
                known = await self.move(run_id, until=call.seq, gives_up=gives_up)
                self._runs.heard(run_id, call.heard)
                if call.ended_at is not None:
                    _measure(known.run, call.ended_at)
        except Exception as error:  # noqa: BLE001 -- the boundary: one run never holds up another
            logger.opt(exception=error).error("run cannot be moved, tried again", run_id=run_id)
            self._runs.forget(run_id)
            for message in call.messages:
                await message.nak(delay=_delay_of(message))
            return
        for message in call.messages:
            if is_timer(message):
                await self._timers.clear(message)

    async def move(self, run_id: str, *, until: int = 0, gives_up: bool = False) -> Known:
        """Bring one run as far as it can go now, the event at `until` being known; return it.

        With `gives_up` an artifact that is missing fails the step that has to be decided on.
        """
        async with self._slots:
            for _ in range(LOOKS):
                known = await self._runs.read(run_id, until=until)
                if await self._move_on(run_id, known, gives_up=gives_up):
                    self._runs.done(run_id, known)
                    return known
        raise RuntimeError(f"run {run_id} went on {LOOKS} times while it was to be ended")

    async def sweep(self) -> None:
        """Free the slots of runs that no longer need one, should that have been missed."""
        await self.admission.sweep()
        for run_id in await self.admission.active():
            await self._settle(run_id, await self._runs.read(run_id), anew=True)

    async def _move_on(self, run_id: str, known: Known, *, gives_up: bool) -> bool:
        """Carry out what follows from what is known; False when that is overtaken."""
        if known.run.status in {"cancelled", "failed"}:
            await self._stop_agents(run_id)
        await self._settle(run_id, known)
        now = datetime.now(UTC)
        outputs = decide(known.run, now, capped=self.admission.caps.are_set)
        if not outputs:
            return True
        if await self._follow_up(run_id, known, outputs):
            return True
        with _asked_by(known.run), _deciding(run_id, known.run, len(outputs)):
            return await self._carry_out_all(outputs, known, now, gives_up=gives_up)

    async def _follow_up(self, run_id: str, known: Known, outputs: Sequence[Output]) -> bool:
        """Do the one thing there is to do so that the run can be followed; False if it is not."""
        event = None if self.admission.caps.are_set else next_of(known.run, outputs)
        if event is None:
            return False
        with _asked_by(known.run), _deciding(run_id, known.run, 1):
            if not await self._following.append(run_id, known, event):
                return False
            await self._tell(event)
            return True

    async def _carry_out_all(
        self, outputs: Sequence[Output], known: Known, now: datetime, *, gives_up: bool
    ) -> bool:
        for are_requests, group in groupby(outputs, lambda each: isinstance(each, StepRequested)):
            if are_requests:
                await self._request(group, known.run)
                continue
            for output in group:
                if isinstance(output, RunCompleted | RunFailed | RunCancelled):
                    return await self._record(output, expected_last_seq=known.last_seq)
                await self._carry_out(output, known, now, gives_up=gives_up)
        return True

    async def _carry_out(
        self, output: Output, known: Known, now: datetime, *, gives_up: bool
    ) -> None:
        match output:
            case Wake():
                await self._timers.schedule(output, seq=known.last_seq)
            case Store():
                await self._resolver.store(output)
            case Resolve():
                await self._resolve(output, known, now, gives_up=gives_up)
            case Join():
                await self._record(await self._resolver.join(output, now))
            case Admit():
                await self.admission.enter(output)
            case ApprovalRequested():
                await self._record(await self._priced(output, known))
            case _:
                await self._record(output)

    async def _resolve(
        self, resolve: Resolve, known: Known, now: datetime, *, gives_up: bool
    ) -> None:
        request = known.run.request
        if request is not None:
            resolved = await self._resolver.resolve(resolve, request, now, gives_up=gives_up)
            await self._record(resolved)

    async def _request(self, requests: Iterable[Output], run: Run) -> None:
        """Append many requests at once: none of them has to be there before another."""

        async def append_one(request: StepRequested) -> None:
            async with self._appends:
                is_news = await self._record(request)
            if is_news and repeats_failure(run, request):
                metrics.STEP_RETRIES.labels(request.agent).inc()

        async with asyncio.TaskGroup() as group:
            for request in requests:
                if isinstance(request, StepRequested):
                    group.create_task(append_one(request))

    async def _record(self, event: RunEvent, *, expected_last_seq: int | None = None) -> bool:
        is_news = await append(self._js, event, expected_last_seq=expected_last_seq)
        await self._tell(event, is_news=is_news)
        return is_news

    async def _tell(self, event: RunEvent, *, is_news: bool = True) -> None:
        await failpoints.reach("orchestrator.middle", subjects.of_event(event))
        if is_news:
            logger.info("decided", run_id=event.run_id, type=event.type, **_place_of(event))

    async def _priced(self, question: ApprovalRequested, known: Known) -> ApprovalRequested:
        """Tell a person what the step is expected to cost, all its instances together."""
        planned = known.run.steps[question.step].planned
        times = 1 if planned is None or planned.count is None else planned.count
        cost = await expected_cost(self._connection, question.agent, question.task)
        return with_cost(question, None if cost is None else cost * times)

    async def _settle(self, run_id: str, known: Known, *, anew: bool = False) -> None:
        """Tell admission whether the run holds a slot, when that has changed.

        Before anything is carried out: what takes the slot from a run again is a later event.
        """
        run, slot = known.run, (holds_slot(known.run), known.run.status != "active")
        if not self.admission.caps.are_set or run.request is None:
            return
        holds, ended = slot
        if not run.begun and not ended:
            if run.is_paused:
                await self.admission.withdraw(run_id)
            return
        if slot == known.slot and not anew:
            return
        await self.admission.settle(run_id, run.request.channel_id, holds=holds, ended=ended)
        self._runs.settled(run_id, known, slot)

    async def _stop_agents(self, run_id: str) -> None:
        """Tell whoever works on the run to stop.

        Done whenever the log shows a run that was ended over their heads, its end being the first
        such event: so a crash after the end was appended keeps nobody at work.
        """
        stop = StopRun(run_id=run_id).model_dump_json().encode()
        await self._connection.publish(subjects.control(run_id), stop)


def _place_of(event: RunEvent) -> dict[str, object]:
    """Return of which step of its run an event is, if of one."""
    names = ("step", "attempt", "agent")
    return {name: getattr(event, name) for name in names if hasattr(event, name)}


def _asked_by(run: Run) -> AbstractContextManager[None]:
    """Let each line of the block name the request that somebody made for the run, if one did."""
    request_id = "" if run.request is None else run.request.request_id
    return logger.contextualize(**({"request_id": request_id} if request_id else {}))


def _deciding(run_id: str, run: Run, outputs: int) -> AbstractContextManager[tracing.Span]:
    """Do the block as one look at a run, in its trace."""
    asked = run.request
    return tracing.span(
        subjects.ORCHESTRATOR,
        "decide",
        parent="" if asked is None else asked.traceparent,
        state="" if asked is None else asked.tracestate,
        attributes={"yaa.run.id": run_id, "yaa.outputs": outputs},
    )


def _measure(run: Run, ended_at: datetime) -> None:
    """Count an end, which the broker hands to one replica; a cancelled run ran to no end."""
    metrics.PIPELINE_RUNS.labels(run.status).inc()
    if run.request is None or run.status == "cancelled":
        return
    took_s = (ended_at - run.request.at).total_seconds()
    with tracing.within(run.request.traceparent):
        channel = metrics.CHANNELS.of(run.request.channel_id)
        metrics.took(metrics.PIPELINE_DURATION, took_s, channel)


def _delay_of(message: Msg) -> float:
    """Return the wait before a message is tried again: it doubles with every delivery."""
    return min(MAX_DELAY_S, 2.0 ** (message.metadata.num_delivered - 1))
