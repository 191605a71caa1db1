"""A person's decision on what a run asks: checked on the log itself, recorded once."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict

from agentkit.nats import read_run
from contracts.base import Sha256
from contracts.events import ApprovalDecided, RunEvent, RunRequested
from gateway.fold import fold_all
from gateway.questions import POLICY
from gateway.state import ApprovalState, RunState
from gateway.steering import refuse_ended, steer
from gateway.text import Comment, Person


class DecisionOrder(BaseModel):
    """`digest` is that of what was shown. `comment` says what a revision is to change.

    `decided_by` is the name of the key unless one with the scope admin names somebody else.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "digest": "4f1c…",
                    "decision": "revise",
                    "comment": "the title is too long",
                    "decided_by": "minji",
                }
            ]
        },
    )

    digest: Sha256
    decision: Literal["approve", "reject", "revise"]
    comment: Comment = ""
    decided_by: Person = ""


class DecisionError(Exception):
    """It cannot be decided so. `kind` is for programs, the message for a person."""

    kind: str


class UnknownApprovalError(DecisionError):
    kind = "unknown-approval"


class DecidedError(DecisionError):
    """Somebody was first, or time has run out."""

    kind = "approval-decided"


class ExpiredError(DecisionError):
    kind = "approval-expired"


class ChangedError(DecisionError):
    """What is asked is not what was shown."""

    kind = "approval-changed"


class NotRevisableError(DecisionError):
    kind = "revision-impossible"


class OwnRunError(DecisionError):
    """Whoever asked for the run may not approve it."""

    kind = "own-run"


async def decide(
    connection: Client, run_id: str, step: str, order: DecisionOrder
) -> ApprovalState | None:
    """Record a decision; return the question as it is answered, None when there is no such run.

    Of two decisions the broker takes one: the other finds it on the log and is refused.

    Raises:
        DecisionError: it cannot be decided so.
        RunEndedError: the run has ended.
        TimeoutError, nats.errors.Error: as of `steer`.
    """
    tried = set[datetime]()

    def wanted(run: RunState, events: Sequence[RunEvent]) -> RunEvent | None:
        approval = asked_last(run, step)
        if approval.decided_at in tried and approval.decided_by == order.decided_by:
            return None
        now = datetime.now(UTC)
        _refuse(run, approval, order, now)
        _refuse_own(run, approval, order, events)
        tried.add(now)
        return ApprovalDecided(
            run_id=run_id,
            at=now,
            step=step,
            round=approval.round,
            digest=order.digest,
            decision=order.decision,
            comment=order.comment,
            decided_by=order.decided_by,
        )

    run = await steer(connection, run_id, wanted)
    return None if run is None else asked_last(run, step)


async def asking(connection: Client, run_id: str) -> RunState | None:
    """Return a run with all its approvals, from the log; None when there is no such run."""
    return fold_all(event for _, event in await read_run(connection, run_id))


def asked_last(run: RunState, step: str) -> ApprovalState:
    """Return the newest question about a step.

    Raises:
        UnknownApprovalError: nobody was asked about it.
    """
    rounds = rounds_of(run, step)
    if rounds:
        return rounds[-1]
    known = _steps(run.approvals.values())
    raise UnknownApprovalError(
        f"run {run.run_id} asks for no approval of step {step!r}"
        + (f": it asks for {known}" if known else ", nor of any other")
    )


def asked_in(run: RunState, step: str, number: int | None) -> ApprovalState:
    """Return the question of one round about a step; the newest one without a number.

    Raises:
        UnknownApprovalError: nobody was asked about it, or not so often.
    """
    last = asked_last(run, step)
    found = last if number is None else run.approvals.get((step, number))
    if found is None:
        raise UnknownApprovalError(
            f"run {run.run_id} has no round {number} of step {step!r}: the last one is {last.round}"
        )
    return found


def rounds_of(run: RunState, step: str) -> list[ApprovalState]:
    """Return every question about a step, oldest first."""
    rounds = (approval for approval in run.approvals.values() if approval.step == step)
    return sorted(rounds, key=lambda approval: approval.round)


def _refuse(run: RunState, approval: ApprovalState, order: DecisionOrder, now: datetime) -> None:
    what = f"the approval of {approval.step!r} in run {run.run_id}"
    if approval.decided_at is not None:
        raise DecidedError(f"{what} {_answer(approval)}: it cannot be decided again")
    refuse_ended(run)
    if order.digest != approval.digest:
        raise ChangedError(
            f"{what} is for something else than what was shown to you "
            f"({order.digest[:8]}…, now {approval.digest[:8]}…): look at it again"
        )
    if now >= approval.expires_at:
        means = "approved" if approval.on_expiry == "approve" else "rejected"
        raise ExpiredError(f"{what} expired at {_time(approval.expires_at)} and counts as {means}")
    _refuse_kind(approval, order, what)


def _refuse_kind(approval: ApprovalState, order: DecisionOrder, what: str) -> None:
    if order.decision == "revise" and approval.revise is None:
        raise NotRevisableError(f"{what} takes no revision: approve it or reject it")
    if order.decision == "revise" and not order.comment:
        raise NotRevisableError(f"{what}: say in the comment what is to be revised")


def _refuse_own(
    run: RunState, approval: ApprovalState, order: DecisionOrder, events: Iterable[RunEvent]
) -> None:
    """Refuse whoever asked for the run, or made the schedule that did."""
    if order.decision != "approve" or approval.requester_may_approve:
        return
    behind = {each.on_behalf_of for each in events if isinstance(each, RunRequested)}
    if order.decided_by.casefold() in {name.casefold() for name in (run.requested_by, *behind)}:
        raise OwnRunError(
            f"{order.decided_by} asked for run {run.run_id} and may not approve it: "
            f"somebody else has to approve {approval.step!r}"
        )


def _answer(approval: ApprovalState) -> str:
    at = _time(approval.decided_at)
    if approval.status == "expired":
        means = "approved" if approval.on_expiry == "approve" else "rejected"
        return f"expired at {at} and counts as {means}"
    verb = {"revised": "was sent back to be revised"}.get(approval.status, f"was {approval.status}")
    who = "its policy" if approval.decided_by == POLICY else approval.decided_by or "somebody"
    return f"{verb} by {who} at {at}"


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _steps(approvals: Iterable[ApprovalState]) -> str:
    return ", ".join(dict.fromkeys(approval.step for approval in approvals))
