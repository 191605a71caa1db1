"""What a person is asked before a step runs, and what the answer means for the steps."""

from collections.abc import Mapping

from contracts.events import ApprovalDecided, ApprovalRequested
from gateway.state import ApprovalState, ApprovalStatus, StepState, replace

POLICY = "policy"
"""Decides when nobody has to, and when time has run out."""

_MEANING: Mapping[str, ApprovalStatus] = {
    "approve": "approved",
    "reject": "rejected",
    "revise": "revised",
}


def question(event: ApprovalRequested) -> ApprovalState:
    return ApprovalState(
        step=event.step,
        round=event.round,
        risk=event.risk,
        digest=event.digest,
        agent=event.agent,
        task=event.task,
        shown=event.shown,
        expected_cost_usd_micro=event.expected_cost_usd_micro,
        dry_run=event.dry_run,
        requested_at=event.at,
        expires_at=event.expires_at,
        on_expiry=event.on_expiry,
        requester_may_approve=event.requester_may_approve,
        revise=event.revise,
    )


def answered(approval: ApprovalState, event: ApprovalDecided) -> ApprovalState:
    """Return the question with the one answer that it can have.

    An answer to something else than was shown uses it up: the question is asked anew.
    """
    return replace(
        approval,
        status=_status_of(approval, event),
        comment=event.comment,
        decided_by=event.decided_by,
        decided_at=event.at,
    )


def revised_by(steps: Mapping[str, StepState], decided: ApprovalState) -> frozenset[str]:
    """Return the steps that run again: the revised one and all that needs it in any way."""
    revised = decided.revise
    if decided.status != "revised" or revised is None or revised not in steps:
        return frozenset()
    behind = (name for name in steps if revised in _before(steps, name))
    return frozenset([revised, *behind])


def _status_of(approval: ApprovalState, event: ApprovalDecided) -> ApprovalStatus:
    if event.digest != approval.digest:
        return "cancelled"
    if event.decided_by == POLICY and event.at >= approval.expires_at:
        return "expired"
    if event.decision == "revise" and approval.revise is None:
        return "rejected"
    return _MEANING[event.decision]


def _before(steps: Mapping[str, StepState], step: str) -> frozenset[str]:
    """Return every step that `step` needs, directly or through others."""
    found = set[str]()
    waiting = list(steps[step].needs) if step in steps else []
    while waiting:
        name = waiting.pop()
        if name not in found and name in steps:
            found.add(name)
            waiting += steps[name].needs
    return frozenset(found)
