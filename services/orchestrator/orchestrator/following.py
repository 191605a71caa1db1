"""Moves runs on from what is delivered, without reading the log: what happens most.

A replica that was given all deliveries of the broker since it last knew all of a run has only to
fold what came: deliveries are numbered, and those that another replica was given are
missing. What follows is appended only while nothing has happened to the run since. Whatever does
not fit, or is more than one thing to append, is left to be read and decided.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import reduce
from typing import NamedTuple

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import PubAck

from agentkit.nats import append_soon
from contracts import subjects
from contracts.events import RunCompleted, RunEvent, StepCompleted, StepFailed, StepRequested
from orchestrator.calls import Call
from orchestrator.core import decide, evolve
from orchestrator.outputs import Output
from orchestrator.runs import Known, Runs
from orchestrator.state import Run, repeats_failure

type Next = StepRequested | RunCompleted


class Followed(NamedTuple):
    """A run that went on: as it is known now, and the event that was appended, if one was."""

    known: Known
    event: Next | None


class _Sent(NamedTuple):
    run_id: str
    known: Known
    event: Next
    answer: "asyncio.Future[PubAck]"


class Following:
    """Moves the runs that one replica knows."""

    def __init__(self, js: JetStreamContext, runs: Runs) -> None:
        self._js = js
        self._runs = runs
        self._heard = 0
        self._unbroken_since = 1

    def hear(self, batch: Iterable[Msg]) -> bool:
        """Take note of what was delivered, in order: a number that is missing was another's.

        Tell whether another was given something since this replica was.
        """
        is_shared = False
        for message in batch:
            delivery = message.metadata.sequence.consumer
            if delivery != self._heard + 1:
                is_shared = self._heard > 0
                self._unbroken_since = delivery
            self._heard = delivery
        return is_shared

    def lose(self) -> None:
        """Take note that what was delivered is not part of what is known: it comes again."""
        self._unbroken_since = self._heard + 2

    async def move(self, calls: Mapping[str, Call]) -> dict[str, Followed]:
        """Move what can be moved without reading, many at once; return that."""
        now, moved, sent = datetime.now(UTC), dict[str, Followed](), list[_Sent]()
        for run_id, call in calls.items():
            if (known := self._with_news(run_id, call)) is None:
                continue
            event = next_of(known.run, decide(known.run, now))
            if event is not None:
                sent.append(await self._send(run_id, known, event))
            elif known.run.status == "completed":
                self._runs.forget(run_id)  # its end was heard: it needs no room any more
                moved[run_id] = Followed(known, None)
        for each in sent:
            if (known := await self._taken(each)) is not None:
                moved[each.run_id] = Followed(known, each.event)
        return moved

    async def append(self, run_id: str, known: Known, event: Next) -> bool:
        """Append what follows from a run that was read, so that it is known from then on."""
        return await self._taken(await self._send(run_id, known, event)) is not None

    def _with_news(self, run_id: str, call: Call) -> Known | None:
        """Return the run with what was delivered, None when something before that is not known."""
        known = self._runs.known(run_id) or _begun_by(call.messages[0])
        if known is None or known.heard + 1 < self._unbroken_since or call.deliveries > 1:
            return None
        try:
            news = list(_news(call.messages, known.last_seq))
        except ValueError:  # whoever reads it from the log says what is wrong with it
            return None
        if not all(_may_follow(known.run, event) for _, event in news):
            return None
        return Known(
            run=reduce(evolve, (event for _, event in news), known.run),
            last_seq=news[-1][0] if news else known.last_seq,
            events=known.events + len(news),
            done_seq=known.done_seq,
            slot=known.slot,
            heard=call.heard,
        )

    async def _send(self, run_id: str, known: Known, event: Next) -> _Sent:
        answer = await append_soon(self._js, event, expected_last_seq=known.last_seq)
        return _Sent(run_id, known, event, answer)

    async def _taken(self, sent: _Sent) -> Known | None:
        """Return the run with the event that was appended, None when it was not."""
        try:
            ack = await sent.answer
        except (NatsError, TimeoutError):  # it is read then, and tried again as often as it takes
            return None
        known, event = sent.known, sent.event
        run = evolve(known.run, event)
        done_seq = ack.seq if isinstance(event, StepRequested) else known.done_seq
        known = Known(run, ack.seq, known.events + 1, done_seq, known.slot, known.heard)
        self._runs.keep(sent.run_id, known)
        return known


def next_of(run: Run, outputs: Iterable[Output]) -> Next | None:
    """Return the one thing to do when it is to request the next step, or to complete the run."""
    match tuple(outputs):
        case (StepRequested() as event,) if not (
            event.step not in run.steps or repeats_failure(run, event)
        ):
            return event
        case (RunCompleted() as event,):
            return event
        case _:
            return None


def _begun_by(message: Msg) -> Known | None:
    """Return what is known of a run of which this is the beginning, None when it is not."""
    if message.subject != subjects.beginning_of(subjects.run_id_of(message.subject)):
        return None
    return Known(heard=message.metadata.sequence.consumer)


def _news(messages: Iterable[Msg], after: int) -> Iterable[tuple[int, RunEvent]]:
    for message in messages:
        if (seq := message.metadata.sequence.stream) > after:
            yield seq, subjects.event_on(message.subject, message.data)


def _may_follow(run: Run, event: RunEvent) -> bool:
    """Tell whether nothing is seen to be missing: an outcome follows its request."""
    if not isinstance(event, StepCompleted | StepFailed):
        return True
    step = run.steps.get(event.step)
    return step is not None and step.attempts.last == event.attempt
