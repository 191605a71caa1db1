"""What runs ask people, and the answers."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from loguru import logger

from contracts.base import Name
from gateway import approvals, store
from gateway.api import results
from gateway.api.approval_views import ApprovalItem, ApprovalPage, ApprovalView, Decided
from gateway.api.control import ended
from gateway.api.cursors import Cursors
from gateway.api.injected import (
    Kits,
    LogKits,
    RunIds,
    or_empty,
    unknown_run,
)
from gateway.api.problems import PROBLEMS, ProblemError
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.api.shown import ShownView, content_of
from gateway.approvals import Place, Standing
from gateway.deciding import (
    DecisionError,
    DecisionOrder,
    NotRevisableError,
    OwnRunError,
    UnknownApprovalError,
    asked_in,
    asking,
    decide,
)
from gateway.kit import Kit
from gateway.state import RunState
from gateway.steering import RunEndedError
from gateway.store import UNKNOWN_COST, Cost

TIMEOUT_S = 8
REFUSALS = (
    "not-yourself",
    "own-run",
    "unknown-run",
    "unknown-approval",
    "approval-changed",
    "approval-decided",
    "approval-expired",
    "run-ended",
    "invalid-request",
    "revision-impossible",
)
router = APIRouter(prefix="/api/v1/approvals", tags=["approvals"], route_class=GuardedRoute)

_cursors = Cursors("approvals", Place)

_STATUSES: dict[type[DecisionError], HTTPStatus] = {
    UnknownApprovalError: HTTPStatus.NOT_FOUND,
    OwnRunError: HTTPStatus.FORBIDDEN,
    NotRevisableError: HTTPStatus.UNPROCESSABLE_CONTENT,
}


@router.get(
    "", dependencies=[needs("read")], responses=PROBLEMS["invalid-request", "invalid-cursor"]
)
async def list_approvals(
    kit: Kits,
    status: Annotated[Standing | None, or_empty(Standing)] = None,
    channel_id: Annotated[Name | None, or_empty(Name)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str = "",
) -> ApprovalPage:
    """List approvals, newest first. `next_cursor` asks for the following page.

    Of `decided` ones, `revised` were sent back, `expired` had nobody answer in time and
    `cancelled` ended with their run.
    """
    after = _cursors.place(cursor)
    rows = await approvals.list_approvals(
        kit.pool, status=status, channel_id=channel_id, after=after, limit=limit + 1
    )
    items = tuple(map(ApprovalItem.of_row, rows[:limit]))
    more = _place_of(items[-1]) if len(rows) > limit else None
    return ApprovalPage(items=items, next_cursor=_cursors.of(more))


@router.get("/{run_id}", dependencies=[needs("read")], responses=PROBLEMS["unknown-run"])
async def list_approvals_of_run(kit: LogKits, run_id: RunIds) -> ApprovalPage:
    """List what one run asks right now; read from the log, so never late."""
    run = await _run(kit, run_id)
    waiting = (each for each in run.approvals.values() if each.status == "waiting")
    return ApprovalPage(items=tuple(ApprovalItem.of_run(run, each) for each in waiting))


@router.get(
    "/{run_id}/{step}",
    dependencies=[needs("read")],
    responses=PROBLEMS["unknown-run", "unknown-approval", "invalid-request"],
)
async def show_approval(
    kit: LogKits,
    run_id: RunIds,
    step: Name,
    number: Annotated[int | None, Query(alias="round", ge=1)] = None,
) -> ApprovalView:
    """Show all that a person has to see to decide on a step; decided or not.

    Without `round` it is the newest question about the step.
    """
    run = await _run(kit, run_id)
    try:
        approval = asked_in(run, step, number)
    except DecisionError as error:
        raise _refused(error) from error
    addresses = await kit.signer.addresses()
    refs = approval.shown.values()
    contents = await asyncio.gather(*(content_of(kit.artifacts, ref) for ref in refs))
    costs = await store.costs_of_runs(kit.pool, [run_id])
    cost = UNKNOWN_COST if costs is None else costs.get(run_id, Cost())
    return ApprovalView.made_of(
        run,
        approval,
        {
            name: ShownView.of(ref, content, addresses)
            for (name, ref), content in zip(approval.shown.items(), contents, strict=True)
        },
        await results.result_in(kit.artifacts, addresses, refs),
        cost.usd_micro,
    )


@router.post(
    "/{run_id}/{step}/decision",
    dependencies=[needs("approve")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS[*REFUSALS],
)
async def decide_approval(
    kit: LogKits, caller: Callers, run_id: RunIds, step: Name, order: DecisionOrder
) -> Decided:
    """Approve, reject or send back what was shown. The first decision stands, for ever."""
    order = order.model_copy(update={"decided_by": caller.named(order.decided_by)})
    try:
        async with asyncio.timeout(TIMEOUT_S):
            approval = await decide(kit.connection, run_id, step, order)
    except DecisionError as error:
        raise _refused(error) from error
    except RunEndedError as error:
        raise ended(run_id, "decided on", error) from error
    if approval is None:
        raise unknown_run(run_id)
    logger.info("decision accepted", run_id=run_id, step=step, decision=order.decision)
    return Decided.model_validate(
        {
            "run_id": run_id,
            "step": step,
            "round": approval.round,
            "status": approval.status,
            "decided_by": approval.decided_by,
            "decided_at": approval.decided_at,
        }
    )


async def _run(kit: Kit, run_id: str) -> RunState:
    async with asyncio.timeout(TIMEOUT_S):
        run = await asking(kit.connection, run_id)
    if run is None:
        raise unknown_run(run_id)
    return run


def _refused(error: DecisionError) -> ProblemError:
    status = _STATUSES.get(type(error), HTTPStatus.CONFLICT)
    return ProblemError(status, error.kind, str(error))


def _place_of(item: ApprovalItem) -> Place:
    return Place(item.requested_at, item.run_id, item.step, item.round)
