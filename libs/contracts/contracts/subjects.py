"""Every NATS subject, stream, durable and bucket of the system. Nobody spells one by hand."""

from collections.abc import Callable
from typing import Any, NamedTuple

from contracts.base import Message
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunDeleted,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepFailed,
    StepPlanned,
    StepRequested,
    StepSkipped,
    parse_event,
)

RUNS = "RUNS"
CALLS = "CALLS"
TIMERS = "TIMERS"
DEAD = "DEAD"
QUEUE = "QUEUE"
ARTIFACTS_BUCKET = "artifacts"
IDEMPOTENCY_BUCKET = "idempotency"
AGENTS_BUCKET = "agents"
ADMISSION_BUCKET = "admission"

QUOTES = "usage.quote"
"""Request and reply: a `QuoteRequest` in, a `Quote` out, answered by the usage service."""

TRIALS = "notifier.trial"
"""Request and reply: nothing in, a `TrialReport` out, answered by the notifier."""

RUN_PREFIX = "run."
ALL_RUNS = f"{RUN_PREFIX}>"
TO_DECIDE_ON = (
    "run.*.*",
    "run.*.*.*",
    "run.*.*.*.*",
    "run.*.*.*.outcome.*",
    "run.*.*.approval.*.requested",
    "run.*.*.approval.*.decided",
)
"""All that happens to runs but the requests to agents, after which nothing is to be decided."""
TO_TELL_OF = ("run.*.*.approval.*.requested", "run.*.completed", "run.*.failed")
"""What happens to runs that people are told of wherever they are."""
ALL_CALLS = "call.>"
ALL_TIMERS = "timer.>"
SET_TIMERS = "timer.set.>"
ALL_QUEUED = "queue.>"
ALL_LIVE = "live.>"
ALL_CONTROL = "control.>"
FIRED_TIMERS = "timer.fired.>"
ALL_SCHEDULES = "timer.schedule.*"
DUE_SCHEDULES = "timer.due.*"
SCHEDULE_OUTCOMES = "timer.outcome.*"
DEAD_ADVISORIES = (
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
)

ACCOUNT = "YAA"
"""The account on the broker that all of this is in; agents are let in from their own."""

REPLICAS = "replicas"
"""The priority group of a durable of which one reader is preferred to the others."""
ORCHESTRATOR = "orchestrator"
ORCHESTRATOR_TIMERS = "orchestrator-timers"
ORCHESTRATOR_DEAD = "orchestrator-dead"
PROJECTOR = "projector"
USAGE = "usage"
SCHEDULER = "scheduler"
GATEWAY = "gateway"
PROVISION = "provision"
PROJECTIONS = "projections"
RETENTION = "retention"
NOTIFIER = "notifier"
LOGS = "logs"
OPERATOR = "operator"

_ENDS = ("completed", "failed", "cancelled")
_DELETED = ".deleted"
_DOTS_OF_TURN = 2
_AGENT_DURABLE = "agent-"
_SAVED = "saved"

CALL_META_HEADER = "Yaa-Call"
"""Holds a `CallMeta` as JSON, so that a `headers_only` consumer can bill the call."""


_OF_EVENT: dict[type[Message], Callable[[Any], str]] = {
    RunRequested: lambda e: f"run.{e.run_id}.requested",
    RunAdmitted: lambda e: f"run.{e.run_id}.admitted",
    RunPaused: lambda e: f"run.{e.run_id}.pause.{e.n}",
    RunResumed: lambda e: f"run.{e.run_id}.resume.{e.n}",
    CancelRequested: lambda e: f"run.{e.run_id}.cancel",
    StepPlanned: lambda e: f"run.{e.run_id}.{e.step}.planned.{e.attempt}",
    StepSkipped: lambda e: f"run.{e.run_id}.{e.step}.skipped.{e.attempt}",
    ApprovalRequested: lambda e: f"run.{e.run_id}.{e.step}.approval.{e.round}.requested",
    ApprovalDecided: lambda e: f"run.{e.run_id}.{e.step}.approval.{e.round}.decided",
    StepRequested: lambda e: f"run.{e.run_id}.{e.step}.{e.attempt}.requested.{e.agent}",
    StepCompleted: lambda e: f"run.{e.run_id}.{e.step}.{e.attempt}.outcome.{e.agent}",
    StepFailed: lambda e: f"run.{e.run_id}.{e.step}.{e.attempt}.outcome.{e.agent}",
    RunCompleted: lambda e: f"run.{e.run_id}.completed",
    RunFailed: lambda e: f"run.{e.run_id}.failed",
    RunCancelled: lambda e: f"run.{e.run_id}.cancelled",
    RunDeleted: lambda e: f"run.{e.run_id}{_DELETED}",
}


