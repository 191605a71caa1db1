"""Every NATS subject, stream, durable and bucket of the system. Nobody spells one by hand."""

from typing import NamedTuple, assert_never

from contracts.base import Message
from contracts.events import (
    RUN_ENDS,
    CancelRequested,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
    StepCompleted,
    StepFailed,
    StepRequested,
)

RUNS = "RUNS"
CALLS = "CALLS"
TIMERS = "TIMERS"
DEAD = "DEAD"
ARTIFACTS_BUCKET = "artifacts"
IDEMPOTENCY_BUCKET = "idempotency"
AGENTS_BUCKET = "agents"

QUOTES = "usage.quote"
"""Request and reply: a `QuoteRequest` in, a `Quote` out, answered by the usage service."""

ALL_RUNS = "run.>"
ALL_CALLS = "call.>"
ALL_TIMERS = "timer.>"
ALL_LIVE = "live.>"
ALL_CONTROL = "control.>"
FIRED_TIMERS = "timer.fired.>"
DEAD_ADVISORIES = (
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
)

ORCHESTRATOR = "orchestrator"
ORCHESTRATOR_TIMERS = "orchestrator-timers"
ORCHESTRATOR_DEAD = "orchestrator-dead"
PROJECTOR = "projector"
USAGE = "usage"

_AGENT_DURABLE = "agent-"

CALL_META_HEADER = "Yaa-Call"
"""Holds a `CallMeta` as JSON, so that a `headers_only` consumer can bill the call."""


_OF_WHOLE_RUN: dict[type[Message], str] = {
    RunRequested: "requested",
    CancelRequested: "cancel",
    RunCompleted: "completed",
    RunFailed: "failed",
    RunCancelled: "cancelled",
}


def of_event(event: RunEvent) -> str:
    """Return the one subject that `event` can have: its identity."""
    match event:
        case StepRequested():
            return f"run.{event.run_id}.{event.step}.{event.attempt}.requested.{event.agent}"
        case StepCompleted():
            return f"run.{event.run_id}.{event.step}.{event.attempt}.completed"
        case StepFailed():
            return f"run.{event.run_id}.{event.step}.{event.attempt}.failed"
        case RunRequested() | CancelRequested() | RunCompleted() | RunFailed() | RunCancelled():
            return f"run.{event.run_id}.{_OF_WHOLE_RUN[type(event)]}"
        case _:
            assert_never(event)


def of_run(run_id: str) -> str:
    """Everything that ever happened to one run."""
    return f"run.{run_id}.>"


def beginning_of(run_id: str) -> str:
    """What every run begins with."""
    return f"run.{run_id}.{_OF_WHOLE_RUN[RunRequested]}"


def ends_of(run_id: str) -> tuple[str, ...]:
    """Every subject that the last event of a run can have."""
    return tuple(f"run.{run_id}.{_OF_WHOLE_RUN[end]}" for end in RUN_ENDS)


def run_id_of(subject: str) -> str:
    return subject.split(".")[1]


def outcomes_of(run_id: str, step: str, attempt: int) -> str:
    """Both outcomes an attempt can have; a request has one token more and does not match."""
    return f"run.{run_id}.{step}.{attempt}.*"


def requests_to(agent: str) -> str:
    """The work queue of one agent."""
    return f"run.*.*.*.requested.{agent}"


class Requested(NamedTuple):
    """What the subject of a request says, whatever its payload is."""

    run_id: str
    step: str
    attempt: int
    agent: str


def requested_by(subject: str) -> Requested:
    """Return which attempt `subject` is the request of.

    Raises:
        ValueError: it is the subject of something else.
    """
    _, run_id, step, attempt, _, agent = subject.split(".")
    return Requested(run_id, step, int(attempt), agent)


def durable_of(agent: str) -> str:
    return f"{_AGENT_DURABLE}{agent}"


def agent_of(durable: str) -> str:
    """Return the agent that reads through `durable`, empty when it is no agent's."""
    return durable.removeprefix(_AGENT_DURABLE) if durable.startswith(_AGENT_DURABLE) else ""


def call(run_id: str, step: str, digest: str, n: int) -> str:
    """The `n`-th call of a step with the same request; `n` counts from 1."""
    return f"call.{run_id}.{step}.{digest}.{n}"


def calls_of(run_id: str) -> str:
    return f"call.{run_id}.>"


def live(run_id: str, step: str) -> str:
    return f"live.{run_id}.{step}"


def live_of(run_id: str) -> str:
    return f"live.{run_id}.>"


def control(run_id: str) -> str:
    """What the agents that work on a run are told at once."""
    return f"control.{run_id}"


def timer(run_id: str, step: str, attempt: int) -> str:
    """The schedule that wakes a run for the next attempt after `attempt`."""
    return f"timer.set.{run_id}.{step}.{attempt}"


def timer_fired(run_id: str, step: str, attempt: int) -> str:
    return f"timer.fired.{run_id}.{step}.{attempt}"
