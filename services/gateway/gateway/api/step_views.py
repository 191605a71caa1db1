"""What the API says about the steps of a run, their attempts, instances and approvals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel

from contracts.base import instance_of
from contracts.calls import Incident
from contracts.events import StepError
from contracts.pipeline import Risk
from gateway.api.money import usd
from gateway.state import (
    ApprovalState,
    ApprovalStatus,
    Attempt,
    AttemptStatus,
    InstanceState,
    StepState,
    StepStatus,
    Work,
)
from gateway.store import Cost

type Errors = Mapping[tuple[str, int], StepError]
"""By step, or instance of one, and attempt."""


class FailureView(BaseModel):
    error: str
    message: str
    retryable: bool


class AttemptView(BaseModel):
    """`incidents` is what went wrong with providers meanwhile, whether it failed or not."""

    attempt: int
    agent: str
    status: AttemptStatus
    requested_at: AwareDatetime | None
    completed_at: AwareDatetime | None
    duration_ms: int | None
    failure: FailureView | None
    incidents: tuple[Incident, ...]

    @classmethod
    def of(cls, attempt: Attempt, failure: StepError | None, *, ended: bool) -> Self:
        return cls(
            attempt=attempt.attempt,
            agent=attempt.agent,
            status="cancelled" if ended and attempt.status == "running" else attempt.status,
            requested_at=attempt.requested_at,
            completed_at=attempt.completed_at,
            duration_ms=attempt.duration_ms,
            failure=None if failure is None else FailureView.model_validate(failure.model_dump()),
            incidents=attempt.incidents,
        )


class WorkView(BaseModel):
    """`cost_usd` is null while nothing was paid, or when nothing of it has a known price."""

    agent: str
    status: StepStatus
    attempt: int
    requested_at: AwareDatetime | None
    completed_at: AwareDatetime | None
    duration_ms: int | None
    tokens: int
    cost_usd: float | None
    output_kind: str | None
    simulated: bool
    attempts: tuple[AttemptView, ...]


class InstanceView(WorkView):
    """One instance of a step that runs for each item of a list; `index` is the item's."""

    index: int

    @classmethod
    def of(cls, instance: InstanceState, cost: Cost | None, errors: Errors, *, ended: bool) -> Self:
        name = instance_of(instance.step, instance.index)
        return cls(**_work_fields(name, instance, cost, errors, ended=ended), index=instance.index)


class InstancesView(BaseModel):
    """How the instances of a step stand; those of `count` that are nothing else have not begun.

    `unfinished` are the first of those that run or whose last attempt failed.
    """

    count: int
    completed: int
    failed: int
    running: int
    unfinished: tuple[InstanceView, ...]


class StepView(WorkView):
    """`reused`: the output was taken over from the run's parent.

    `skip_reason` is a sentence for a skipped step, else empty. `instances` is null for a step
    that runs once; the `attempt` of one that does not counts its rounds.
    """

    step: str
    task: str
    needs: tuple[str, ...]
    reused: bool
    skip_reason: str
    instances: InstancesView | None

    @classmethod
    def of(
        cls,
        step: StepState,
        cost: Cost | None,
        errors: Errors,
        unfinished: Iterable[InstanceState] = (),
        *,
        ended: bool = False,
    ) -> Self:
        return cls(
            **_work_fields(step.step, step, cost, errors, ended=ended),
            step=step.step,
            task=step.task,
            needs=step.needs,
            reused=step.reused,
            skip_reason=step.skip_reason,
            instances=_instances_of(step, unfinished, errors, ended=ended),
        )


class InstancePage(BaseModel):
    """Instances that have begun, by index."""

    items: tuple[InstanceView, ...]
    next_cursor: str | None


class ApprovalSummary(BaseModel):
    """`status` is `waiting` until somebody decides, time runs out or the run ends otherwise."""

    step: str
    round: int
    risk: Risk
    status: ApprovalStatus
    requested_at: AwareDatetime
    expires_at: AwareDatetime
    on_expiry: Literal["approve", "reject"]
    decided_by: str
    decided_at: AwareDatetime | None
    comment: str

    @classmethod
    def of(cls, approval: ApprovalState) -> Self:
        return cls(**{name: getattr(approval, name) for name in cls.model_fields})


def by_attempt(errors: Sequence[StepError]) -> Errors:
    return {(error.step, error.attempt): error for error in errors}


def _work_fields(
    name: str, work: Work, cost: Cost | None, errors: Errors, *, ended: bool
) -> dict[str, Any]:
    """Return the fields of a view; what still runs when its run has `ended` is cancelled."""
    return {
        "agent": work.agent,
        "status": "cancelled" if ended and work.status == "running" else work.status,
        "attempt": work.attempt,
        "requested_at": work.requested_at,
        "completed_at": work.completed_at,
        "duration_ms": work.duration_ms,
        "tokens": 0 if cost is None else cost.tokens,
        "cost_usd": None if cost is None else usd(cost.usd_micro),
        "output_kind": None if work.output is None else work.output.kind,
        "simulated": work.simulated,
        "attempts": tuple(
            AttemptView.of(attempt, errors.get((name, attempt.attempt)), ended=ended)
            for attempt in work.attempts
        ),
    }


def _instances_of(
    step: StepState, unfinished: Iterable[InstanceState], errors: Errors, *, ended: bool
) -> InstancesView | None:
    counts = step.instances
    if counts is None:
        return None
    return InstancesView(
        count=counts.count,
        completed=counts.completed,
        failed=counts.failed,
        running=0 if ended else counts.running,
        unfinished=tuple(
            InstanceView.of(instance, None, errors, ended=ended)
            for instance in unfinished
            if instance.step == step.step
        ),
    )