_BEFORE: dict[type[Message], Callable[[Any], str]] = {
    StepCompleted: lambda e: f"run.{e.run_id}.{e.step}.{e.attempt}.completed",
    StepFailed: lambda e: f"run.{e.run_id}.{e.step}.{e.attempt}.failed",
}
"""What releases before decision 0017 wrote; nobody may write it any more."""


class MisplacedError(ValueError):
    """An event is not on its own subject: whoever wrote it may write here and not there."""


def of_event(event: RunEvent) -> str:
    """Return the one subject that `event` can have: its identity."""
    return _OF_EVENT[type(event)](event)


def events_of(kind: type[Message], *, agent: str = "*") -> str:
    """Match every event of one kind, or those of an agent alone, and nothing else."""
    fields: dict[str, Any] = dict.fromkeys(kind.model_fields, "*") | {"agent": agent}
    return _OF_EVENT[kind](kind.model_construct(**fields))


def event_on(subject: str, payload: bytes) -> RunEvent:
    """Return the event that a message of the log is.

    Raises:
        pydantic.ValidationError: the payload is no event of this or an earlier release.
        MisplacedError: it is the event of another subject.
    """
    event = parse_event(payload)
    before = _BEFORE.get(type(event))
    if subject != of_event(event) and (before is None or subject != before(event)):
        raise MisplacedError(f"a {event.type} of run {event.run_id} does not belong on {subject}")
    return event


def of_run(run_id: str) -> str:
    """Everything that ever happened to one run."""
    return f"run.{run_id}.>"


def turns_of(run_id: str) -> str:
    """What happened to a run as a whole: its beginning, that it is to be cancelled, its end."""
    return f"run.{run_id}.*"


def beginning_of(run_id: str) -> str:
    """What every run begins with."""
    return f"run.{run_id}.requested"


def ends_of(run_id: str) -> tuple[str, ...]:
    """Every subject that the last event of a run can have."""
    return tuple(f"run.{run_id}.{end}" for end in _ENDS)


def deletion_of(run_id: str) -> str:
    """What stays of a run that is deleted, for a while."""
    return f"run.{run_id}{_DELETED}"


def decision_on(event: ApprovalRequested) -> str:
    """Where the answer is, once there is one."""
    return f"run.{event.run_id}.{event.step}.approval.{event.round}.decided"


def is_end(subject: str) -> bool:
    """Tell whether it is the subject of the last event of a run; a step may have its name."""
    return subject.endswith(_ENDS) and subject.count(".") == _DOTS_OF_TURN


def run_id_of(subject: str) -> str:
    return subject.split(".")[1]


def outcome_of(run_id: str, step: str, attempt: int | str, agent: str) -> str:
    """The one outcome that an attempt can have of the agent that was asked, good or bad."""
    return f"run.{run_id}.{step}.{attempt}.outcome.{agent}"


def is_deletion(subject: str) -> bool:
    """Tell whether it says that a run is deleted; a step may have that name."""
    return subject.endswith(_DELETED) and subject.count(".") == _DOTS_OF_TURN


def is_outcome(subject: str) -> bool:
    """Tell whether it is the subject of an outcome; a step may have that name."""
    return subject.split(".")[4:5] == ["outcome"]


def requests_to(agent: str) -> str:
    """The work queue of one agent."""
    return f"run.*.*.*.requested.{agent}"


def request_of(run_id: str, step: str, attempt: int) -> str:
    """The request of one attempt, whichever agent it goes to."""
    return f"run.{run_id}.{step}.{attempt}.requested.*"


class Requested(NamedTuple):
    """What the subject of a request, or of its outcome, says, whatever its payload is."""

    run_id: str
    step: str
    attempt: int
    agent: str


