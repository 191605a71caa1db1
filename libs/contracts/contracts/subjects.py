"""Every NATS subject, stream, durable and bucket of the system. Nobody spells one by hand."""

from typing import assert_never

from contracts.events import (
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
FIRED_TIMERS = "timer.fired.>"
DEAD_ADVISORIES = (
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
)

ORCHESTRATOR = "orchestrator"
ORCHESTRATOR_TIMERS = "orchestrator-timers"
PROJECTOR = "projector"
USAGE = "usage"

CALL_META_HEADER = "Yaa-Call"
"""Holds a `CallMeta` as JSON, so that a `headers_only` consumer can bill the call."""


def of_event(event: RunEvent) -> str:
    """Return the one subject that `event` can have: its identity."""
    match event:
        case RunRequested():
            return f"run.{event.run_id}.requested"
        case StepRequested():
            return f"run.{event.run_id}.{event.step}.{event.attempt}.requested.{event.agent}"
        case StepCompleted():
            return f"run.{event.run_id}.{event.step}.{event.attempt}.completed"
        case StepFailed():
            return f"run.{event.run_id}.{event.step}.{event.attempt}.failed"
        case RunCompleted():
            return f"run.{event.run_id}.completed"
        case RunFailed():
            return f"run.{event.run_id}.failed"
        case _:
            assert_never(event)


def of_run(run_id: str) -> str:
    """Everything that ever happened to one run."""
    return f"run.{run_id}.>"


def run_id_of(subject: str) -> str:
    return subject.split(".")[1]


def outcomes_of(run_id: str, step: str, attempt: int) -> str:
    """Both outcomes an attempt can have; a request has one token more and does not match."""
    return f"run.{run_id}.{step}.{attempt}.*"


def requests_to(agent: str) -> str:
    """The work queue of one agent."""
    return f"run.*.*.*.requested.{agent}"


def durable_of(agent: str) -> str:
    return f"agent-{agent}"


def call(run_id: str, step: str, digest: str, n: int) -> str:
    """The `n`-th call of a step with the same request; `n` counts from 1."""
    return f"call.{run_id}.{step}.{digest}.{n}"


def calls_of(run_id: str) -> str:
    return f"call.{run_id}.>"


def live(run_id: str, step: str) -> str:
    return f"live.{run_id}.{step}"


def live_of(run_id: str) -> str:
    return f"live.{run_id}.>"


def timer(run_id: str, step: str, attempt: int) -> str:
    """The schedule that wakes a run for the next attempt after `attempt`."""
    return f"timer.set.{run_id}.{step}.{attempt}"


def timer_fired(run_id: str, step: str, attempt: int) -> str:
    return f"timer.fired.{run_id}.{step}.{attempt}"
