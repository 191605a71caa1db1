"""Facts of a run, in the past tense. Appended to the RUNS stream and never changed."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import orjson
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from contracts.artifacts import ArtifactRef
from contracts.base import Frozen, Message, Name, RunId, Sha256, StepId, StepMessage
from contracts.calls import Incident
from contracts.pipeline import KnownPipeline, Priority, Risk
from contracts.versions import upcast


class StepError(Frozen):
    """Why an attempt failed, in one sentence a person can act on.

    `error` is the class of the failure; `retryable` is the agent's word, how often to
    retry is the orchestrator's. `retry_after_s` is what a provider asked to be left alone for.
    """

    error: str
    message: str
    retryable: bool
    retry_after_s: float = 0
    step: StepId
    attempt: int
    agent: Name


class Parent(Frozen):
    """The ended run that another one repeats from `from_step` on."""

    run_id: RunId
    from_step: Name
    kind: Literal["retry", "rerun"]


class RunRequested(Message):
    """Carries the whole pipeline, so a run never changes under its feet.

    `on_behalf_of` is the person who made the schedule that asks for the run.

    A run with a `parent` takes over the outputs in `reused`, by step, and does not run those
    steps; the simulator had a part in those of the steps in `simulated`. A step in `revisions`
    runs with what a person wanted changed in it. `journal_id` names the run whose paid calls it
    uses as its own, itself without one. `traceparent` and `tracestate` are the W3C trace context of
    whoever asked.
    """

    type: Literal["run.requested"] = "run.requested"
    pipeline: KnownPipeline
    brief: ArtifactRef
    channel_id: Name
    topic: str
    brand_name: str = ""
    dry_run: bool = False
    request_id: str = ""
    requested_by: str = ""
    on_behalf_of: str = ""
    priority: Priority = "normal"
    deadline_at: AwareDatetime | None = None
    parent: Parent | None = None
    reused: dict[Name, ArtifactRef] = Field(default_factory=dict)
    simulated: tuple[Name, ...] = ()
    revisions: dict[Name, ArtifactRef] = Field(default_factory=dict)
    journal_id: RunId | None = None
    traceparent: str = ""
    tracestate: str = ""


class RunAdmitted(Message):
    """The run may begin: it was its turn among those that wait for others to end."""

    type: Literal["run.admitted"] = "run.admitted"


class RunPaused(Message):
    """From now on nothing new is requested; `n` counts the pauses of the run from 1."""

    type: Literal["run.paused"] = "run.paused"
    n: int
    reason: str = ""
    requested_by: str = ""


class RunResumed(Message):
    """Ends the `n`-th pause."""

    type: Literal["run.resumed"] = "run.resumed"
    n: int
    requested_by: str = ""


class StepRequested(StepMessage):
    """One attempt of one step. This event is the command: `agent` consumes it.

    `inputs` maps `brief` and the names of the needed steps to what they produced, `item` to the
    whole list of which an instance takes its own, `revision` to what a person wants changed.
    `traceparent`, `tracestate` and `request_id` are those of the run's request, so its trace goes
    on after days and crashes, and log lines name the request that was made.
    """

    type: Literal["step.requested"] = "step.requested"
    agent: Name
    task: Name
    inputs: dict[str, ArtifactRef]
    timeout_s: float
    dry_run: bool = False
    journal_id: RunId | None = None
    traceparent: str = ""
    tracestate: str = ""
    request_id: str = ""


class StepPlanned(StepMessage):
    """The conditions of a step were met. `attempt` is the one that may now be requested.

    `items` is the list, of length `count`, that the step runs for each item of; both are None
    when it runs once. `approval` says whether a person is asked first.
    """

    type: Literal["step.planned"] = "step.planned"
    items: ArtifactRef | None = None
    count: int | None = None
    approval: bool = False


class StepSkipped(StepMessage):
    """The step is not run, for the `reason` given in one sentence."""

    type: Literal["step.skipped"] = "step.skipped"
    reason: str


class ApprovalRequested(Message):
    """A person is asked whether `step` may run; `digest` stands for all that is shown.

    `shown` maps the inputs of the step to what they are. Rounds count from 1: each revision asks
    anew. `revise` names the step that a revision runs again, None when there may be none.
    """

    type: Literal["approval.requested"] = "approval.requested"
    step: Name
    round: int
    risk: Risk
    digest: Sha256
    agent: Name
    task: Name
    shown: dict[str, ArtifactRef]
    expected_cost_usd_micro: int | None = None
    dry_run: bool = False
    expires_at: AwareDatetime
    on_expiry: Literal["approve", "reject"]
    requester_may_approve: bool = True
    revise: Name | None = None


class ApprovalDecided(Message):
    """What was decided on the request with the same round and digest; the first one stands.

    `decided_by` is a person, or `policy` when nobody had to or when time ran out.
    """

    type: Literal["approval.decided"] = "approval.decided"
    step: Name
    round: int
    digest: Sha256
    decision: Literal["approve", "reject", "revise"]
    comment: str = ""
    decided_by: str = ""


class StepCompleted(StepMessage):
    """`simulated` says that a part of the output comes from the simulator."""

    type: Literal["step.completed"] = "step.completed"
    agent: Name
    output: ArtifactRef
    duration_ms: int
    simulated: bool = False
    incidents: tuple[Incident, ...] = ()


class StepFailed(StepMessage):
    """`simulated` says that the simulator stood in for the models; what it cost was not paid.

    An attempt that was never requested fails as well, and for good, when the conditions of its
    step cannot be evaluated: `attempt` is the one that was to be planned.
    """

    type: Literal["step.failed"] = "step.failed"
    agent: Name
    error: StepError
    duration_ms: int
    simulated: bool = False
    incidents: tuple[Incident, ...] = ()


class RunCompleted(Message):
    """`outputs` maps every step to what it produced."""

    type: Literal["run.completed"] = "run.completed"
    outputs: dict[str, ArtifactRef]


class RunFailed(Message):
    type: Literal["run.failed"] = "run.failed"
    errors: tuple[StepError, ...]


class CancelRequested(Message):
    """A person wants the run to stop. Whether it still could is told by how the run ended."""

    type: Literal["run.cancel_requested"] = "run.cancel_requested"
    reason: str = ""
    requested_by: str = ""


class RunCancelled(Message):
    type: Literal["run.cancelled"] = "run.cancelled"
    reason: str = ""


class RunDeleted(Message):
    """The run ended so long ago that nothing of it is kept any more; this alone stays for a while.

    `requested_by` is a person, or `policy` when it was the retention period that ended.
    """

    type: Literal["run.deleted"] = "run.deleted"
    requested_by: str = ""


type StepOutcome = StepCompleted | StepFailed
type RunEnd = RunCompleted | RunFailed | RunCancelled
type RunControl = RunAdmitted | RunPaused | RunResumed | CancelRequested
type Approval = ApprovalRequested | ApprovalDecided
type RunEvent = (
    RunRequested
    | RunControl
    | StepPlanned
    | StepSkipped
    | StepRequested
    | StepOutcome
    | Approval
    | RunEnd
    | RunDeleted
)

RUN_ENDS: tuple[type[Message], ...] = (RunCompleted, RunFailed, RunCancelled)
"""A run has only one of these, and behind it nothing happens but that the run is deleted."""

EVENT_TYPES: tuple[type[Message], ...] = (
    RunRequested,
    RunAdmitted,
    StepPlanned,
    StepSkipped,
    ApprovalRequested,
    ApprovalDecided,
    StepRequested,
    StepCompleted,
    StepFailed,
    RunPaused,
    RunResumed,
    CancelRequested,
    *RUN_ENDS,
    RunDeleted,
)

_adapter: TypeAdapter[RunEvent] = TypeAdapter(Annotated[RunEvent, Field(discriminator="type")])

_VALIDATE: dict[str, Callable[[Any], RunEvent]] = {
    kind.model_fields["type"].default: TypeAdapter(kind).validator.validate_python
    for kind in EVENT_TYPES
}
"""By type: a third faster than by the union."""


def parse_event(payload: bytes) -> RunEvent:
    """Return the event in `payload`.

    Raises:
        pydantic.ValidationError: the payload is no event of this or an earlier release.
    """
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _adapter.validate_json(payload)
    raw = upcast(raw)
    kind = raw.get("type") if isinstance(raw, dict) else None
    if isinstance(kind, str) and (validate := _VALIDATE.get(kind)) is not None:
        try:
            return validate(raw)
        except ValidationError:
            pass  # what is wrong with it is told as of any other
    return _adapter.validate_python(raw)


class Timer(Frozen):
    """Wakes the orchestrator for a run; the run's log says what is due.

    `seq` is the sequence on the log of the newest event that was known when the timer was set.
    """

    run_id: RunId
    seq: int = 0
