"""What the core wants done that is not yet an event of the log.

The shell turns each of these into something that the broker takes only once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.artifacts import ArtifactRef
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    RunEnd,
    StepRequested,
    StepSkipped,
)
from contracts.pipeline import Priority, StepSpec


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at the run again at `at`; `name` and `n` make the subject of the timer.

    `name` is that of a step or an instance and `n` its failed attempt, or the name of another
    timer and its round.
    """

    run_id: str
    name: str
    n: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Resolve:
    """Evaluate the expressions of `spec` over `inputs` and record what they say.

    That is one of `StepPlanned`, `StepSkipped` and, when they cannot be evaluated, a
    `StepFailed` that is final, each for `attempt`.
    """

    run_id: str
    step: str
    attempt: int
    spec: StepSpec
    inputs: Mapping[str, ArtifactRef]


@dataclass(frozen=True, slots=True)
class Join:
    """Record what the instances of `step` gave as the `StepCompleted` of its `attempt`.

    `outputs` are those of the instances in the order of the items, None for one that failed.
    The step was planned at `planned_at`; `simulated` says that the simulator had a part in it.
    """

    run_id: str
    step: str
    attempt: int
    outputs: tuple[ArtifactRef | None, ...]
    agent: str
    planned_at: datetime
    simulated: bool


@dataclass(frozen=True, slots=True)
class Admit:
    """The run may begin as soon as there is a place for it: record `RunAdmitted` then."""

    run_id: str
    channel_id: str
    priority: Priority
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Store:
    """Store these artifacts, which are carried inline, before the outputs that follow.

    What follows refers to them without their content, which would make too large an event. See
    `contracts.references`: `body_of` each goes under its `sha256`.
    """

    run_id: str
    artifacts: tuple[ArtifactRef, ...]


type Record = StepRequested | StepSkipped | ApprovalRequested | ApprovalDecided | RunEnd
type Output = Record | Store | Wake | Resolve | Join | Admit
