"""What the API says about runs, and how it is made of what the projection holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Self

from asyncpg import Record
from pydantic import AwareDatetime, BaseModel

from contracts.artifacts import Publication, Script, Seo
from contracts.events import StepError
from gateway.fold import RunState, RunStatus, StepState, StepStatus
from gateway.store import Cost

MICRO = 1_000_000


class RunSummary(BaseModel):
    """`cost_usd` is null when nothing that was paid has a known price."""

    run_id: str
    channel_id: str
    topic: str
    brand_name: str
    status: RunStatus
    current_agent: str | None
    dry_run: bool
    simulated: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime
    completed_at: AwareDatetime | None
    duration_s: float | None
    cost_usd: float | None

    @classmethod
    def of_row(cls, row: Record, cost: Cost) -> Self:
        derived = _derived(row["created_at"], row["completed_at"], cost)
        return cls.model_validate({**row, **derived})


class StepView(BaseModel):
    """`cost_usd` is null while nothing was paid, or when nothing of it has a known price."""

    step: str
    agent: str
    task: str
    needs: tuple[str, ...]
    status: StepStatus
    attempt: int
    requested_at: AwareDatetime | None
    completed_at: AwareDatetime | None
    duration_ms: int | None
    tokens: int
    cost_usd: float | None
    output_kind: str | None
    simulated: bool

    @classmethod
    def of(cls, step: StepState, cost: Cost | None) -> Self:
        return cls(
            step=step.step,
            agent=step.agent,
            task=step.task,
            needs=step.needs,
            status=step.status,
            attempt=step.attempt,
            requested_at=step.requested_at,
            completed_at=step.completed_at,
            duration_ms=step.duration_ms,
            tokens=0 if cost is None else cost.tokens,
            cost_usd=None if cost is None else usd(cost.usd_micro),
            output_kind=None if step.output is None else step.output.kind,
            simulated=step.simulated,
        )


class ErrorView(BaseModel):
    step: str
    agent: str
    attempt: int
    error: str
    message: str
    retryable: bool


class Result(BaseModel):
    """What the run has produced so far. Addresses are relative to the gateway's own."""

    script: Script | None = None
    seo: Seo | None = None
    images: tuple[str, ...] = ()
    video_url: str | None = None
    thumbnail_url: str | None = None
    subtitles_url: str | None = None
    duration_s: float | None = None
    publication: Publication | None = None


class RunDetail(RunSummary):
    """`errors` holds every failed attempt, those that were retried with success included.

    `cancel_reason` is what was given when the run was cancelled, else empty.

    `language` and `aspect` are empty when the brief cannot be read right now.
    """

    pipeline: str
    language: str
    aspect: str
    result: Result | None
    errors: tuple[ErrorView, ...]
    steps: tuple[StepView, ...]
    tokens: int
    unpriced_calls: int
    cancel_reason: str


class RunPage(BaseModel):
    items: tuple[RunSummary, ...]
    next_cursor: str | None


class DashboardSummary(BaseModel):
    """`active_runs` are pending or running; the mean is over runs that completed or failed.

    A cancelled run is neither a success nor a failure.
    """

    total_runs: int
    active_runs: int
    success_runs: int
    failed_runs: int
    cancelled_runs: int
    avg_duration_sec: float | None
    estimated_cost_usd: float | None
    recent_runs: tuple[RunSummary, ...]


class Accepted(BaseModel):
    run_id: str
    status: Literal["pending"] = "pending"


class PlannedCall(BaseModel):
    """`cost_usd` is for all `count` calls, null when the price is not known."""

    capability: str
    provider: str
    model: str
    count: int
    cost_usd: float | None


class PlannedStep(BaseModel):
    """`agent_known` is false when no agent of this name has ever started here."""

    step: str
    agent: str
    task: str
    needs: tuple[str, ...]
    calls: tuple[PlannedCall, ...]
    cost_usd: float | None
    agent_known: bool


class Plan(BaseModel):
    """What a run would do and cost. `unpriced` names the models without a known price."""

    pipeline: str
    channel_id: str
    topic: str
    simulated: bool
    steps: tuple[PlannedStep, ...]
    cost_usd: float | None
    unpriced: tuple[str, ...]


class ChannelView(BaseModel):
    channel_id: str
    name: str
    language: str
    brand_guide: str
    created_at: AwareDatetime


def detail_of(  # noqa: PLR0913 -- what a run's page is made of
    run: RunState,
    errors: Sequence[StepError],
    *,
    brief: Mapping[str, object],
    result: Result | None,
    cost: Cost,
    step_costs: Mapping[str, Cost],
) -> RunDetail:
    fields = {name: getattr(run, name) for name in _FROM_RUN}
    return RunDetail.model_validate(
        fields
        | _derived(run.created_at, run.completed_at, cost)
        | {
            "language": brief.get("language", ""),
            "aspect": brief.get("aspect", ""),
            "result": result,
            "errors": [error.model_dump() for error in errors],
            "steps": [StepView.of(step, step_costs.get(step.step)) for step in _in_order(run)],
            "tokens": cost.tokens,
            "unpriced_calls": cost.unpriced_calls,
        }
    )


def usd(micro: int | None) -> float | None:
    return None if micro is None else micro / MICRO


def _derived(created_at: datetime, completed_at: datetime | None, cost: Cost) -> dict[str, object]:
    duration_s = None if completed_at is None else (completed_at - created_at).total_seconds()
    return {"duration_s": duration_s, "cost_usd": usd(cost.usd_micro)}


def _in_order(run: RunState) -> list[StepState]:
    return sorted(run.steps.values(), key=lambda step: step.position)


_FROM_RUN = (
    "run_id",
    "channel_id",
    "topic",
    "brand_name",
    "pipeline",
    "status",
    "current_agent",
    "dry_run",
    "simulated",
    "created_at",
    "updated_at",
    "completed_at",
    "cancel_reason",
)
