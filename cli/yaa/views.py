"""What the gateway answers, as far as the CLI shows it. Fields unknown here are ignored."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, JsonValue

from contracts.artifacts import Aspect, Publication, Script, Seo
from contracts.base import Frozen
from contracts.events import Parent
from contracts.pipeline import Priority

type StepStatus = Literal[
    "waiting", "awaiting_approval", "running", "completed", "skipped", "failed", "cancelled"
]
type RunStatus = Literal["pending", "running", "completed", "failed", "cancelled"]

ENDED: frozenset[RunStatus] = frozenset({"completed", "failed", "cancelled"})


def printable(text: str) -> str:
    """Return `text` with a space for all that could steer a terminal, line ends excepted."""
    return "".join(char if char == "\n" or _is_plain(char) else " " for char in text)


def _is_plain(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs")


type Plain = Annotated[str, AfterValidator(printable)]


class RunOrder(Frozen):
    """What a person asks for. `language` is the channel's own unless it is given."""

    topic: str
    channel_id: str = "demo"
    pipeline: str = "video"
    aspect: Aspect = "9:16"
    language: str | None = None
    dry_run: bool = False
    review: bool = False
    priority: Priority = "normal"
    deadline_s: float | None = None
    requested_by: str = ""


class Accepted(Frozen):
    run_id: Plain
    status: RunStatus = "pending"


class Heeded(Frozen):
    """`status` is how the run stands right now, what was asked for may follow."""

    run_id: Plain
    status: Plain


class RetryOrder(Frozen):
    fresh: bool = False
    deadline_s: float | None = None
    requested_by: str = ""


class RerunOrder(RetryOrder):
    """`edits` maps `brief` or the name of a step to a merge patch of what it gave."""

    from_step: str
    edits: dict[str, dict[str, JsonValue]]


class Repeated(Frozen):
    """A run that repeats another; `status` is pending unless it was started before."""

    run_id: Plain
    status: Plain
    parent_run_id: Plain


class PlannedCall(Frozen):
    capability: Plain
    provider: Plain
    model: Plain
    count: int = 1
    cost_usd: float | None = None


class PlannedApproval(Frozen):
    """`asks` is null when that is known only once it is the step's turn."""

    risk: Plain = "high"
    when: Plain | None = None
    asks: bool | None = None


class PlannedStep(Frozen):
    """`agent_known` is false when no such agent has announced itself yet."""

    step: Plain
    agent: Plain
    task: Plain
    needs: tuple[Plain, ...] = ()
    calls: tuple[PlannedCall, ...] = ()
    cost_usd: float | None = None
    expected_s: float | None = None
    agent_known: bool = True
    approval: PlannedApproval | None = None


class Plan(Frozen):
    pipeline: Plain
    channel_id: Plain
    topic: Plain
    simulated: bool = False
    steps: tuple[PlannedStep, ...]
    cost_usd: float | None = None
    expected_s: float | None = None
    unpriced: tuple[Plain, ...] = ()


class RunSummary(Frozen):
    run_id: Plain
    channel_id: Plain
    topic: Plain
    brand_name: Plain = ""
    pipeline: Plain = ""
    status: RunStatus
    current_agent: Plain | None = None
    dry_run: bool = False
    simulated: bool = False
    paused: bool = False
    waiting_for_approval: bool = False
    created_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    duration_s: float | None = None
    cost_usd: float | None = None


class RunPage(Frozen):
    items: tuple[RunSummary, ...]
    next_cursor: str | None = None


class InstancesView(Frozen):
    """How the instances of a step stand that runs for each item of a list."""

    count: int
    completed: int = 0
    failed: int = 0
    running: int = 0


class StepView(Frozen):
    """`cost_usd` is null while nothing was paid, or when a call of the step has no price."""

    step: Plain
    agent: Plain
    task: Plain = ""
    needs: tuple[Plain, ...] = ()
    status: StepStatus = "waiting"
    attempt: int | None = None
    requested_at: AwareDatetime | None = None
    duration_ms: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    output_kind: Plain | None = None
    simulated: bool = False
    skip_reason: Plain = ""
    reused: bool = False
    instances: InstancesView | None = None


class ErrorView(Frozen):
    step: Plain
    agent: Plain
    attempt: int
    error: Plain
    message: Plain
    retryable: bool


class Result(Frozen):
    script: Script | None = None
    seo: Seo | None = None
    images: tuple[Plain, ...] = ()
    video_url: Plain | None = None
    thumbnail_url: Plain | None = None
    subtitles_url: Plain | None = None
    duration_s: float | None = None
    publication: Publication | None = None


class WaitView(Frozen):
    """Why a run does not go on, in a sentence."""

    kind: Plain
    message: Plain


class ApprovalSummary(Frozen):
    """`status` is `waiting`, or how it was answered."""

    step: Plain
    round: int
    status: Plain
    expires_at: AwareDatetime
    on_expiry: Literal["approve", "reject"]
    decided_by: Plain = ""
    comment: Plain = ""


class ChildView(Frozen):
    """A run that repeats another one from `from_step` on."""

    run_id: Plain
    from_step: Plain
    kind: Plain
    status: Plain


class RunDetail(RunSummary):
    language: Plain | None = None
    aspect: Plain | None = None
    steps: tuple[StepView, ...] = ()
    errors: tuple[ErrorView, ...] = ()
    result: Result | None = None
    tokens: int = 0
    unpriced_calls: int = 0
    saved_calls: int = 0
    money_saved_usd: float | None = None
    cancel_reason: Plain = ""
    trace_id: Plain = ""
    waiting_for: tuple[WaitView, ...] = ()
    requested_by: Plain = ""
    priority: Plain = "normal"
    deadline_at: AwareDatetime | None = None
    parent: Parent | None = None
    children: tuple[ChildView, ...] = ()
    approvals: tuple[ApprovalSummary, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def figures(self) -> tuple[object, ...]:
        """Everything that still changes for a moment after the run has ended."""
        per_step = tuple((step.tokens, step.cost_usd) for step in self.steps)
        saved = (self.saved_calls, self.money_saved_usd)
        return (self.tokens, self.cost_usd, self.unpriced_calls, saved, per_step)


class ChannelView(Frozen):
    channel_id: Plain
    name: Plain = ""
    language: Plain = ""
    brand_guide: Plain = ""


class ChannelDraft(Frozen):
    channel_id: str
    name: str
    language: str = "ko"
    brand_guide: str = ""


class ChannelChange(Frozen):
    """What is None stays as it is."""

    name: str | None = None
    language: str | None = None
    brand_guide: str | None = None


class DeadView(Frozen):
    id: int
    at: AwareDatetime
    run_id: Plain
    step: Plain
    attempt: int
    agent: Plain
    deliveries: int
    reason: Plain


class DeadPage(Frozen):
    items: tuple[DeadView, ...]


class TrialView(Frozen):
    target: Plain
    problem: Plain | None


class TrialsView(Frozen):
    items: tuple[TrialView, ...]
