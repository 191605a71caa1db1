"""A run as the projection keeps it. All of it is frozen: `fold` makes the next one.

Not slotted: `make` and `replace` give a new object its dictionary at once. The constructor of
something frozen takes seven times as long, and so does an update of the dictionary that is there.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from contracts.artifacts import ArtifactRef, Publication
from contracts.calls import Incident
from contracts.events import Parent, StepError
from contracts.pipeline import Priority, Risk

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 -- it is given on from here

    def make[**P, S](kind: Callable[P, S], /, *args: P.args, **fields: P.kwargs) -> S: ...
else:

    def replace(state: object, /, **changes: object) -> object:
        """Return the state with some fields changed, as `dataclasses.replace` does."""
        return _holding(type(state), state.__dict__ | changes)

    def make(kind: type, /, **told: object) -> object:
        """Return a state, as its constructor does when each field is named."""
        return _holding(kind, _usual(kind) | told)


def _holding(kind: type, values: dict[str, object]) -> object:
    state: object = object.__new__(kind)
    object.__setattr__(state, "__dict__", values)
    return state


@cache
def _usual(kind: Any) -> dict[str, object]:  # noqa: ANN401 -- a dataclass, which has no type
    """Return what a state of this kind holds where it is not told, in the order of its fields."""
    return {each.name: _usual_of(each) for each in fields(kind)}


def _usual_of(each: Field[object]) -> object:
    if each.default_factory is not MISSING:
        return each.default_factory()  # one for all: nobody changes it
    return None if each.default is MISSING else each.default


def amend[S](fresh: S, /, **changes: object) -> S:
    """Change the fields of a state that was just made and that nobody else has seen."""
    fresh.__dict__.update(changes)
    return fresh


type RunStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
type AttemptStatus = Literal["running", "completed", "failed", "cancelled"]
type StepStatus = Literal["waiting", "awaiting_approval", "skipped"] | AttemptStatus
type ApprovalStatus = Literal["waiting", "approved", "rejected", "revised", "expired", "cancelled"]

PUBLICATION = Publication.__name__
ENDED: frozenset[RunStatus] = frozenset({"completed", "failed", "cancelled"})
UNFINISHED: frozenset[StepStatus] = frozenset({"waiting", "awaiting_approval", "running"})


@dataclass(frozen=True)
class Attempt:
    """`requested_at` is None for an attempt that failed before an agent was asked."""

    attempt: int
    agent: str
    status: AttemptStatus
    requested_at: datetime | None
    completed_at: datetime | None = None
    duration_ms: int | None = None
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a step and an instance of a step have in common.

    `attempt` 0 means that it was not requested yet.
    """

    agent: str
    status: StepStatus = "waiting"
    attempt: int = 0
    requested_at: datetime | None = None
    completed_at: datetime | None = None
    duration_ms: int | None = None
    output: ArtifactRef | None = None
    simulated: bool = False
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Instances:
    """How the instances of a step stand in the round at hand; the rest of `count` waits."""

    count: int
    completed: int = 0
    failed: int = 0
    running: int = 0


@dataclass(frozen=True, kw_only=True)
class StepState(Work):
    """A step of the pipeline; the `attempt` of one that has `instances` counts its rounds.

    `reused` says that its output was taken over from the parent of the run.
    """

    step: str
    position: int
    task: str
    needs: tuple[str, ...]
    instances: Instances | None = None
    skip_reason: str = ""
    reused: bool = False


@dataclass(frozen=True, kw_only=True)
class InstanceState(Work):
    """One instance of a step, as of the `round` in which it was last requested."""

    step: str
    index: int
    round: int


@dataclass(frozen=True, kw_only=True)
class ApprovalState:
    """A question to a person and its answer; `expired` ended as `on_expiry` says."""

    step: str
    round: int
    risk: Risk
    digest: str
    agent: str
    task: str
    shown: Mapping[str, ArtifactRef]
    expected_cost_usd_micro: int | None
    dry_run: bool
    requested_at: datetime
    expires_at: datetime
    on_expiry: Literal["approve", "reject"]
    requester_may_approve: bool
    revise: str | None
    status: ApprovalStatus = "waiting"
    comment: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Pause:
    """The `n`-th pause of a run, whether it is over or not."""

    n: int
    at: datetime
    reason: str
    requested_by: str


@dataclass(frozen=True, kw_only=True)
class RunState:
    """`errors` holds only those that this fold has met; `instances` and `approvals` as well.

    `cancel_reason` is what was given when the run was cancelled, empty when nothing was.
    `trace_id` is that of whoever asked, empty when there is none.
    """

    run_id: str
    channel_id: str
    topic: str
    brand_name: str
    pipeline: str
    brief: ArtifactRef
    dry_run: bool
    status: RunStatus
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    requested_by: str = ""
    priority: Priority = "normal"
    deadline_at: datetime | None = None
    admitted_at: datetime | None = None
    parent: Parent | None = None
    paused: bool = False
    pause: Pause | None = None
    cancel_reason: str = ""
    trace_id: str = ""
    steps: Mapping[str, StepState] = field(default_factory=dict)
    instances: Mapping[tuple[str, int], InstanceState] = field(default_factory=dict)
    approvals: Mapping[tuple[str, int], ApprovalState] = field(default_factory=dict)
    errors: tuple[StepError, ...] = ()

    @property
    def current_agent(self) -> str | None:
        """Whoever works now; of several the first in the pipeline's order."""
        running = [step for step in self.steps.values() if step.status == "running"]
        if self.status in ENDED or not running:
            return None
        return min(running, key=lambda step: step.position).agent

    @property
    def simulated(self) -> bool:
        return any(step.simulated for step in self.steps.values())

    @property
    def published_at(self) -> datetime | None:
        """When what the run made was published, None unless it has completed and something was."""
        if self.status != "completed" or self.completed_at is None:
            return None
        outputs = ((step, step.output) for step in self.steps.values())
        return max(
            (
                step.completed_at or self.completed_at
                for step, output in outputs
                if output is not None and output.kind == PUBLICATION
            ),
            default=None,
        )

    @property
    def waiting_for_approval(self) -> bool:
        return any(step.status == "awaiting_approval" for step in self.steps.values())


def without(runs: Mapping[str, RunState], deleted: Collection[str]) -> Mapping[str, RunState]:
    """Return runs but for those that were deleted."""
    if not deleted:
        return runs
    return {run_id: run for run_id, run in runs.items() if run_id not in deleted}
