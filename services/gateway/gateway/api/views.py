"""What the API says about runs, and how it is made of what the projection holds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal, Self

from asyncpg import Record
from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.artifacts import Findings, Publication, Script, Seo
from contracts.events import Parent
from contracts.pipeline import Priority, Risk
from gateway.api.money import usd
from gateway.api.step_views import ApprovalSummary, StepView, by_attempt
from gateway.details import Details
from gateway.state import ENDED, RunStatus
from gateway.store import Cost, Money
from gateway.waiting import Kind, Reason


class RunSummary(BaseModel):
    """`cost_usd` is null when nothing that was paid has a known price."""

    run_id: str
    channel_id: str
    topic: str
    brand_name: str
    pipeline: str
    status: RunStatus
    current_agent: str | None
    dry_run: bool
    simulated: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime
    completed_at: AwareDatetime | None
    duration_s: float | None
    cost_usd: float | None
    priority: Priority
    paused: bool
    waiting_for_approval: bool
    parent_run_id: str | None

    @classmethod
    def of_row(cls, row: Record, cost: Cost) -> Self:
        derived = _derived(row["created_at"], row["completed_at"], cost)
        return cls.model_validate({**row, **derived})


class ErrorView(BaseModel):
    step: str
    agent: str
    attempt: int
    error: str
    message: str
    retryable: bool


class Result(BaseModel):
    """What the run has produced so far. Addresses are relative to the gateway's own."""

    findings: Findings | None = None
    script: Script | None = None
    seo: Seo | None = None
    images: tuple[str, ...] = ()
    video_url: str | None = None
    thumbnail_url: str | None = None
    subtitles_url: str | None = None
    duration_s: float | None = None
    publication: Publication | None = None


class PauseView(BaseModel):
    at: AwareDatetime
    reason: str
    requested_by: str


class ChildView(BaseModel):
    """A run that repeats this one from `from_step` on."""

    run_id: str
    from_step: str
    kind: Literal["retry", "rerun"]
    status: RunStatus
    created_at: AwareDatetime


class WaitView(BaseModel):
    """`message` is a sentence for a person; `until` is when it is over by itself, if it is."""

    model_config = ConfigDict(from_attributes=True)

    kind: Kind
    message: str
    step: str | None
    agent: str | None
    until: AwareDatetime | None


class RunDetail(RunSummary):
    """`errors` holds failed attempts, those that were retried with success included, 100 at most.

    `pause` is null unless the run is paused. `parent` is the run that this one repeats in part,
    `children` the newest that repeat this one. `admitted_at` is null when it need not wait for
    its turn, or still does.

    `saved_calls` were answered without being paid, as they had been paid before: that would have
    cost `money_saved_usd`, null when none of them has a known price. Neither is in `cost_usd`.

    `cancel_reason` is what was given when the run was cancelled, else empty.

    `trace_id` is that of the request, which everything the run does carries on; empty for none.

    `language` and `aspect` are empty when the brief cannot be read right now.
    """

    language: str
    aspect: str
    result: Result | None
    errors: tuple[ErrorView, ...]
    steps: tuple[StepView, ...]
    tokens: int
    unpriced_calls: int
    saved_calls: int
    money_saved_usd: float | None
    cancel_reason: str
    trace_id: str
    requested_by: str
    deadline_at: AwareDatetime | None
    admitted_at: AwareDatetime | None
    pause: PauseView | None
    parent: Parent | None
    children: tuple[ChildView, ...]
    approvals: tuple[ApprovalSummary, ...]
    waiting_for: tuple[WaitView, ...]


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


class PlannedApproval(BaseModel):
    """`asks` is null when that is known only once it is the step's turn.

    Risk `medium` is put on record and waits for nobody.
    """

    risk: Risk
    when: str | None
    asks: bool | None
    revise: str | None


class PlannedStep(BaseModel):
    """`agent_known` is false when no agent of this name has ever started here.

    `expected_s` is how long the step usually takes once it is its turn, null when nobody knows.
    """

    step: str
    agent: str
    task: str
    needs: tuple[str, ...]
    calls: tuple[PlannedCall, ...]
    cost_usd: float | None
    expected_s: float | None = None
    agent_known: bool
    approval: PlannedApproval | None


class Plan(BaseModel):
    """What a run would do and cost. `unpriced` names the models without a known price.

    `expected_s` is how long the longest way through the steps usually takes, without the time
    that agents are busy or people think; null when that of a step is not known.
    """

    pipeline: str
    channel_id: str
    topic: str
    simulated: bool
    steps: tuple[PlannedStep, ...]
    cost_usd: float | None
    expected_s: float | None
    unpriced: tuple[str, ...]


class ChannelView(BaseModel):
    channel_id: str
    name: str
    language: str
    brand_guide: str
    created_at: AwareDatetime


def detail_of(
    details: Details,
    *,
    brief: Mapping[str, object],
    result: Result | None,
    waiting_for: Sequence[Reason],
    money: Money,
) -> RunDetail:
    run = details.run
    fields = {name: getattr(run, name) for name in _FROM_RUN}
    return RunDetail.model_validate(
        fields
        | _derived(run.created_at, run.completed_at, money.cost)
        | {
            "language": brief.get("language", ""),
            "aspect": brief.get("aspect", ""),
            "result": result,
            "errors": [error.model_dump() for error in details.errors],
            "steps": _steps_of(details, money.step_costs),
            "tokens": money.cost.tokens,
            "unpriced_calls": money.cost.unpriced_calls,
            "saved_calls": money.saving.calls,
            "money_saved_usd": usd(money.saving.usd_micro),
            "parent_run_id": None if run.parent is None else run.parent.run_id,
            "pause": asdict(run.pause) if run.paused and run.pause is not None else None,
            "children": [_child_of(row) for row in details.children],
            "waiting_for": [WaitView.model_validate(reason) for reason in waiting_for],
            "approvals": [ApprovalSummary.of(approval) for approval in details.approvals],
        }
    )


def _steps_of(details: Details, costs: Mapping[str, Cost]) -> list[StepView]:
    errors = by_attempt([*details.errors, *details.instance_errors])
    ended = details.run.status in ENDED
    in_order = sorted(details.run.steps.values(), key=lambda step: step.position)
    return [
        StepView.of(step, costs.get(step.step), errors, details.instances, ended=ended)
        for step in in_order
    ]


def _child_of(row: Record) -> ChildView:
    return ChildView(
        run_id=row["run_id"],
        from_step=row["parent_from_step"],
        kind=row["parent_kind"],
        status=row["status"],
        created_at=row["created_at"],
    )


def _derived(created_at: datetime, completed_at: datetime | None, cost: Cost) -> dict[str, object]:
    duration_s = None if completed_at is None else (completed_at - created_at).total_seconds()
    return {"duration_s": duration_s, "cost_usd": usd(cost.usd_micro)}


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
    "trace_id",
    "requested_by",
    "priority",
    "deadline_at",
    "admitted_at",
    "parent",
    "paused",
    "waiting_for_approval",
)
