"""Why a run does not go on, as far as its own state tells: pure, like the fold that made it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from contracts.base import instance_of
from contracts.events import StepError
from contracts.pipeline import Pipeline, StepSpec
from gateway.details import Details
from gateway.state import ApprovalState, RunState, Work

type Kind = Literal[
    "approval", "backoff", "busy", "cap", "log", "no_worker", "orchestrator", "paused"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """`message` is a sentence for a person; `until` is when it is over by itself, if it is."""

    kind: Kind
    message: str
    step: str | None = None
    agent: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An attempt that an agent was asked for and has not answered; `step` is not the instance."""

    step: str
    step_id: str
    attempt: int
    agent: str
    at: datetime


def own_reasons(details: Details) -> Iterator[Reason]:
    """Yield what a person has done to the run or has to do for it."""
    run = details.run
    if run.paused and run.pause is not None:
        who = run.pause.requested_by or "somebody"
        why = f": {run.pause.reason}" if run.pause.reason else ""
        yield Reason(
            "paused",
            f"{who} paused it at {told(run.pause.at)}{why}; yaa resume {run.run_id} lets it go on",
        )
    for approval in details.approvals:
        if approval.status == "waiting":
            yield _for_approval(run.run_id, approval)


def back_offs(details: Details, pipeline: Pipeline) -> Iterator[Reason]:
    """Yield for each step when it, or the first of its instances, is tried again."""
    errors = {
        (each.step, each.attempt): each for each in (*details.errors, *details.instance_errors)
    }
    for spec in pipeline.steps:
        pauses = list(_pauses(details, spec, errors))
        if not pauses:
            continue
        until, error = min(pauses, key=lambda pause: pause[0])
        others = f", {len(pauses) - 1} more later" if len(pauses) > 1 else ""
        yield Reason(
            "backoff",
            f"attempt {error.attempt} of step {error.step!r} failed with {error.error}: "
            f"it is tried again at {told(until)}{others}",
            step=spec.step,
            agent=spec.agent,
            until=until,
        )


def asked(details: Details) -> Iterator[Asked]:
    """Yield what agents are at work on or should be; of instances those that a page shows."""
    for step in details.run.steps.values():
        if step.instances is None and step.status == "running":
            yield from _asked(step.step, step.step, step)
    for instance in details.instances:
        if instance.status == "running":
            step_id = instance_of(instance.step, instance.index)
            yield from _asked(instance.step, step_id, instance)


def is_due(run: RunState, pipeline: Pipeline, reasons: Sequence[Reason], now: datetime) -> bool:
    """Tell whether it is the orchestrator's turn: something could be requested and is not."""
    if run.paused:
        return False
    late = any(each.until is not None and each.until < now for each in reasons)
    return late or any(_is_unblocked(run, pipeline, spec) for spec in pipeline.steps)


def told(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _for_approval(run_id: str, approval: ApprovalState) -> Reason:
    who = "a person" if approval.requester_may_approve else "a person who did not ask for the run"
    then = "it runs" if approval.on_expiry == "approve" else "it is rejected"
    return Reason(
        "approval",
        f"step {approval.step!r} waits for {who} to approve it: yaa approve {run_id}; "
        f"when nobody decides until {told(approval.expires_at)}, {then}",
        step=approval.step,
        agent=approval.agent,
        until=approval.expires_at,
    )


def _pauses(
    details: Details, spec: StepSpec, errors: Mapping[tuple[str, int], StepError]
) -> Iterator[tuple[datetime, StepError]]:
    """Yield when each piece of work of a step is tried again whose last attempt failed."""
    run = details.run
    failed: list[tuple[str, Work]] = [
        (instance_of(each.step, each.index), each)
        for each in details.instances
        if each.step == spec.step and each.status == "failed"
    ]
    if run.steps[spec.step].status == "failed":
        failed.append((spec.step, run.steps[spec.step]))
    for step_id, work in failed:
        error = errors.get((step_id, work.attempt))
        if error is None or work.completed_at is None or _is_final(spec, error):
            continue
        pause = spec.retry.wait(
            run.run_id, step_id, work.attempt, retry_after_s=error.retry_after_s
        )
        yield work.completed_at + pause, error


def _is_final(spec: StepSpec, error: StepError) -> bool:
    """Tell whether the run goes on without a step that failed so; else it is tried again."""
    may_retry = error.retryable and error.error not in spec.retry.non_retryable
    return spec.continue_on_error and (not may_retry or error.attempt >= spec.retry.max_attempts)


def _asked(step: str, step_id: str, work: Work) -> Iterator[Asked]:
    if work.requested_at is not None:
        yield Asked(step, step_id, work.attempt, work.agent, work.requested_at)


def _is_unblocked(run: RunState, pipeline: Pipeline, spec: StepSpec) -> bool:
    step = run.steps.get(spec.step)
    if step is None or step.status != "waiting":
        return False
    return all(_has_ended(run, pipeline.step(need)) for need in spec.needs)


def _has_ended(run: RunState, spec: StepSpec) -> bool:
    status = run.steps[spec.step].status
    return status in {"completed", "skipped"} or (status == "failed" and spec.continue_on_error)