def requested_by(subject: str) -> Requested:
    """Return which attempt `subject` is the request or the outcome of.

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


def notices_to(target: str) -> str:
    """The durable of what the people at a target are told."""
    return f"{NOTIFIER}-{target}"


def card_of(agent: str) -> str:
    """Where an agent keeps what it says of itself."""
    return f"$KV.{AGENTS_BUCKET}.{agent}"


def inbox_of(service: str) -> str:
    """What the subjects begin with on which a service is answered."""
    return f"_INBOX_{service}"


def call(journal_id: str, step: str, digest: str, n: int) -> str:
    """The `n`-th call of a step with the same request; `n` counts from 1.

    A run that repeats another one uses its journal: `journal_id` is then the other's, and
    which run paid is said by the `CallMeta` alone.
    """
    return f"call.{journal_id}.{step}.{digest}.{n}"


def calls_of(journal_id: str) -> str:
    """Every call in the journal of a run and of those that repeat it."""
    return f"call.{journal_id}.>"


def saved_call(call: str, run_id: str, attempt: int) -> str:
    """An attempt of a run that found `call` in the journal and did not buy it again."""
    return f"{call}.{_SAVED}.{run_id}.{attempt}"


class Called(NamedTuple):
    """What the subject of a call says. `saved_by` is a run and its attempt, None when paid."""

    journal_id: str
    step: str
    saved_by: tuple[str, int] | None


def called(subject: str) -> Called:
    """Return which call `subject` is of.

    Raises:
        ValueError: it is the subject of something else.
    """
    match subject.split("."):
        case ["call", journal_id, step, _, _]:
            return Called(journal_id, step, None)
        case ["call", journal_id, step, _, _, kind, run_id, attempt] if kind == _SAVED:
            return Called(journal_id, step, (run_id, int(attempt)))
        case _:
            raise ValueError(f"{subject!r} is not the subject of a call")


def live(run_id: str, step: str) -> str:
    return f"live.{run_id}.{step}"


def live_of(run_id: str) -> str:
    return f"live.{run_id}.>"


def control(run_id: str) -> str:
    """What the agents that work on a run are told at once."""
    return f"control.{run_id}"


def log_level(service: str) -> str:
    """What every replica of a service is told of the level from which on it logs."""
    return f"log.level.{service}"


DEADLINE = "_deadline"
"""The name of the timer that a run's deadline has: no step begins with an underscore."""


def approval_timer(step: str) -> str:
    """The name of the timer at which the approval of `step` expires."""
    return f"_approval-{step}"


def timer(run_id: str, name: str, n: int) -> str:
    """The schedule that wakes a run.

    `name` is that of a step and `n` its failed attempt, or the name of another timer and its round.
    """
    return f"timer.set.{run_id}.{name}.{n}"


def timers_of(run_id: str) -> str:
    """Every schedule that wakes a run."""
    return f"timer.set.{run_id}.>"


def timer_fired(run_id: str, name: str, n: int) -> str:
    return f"timer.fired.{run_id}.{name}.{n}"


def schedule(schedule_id: str) -> str:
    """What a schedule is and, unless it is paused, when the broker sends it again."""
    return f"timer.schedule.{schedule_id}"


def schedule_due(schedule_id: str) -> str:
    """Where the broker sends a schedule when its time has come."""
    return f"timer.due.{schedule_id}"


def schedule_outcome(schedule_id: str) -> str:
    """What became of a schedule when its time had last come."""
    return f"timer.outcome.{schedule_id}"


def schedule_id_of(subject: str) -> str:
    return subject.rpartition(".")[2]


def queued(rank: int, channel_id: str, since_ms: int, run_id: str) -> str:
    """The place of a run that waits for others to end; the smaller rank goes first."""
    return f"queue.{rank}.{channel_id}.{since_ms}.{run_id}"


def queued_run(run_id: str) -> str:
    """The place of one run, wherever it is."""
    return f"queue.*.*.*.{run_id}"


class Place(NamedTuple):
    """What the subject of a waiting run says."""

    rank: int
    channel_id: str
    since_ms: int
    run_id: str


def place_of(subject: str) -> Place:
    """Return which run waits where on the queue."""
    _, rank, channel_id, since_ms, run_id = subject.split(".")
    return Place(int(rank), channel_id, int(since_ms), run_id)
