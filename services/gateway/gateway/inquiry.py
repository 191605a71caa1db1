"""Why is a run waiting? Its own state tells a part, the broker the rest, in a bounded time.

What cannot be known now is left out: the answer is about a run, and must not fail because a part
of the system does. A worker that takes requests always has one for the next at the broker.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerInfo
from nats.js.errors import Error as JetStreamError

from agentkit.admission import AdmissionBook, Turn
from agentkit.direct import direct_get, sequence_of, subject_of
from contracts import subjects
from contracts.events import RunRequested, StepRequested, parse_event
from gateway import waiting
from gateway.details import Details
from gateway.state import ENDED, RunState
from gateway.waiting import Asked, Kind, Reason

ANSWER_S = 1.0
"""The longest that one part of the system is waited for."""
SECOND_LOOK_S = 0.2
"""Between two requests for work a worker has none at the broker, for a moment."""
AT_ONCE = timedelta(seconds=2)
"""What has just happened is being worked on and not waited for."""
SILENCE = timedelta(seconds=60)
"""How long after its time a worker may still bring itself to answer."""
BEHIND = 100

UNKNOWN = (NatsError, JetStreamError, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Placed:
    """What an agent was asked for, and where on the log."""

    asked: Asked
    seq: int
    timeout_s: float


async def waiting_for(connection: Client, details: Details) -> list[Reason]:
    """Return why a run does not go on right now; nothing when it has ended or is at work."""
    if details.run.status in ENDED:
        return []
    own = list(waiting.own_reasons(details))
    inquiry = _Inquiry(connection, details.run, datetime.now(UTC))
    at_work = list(waiting.asked(details))
    on_log = await _known(inquiry.on_the_log(at_work)) if connection.is_connected else None
    if on_log is None:
        return [*own, Reason("log", "the event log does not answer: everything waits for it")]
    request, placed = on_log
    pauses = list(waiting.back_offs(details, request.pipeline)) if request else []
    reasons = [*own, *pauses, *await inquiry.of_agents(placed)]
    if request is None or placed:
        return reasons
    turn = await inquiry.of_admission()
    return [*reasons, *(turn or await inquiry.of_orchestrator(request, reasons))]


async def _known[T](answer: Awaitable[T]) -> T | None:
    """Return the answer, or None when it does not come in time or is an error."""
    with suppress(*UNKNOWN):
        async with asyncio.timeout(ANSWER_S):
            return await answer
    return None


class _Inquiry:
    def __init__(self, connection: Client, run: RunState, now: datetime) -> None:
        self._connection = connection
        self._run = run
        self._now = now

    async def on_the_log(
        self, at_work: Sequence[Asked]
    ) -> tuple[RunRequested | None, list[_Placed]]:
        """Return the beginning of the run, and where the requests are that have no answer."""
        run_id = self._run.run_id
        asked = [subjects.request_of(run_id, each.step_id, each.attempt) for each in at_work]
        outcomes = {
            subjects.outcome_of(run_id, each.step_id, each.attempt, each.agent): each
            for each in at_work
        }
        found = await direct_get(
            self._connection, subjects.RUNS, [subjects.beginning_of(run_id), *asked, *outcomes]
        )
        for message in found:
            outcomes.pop(subject_of(message), None)  # answered, and not in the tables yet
        by_id = {(each.step_id, each.attempt): each for each in outcomes.values()}
        events = [
            (sequence_of(message), parse_event(message.data))
            for message in found
            if not subjects.is_outcome(subject_of(message))
        ]
        placed = [
            _Placed(by_id[event.step, event.attempt], seq, event.timeout_s)
            for seq, event in events
            if isinstance(event, StepRequested) and (event.step, event.attempt) in by_id
        ]
        return next((e for _, e in events if isinstance(e, RunRequested)), None), placed

    async def of_agents(self, placed: Sequence[_Placed]) -> list[Reason]:
        """Return for each step with whom its requests lie, unless they are worked on."""
        names = sorted({each.asked.agent for each in placed})
        found = await asyncio.gather(*(self._consumer(subjects.durable_of(name)) for name in names))
        consumers = dict(zip(names, found, strict=True))
        reasons = dict[str, Reason]()
        for each in placed:
            reason = self._of_agent(each, consumers[each.asked.agent])
            if reason is not None:
                reasons.setdefault(each.asked.step, reason)
        return list(reasons.values())

    async def of_admission(self) -> list[Reason]:
        """Return why a run has not begun that waits for others to end."""
        if self._run.status != "pending" or self._run.paused:
            return []
        turn = await _known(AdmissionBook(self._connection).turn_of(self._run.run_id))
        return [] if turn is None else [_of_turn(turn)]

    async def of_orchestrator(
        self, request: RunRequested, reasons: Sequence[Reason]
    ) -> list[Reason]:
        """Return why nothing is asked of an agent though it could be."""
        is_due = waiting.is_due(self._run, request.pipeline, reasons, self._now)
        if not is_due or self._now - self._run.updated_at < AT_ONCE:
            return []
        consumer = await self._consumer(subjects.ORCHESTRATOR)
        if consumer is None:
            return []
        if not consumer.num_waiting:
            sentence = "no orchestrator runs: nobody decides what comes next; start one"
            return [Reason("orchestrator", sentence)]
        behind = consumer.num_pending or 0
        sentence = f"the orchestrator is {behind:,} events behind"
        return [Reason("orchestrator", sentence)] if behind > BEHIND else []

    def _of_agent(self, placed: _Placed, consumer: ConsumerInfo | None) -> Reason | None:
        asked = placed.asked
        if consumer is None or self._now - asked.at < AT_ONCE:
            return None
        in_work = consumer.num_ack_pending or 0
        is_taken = consumer.delivered is not None and placed.seq <= consumer.delivered.stream_seq
        if is_taken and not in_work:
            return self._of_loss(placed)
        if consumer.num_waiting:
            return None
        if is_taken:
            return self._of_silence(placed)
        who = f"agent {asked.agent!r}"
        if in_work:
            waits = consumer.num_pending or 0
            return _of_step(
                asked, "busy", f"all workers of {who} are busy with {in_work}; {waits} wait for one"
            )
        return _of_step(asked, "no_worker", f"no {who} runs to take step {asked.step!r}: start one")

    def _of_loss(self, placed: _Placed) -> Reason | None:
        """Return the reason when a request was given to agents and none has it any more.

        The broker tells once that it gives up, and that can be lost when it crashes just then.
        """
        asked = placed.asked
        if self._now - asked.at < SILENCE:
            return None
        return _of_step(
            asked,
            "no_worker",
            f"the broker has given up step {asked.step!r} of agent {asked.agent!r}, which died or "
            f"fell silent too often: yaa cancel {self._run.run_id}, then retry it",
        )

    def _of_silence(self, placed: _Placed) -> Reason | None:
        """Return the reason when an agent took a request and is long past its time."""
        asked = placed.asked
        over = asked.at + timedelta(seconds=placed.timeout_s) + SILENCE
        if self._now < over:
            return None
        return _of_step(
            asked,
            "no_worker",
            f"agent {asked.agent!r} took step {asked.step!r} and fell silent, and no other "
            "asks for work: start one",
        )

    async def _consumer(self, durable: str) -> ConsumerInfo | None:
        """Return how a durable stands; one at which nobody asks for work is looked at twice."""
        js = self._connection.jetstream()
        found = await _known(js.consumer_info(subjects.RUNS, durable))
        if found is not None and not found.num_waiting:
            await asyncio.sleep(SECOND_LOOK_S)
            found = await _known(js.consumer_info(subjects.RUNS, durable))
        return found


def _of_step(asked: Asked, kind: Kind, message: str) -> Reason:
    return Reason(kind, message, step=asked.step, agent=asked.agent)


def _of_turn(turn: Turn) -> Reason:
    channel, caps = turn.place.channel_id, turn.ledger.caps
    of_channel = turn.ledger.of_channel(channel)
    goes = "goes" if turn.before == 1 else "go"
    before = f"{turn.before} {goes} before it" if turn.before else "it is the next"
    if caps.per_channel is not None and of_channel >= caps.per_channel:
        what = f"the cap of {_runs(caps.per_channel)} of channel {channel!r} is reached"
    elif caps.total is not None and len(turn.ledger.active) >= caps.total:
        what = f"the cap of {_runs(caps.total)} is reached"
    else:
        what = "it waits for its turn"
    return Reason("cap", f"{what}; {before}")


def _runs(cap: int) -> str:
    return "1 active run" if cap == 1 else f"{cap} active runs"
