"""What a step's approval makes of it: who is asked, what was decided, and what follows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from contracts import subjects
from contracts.approvals import digest_of
from contracts.events import ApprovalDecided, ApprovalRequested, RunRequested, StepError
from contracts.pipeline import ApprovalPolicy, StepSpec
from contracts.references import lightened
from orchestrator.outputs import Output, Store, Wake
from orchestrator.rounds import renewed, revised
from orchestrator.state import Look, Run, Step

POLICY = "policy"
"""Decides when nobody has to, or when time has run out."""
REJECTED = "ApprovalRejected"
UNSEALED = "0" * 64


def asked(run: Run, event: ApprovalRequested) -> Run:
    """Return the run after a request; one of another round than the newest changes nothing."""
    step = run.steps.get(event.step)
    if step is None or step.round != event.round or step.asked is not None:
        return run
    return run._replace(begun=True, steps={**run.steps, event.step: step._replace(asked=event)})


def decided(run: Run, request: RunRequested, event: ApprovalDecided) -> Run:
    """Return the run after a decision, of which the first on what was shown stands.

    One on anything else has used up the one decision that the round can have: it is asked again.
    """
    step, policy = run.steps.get(event.step), _policy_of(run, event.step)
    if step is None or policy is None or step.round != event.round or step.decided is not None:
        return run
    if step.asked is None or step.asked.digest != event.digest:
        return renewed(run, [event.step]) if step.is_untouched else run
    if event.decision == "revise" and policy.revise and _may_revise(policy, step):
        return revised(run, request, event, policy.revise)
    return run._replace(steps={**run.steps, event.step: step._replace(decided=event)})


def open_policy(spec: StepSpec, step: Step) -> ApprovalPolicy | None:
    """Return the policy by which the step still has to be granted, None when it may run."""
    policy = spec.approval
    if policy is None or policy.risk == "low" or step.decided is not None:
        return None
    is_asked_for = policy.when is None or (step.planned is not None and step.planned.approval)
    return policy if is_asked_for else None


def next_of(look: Look, spec: StepSpec, policy: ApprovalPolicy) -> Iterator[Output]:
    """Yield what a step does that is not granted yet: ask, wait, or decide by policy."""
    question = look.run.steps[spec.step].asked
    if question is None:
        if not look.run.is_paused:
            yield from _question(look, spec, policy)
    elif question.risk != "high":
        comment = f"the risk is {question.risk}: nobody has to decide"
        yield _by_policy(question, look.now, "approve", comment)
    elif look.now < question.expires_at:
        name = subjects.approval_timer(spec.step)
        yield Wake(question.run_id, name, question.round, question.expires_at)
    else:
        expired = question.expires_at.astimezone(UTC)
        comment = f"nobody had decided when it expired at {expired:%Y-%m-%d %H:%M:%S} UTC"
        yield _by_policy(question, look.now, question.on_expiry, comment)


def rejection(spec: StepSpec, step: Step) -> StepError | None:
    """Return why the run fails when a person does not want the step to run."""
    event = step.decided
    if event is None or event.decision == "approve":
        return None
    return StepError(
        error=REJECTED,
        message=_reason(spec, step, event),
        retryable=False,
        step=spec.step,
        attempt=step.attempts.last,
        agent=spec.agent,
    )


def _policy_of(run: Run, step: str) -> ApprovalPolicy | None:
    return run.specs[step].approval if step in run.specs else None


def _may_revise(policy: ApprovalPolicy, step: Step) -> bool:
    return step.revisions < policy.max_revisions


def _question(look: Look, spec: StepSpec, policy: ApprovalPolicy) -> Iterator[Output]:
    request, step = look.request, look.run.steps[spec.step]
    shown, to_store = lightened(look.inputs_of(spec))
    if to_store:
        yield Store(request.run_id, to_store)
    unsealed = ApprovalRequested(
        run_id=request.run_id,
        at=look.now,
        step=spec.step,
        round=step.round,
        risk=policy.risk,
        digest=UNSEALED,
        agent=spec.agent,
        task=spec.task,
        shown=shown,
        dry_run=request.dry_run,
        expires_at=look.now + timedelta(seconds=policy.expires_s),
        on_expiry=policy.on_expiry,
        requester_may_approve=policy.requester_may_approve,
        revise=policy.revise if _may_revise(policy, step) else None,
    )
    yield unsealed.model_copy(update={"digest": digest_of(unsealed)})


def _by_policy(
    question: ApprovalRequested, now: datetime, decision: Literal["approve", "reject"], comment: str
) -> ApprovalDecided:
    return ApprovalDecided(
        run_id=question.run_id,
        at=now,
        step=question.step,
        round=question.round,
        digest=question.digest,
        decision=decision,
        comment=comment,
        decided_by=POLICY,
    )


def _reason(spec: StepSpec, step: Step, event: ApprovalDecided) -> str:
    who = event.decided_by or "somebody"
    what = f"{who} rejected step {spec.step!r}"
    if event.decision == "revise":
        what = f"{who} wanted something changed before step {spec.step!r}, but {_limit(spec, step)}"
    return f"{what}: {event.comment}" if event.comment else what


def _limit(spec: StepSpec, step: Step) -> str:
    if not (spec.approval and spec.approval.revise and spec.approval.max_revisions):
        return "its approval allows no revision"
    times = f"{step.revisions} time{'' if step.revisions == 1 else 's'}"
    return f"it was revised {times} already, as often as its approval allows"
