"""Facts of a run, in the past tense. Appended to the RUNS stream and never changed."""

from typing import Annotated, Literal

import orjson
from pydantic import Field, TypeAdapter

from contracts.artifacts import ArtifactRef
from contracts.base import Frozen, Message, Name, RunId, StepMessage
from contracts.pipeline import Pipeline
from contracts.versions import upcast


class StepError(Frozen):
    """Why an attempt failed, in one sentence a person can act on.

    `error` is the class of the failure; `retryable` is the agent's word, how often to
    retry is the orchestrator's.
    """

    error: str
    message: str
    retryable: bool
    step: Name
    attempt: int
    agent: Name


class RunRequested(Message):
    """Carries the whole pipeline, so a run never changes under its feet."""

    type: Literal["run.requested"] = "run.requested"
    pipeline: Pipeline
    brief: ArtifactRef
    channel_id: Name
    topic: str
    brand_name: str = ""
    dry_run: bool = False
    request_id: str = ""


class StepRequested(StepMessage):
    """One attempt of one step. This event is the command: `agent` consumes it.

    `inputs` maps `brief` and the names of the needed steps to what they produced.
    """

    type: Literal["step.requested"] = "step.requested"
    agent: Name
    task: Name
    inputs: dict[str, ArtifactRef]
    timeout_s: float
    dry_run: bool = False


class StepCompleted(StepMessage):
    """`simulated` says that a part of the output comes from the simulator."""

    type: Literal["step.completed"] = "step.completed"
    agent: Name
    output: ArtifactRef
    duration_ms: int
    simulated: bool = False


class StepFailed(StepMessage):
    """`simulated` says that the simulator stood in for the models; what it cost was not paid."""

    type: Literal["step.failed"] = "step.failed"
    agent: Name
    error: StepError
    duration_ms: int
    simulated: bool = False


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


type StepOutcome = StepCompleted | StepFailed
type RunEnd = RunCompleted | RunFailed | RunCancelled
type RunEvent = RunRequested | StepRequested | StepOutcome | CancelRequested | RunEnd

RUN_ENDS: tuple[type[Message], ...] = (RunCompleted, RunFailed, RunCancelled)
"""The last event of a run is one of these, and it has only one."""

EVENT_TYPES: tuple[type[Message], ...] = (
    RunRequested,
    StepRequested,
    StepCompleted,
    StepFailed,
    CancelRequested,
    *RUN_ENDS,
)

_adapter: TypeAdapter[RunEvent] = TypeAdapter(Annotated[RunEvent, Field(discriminator="type")])


def parse_event(payload: bytes) -> RunEvent:
    """Return the event in `payload`.

    Raises:
        pydantic.ValidationError: the payload is no event of this or an earlier release.
    """
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _adapter.validate_json(payload)
    return _adapter.validate_python(upcast(raw))


class Timer(Frozen):
    """Wakes the orchestrator for a run; the run's log says what is due."""

    run_id: RunId
