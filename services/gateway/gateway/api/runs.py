"""Runs as they were and as they are."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from asyncpg import Record
from fastapi import APIRouter, Query

from agentkit.nats import read_run
from contracts.base import Name
from gateway import details, inquiry, store
from gateway.api import results
from gateway.api.injected import Kits, RunIds, is_run_id, or_empty, unknown_run
from gateway.api.money import usd
from gateway.api.problems import PROBLEMS, unprocessable
from gateway.api.rights import GuardedRoute, needs
from gateway.api.views import DashboardSummary, RunDetail, RunPage, RunSummary, detail_of
from gateway.details import Details
from gateway.fold import fold_all
from gateway.kit import Kit
from gateway.state import RunStatus
from gateway.store import UNKNOWN_COST, Cost, Place

RECENT = 5
LOG_TIMEOUT_S = 3

router = APIRouter(prefix="/api/v1", route_class=GuardedRoute)


@router.get(
    "/pipeline/runs",
    dependencies=[needs("read")],
    responses=PROBLEMS["invalid-request", "invalid-cursor"],
    tags=["runs"],
)
async def list_runs(
    kit: Kits,
    status: Annotated[RunStatus | None, or_empty(RunStatus)] = None,
    channel_id: Annotated[Name | None, or_empty(Name)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str = "",
) -> RunPage:
    """List runs, newest first. `next_cursor` asks for the following page."""
    after = _place_of(cursor) if cursor else None
    rows = await store.list_runs(
        kit.pool, status=status, channel_id=channel_id, after=after, limit=limit + 1
    )
    page = await _summaries(kit, rows[:limit])
    more = _cursor_of(page[-1]) if len(rows) > limit else None
    return RunPage(items=page, next_cursor=more)


@router.get(
    "/pipeline/runs/{run_id}",
    dependencies=[needs("read")],
    responses=PROBLEMS["unknown-run"],
    tags=["runs"],
)
async def show_run(kit: Kits, run_id: RunIds) -> RunDetail:
    """Tell everything about one run. A run that was accepted is never unknown."""
    known = await known_run(kit, run_id)
    return detail_of(
        known,
        brief=await results.read(kit.artifacts, known.run.brief),
        result=await results.result_of(kit.artifacts, await kit.signer.addresses(), known.run),
        waiting_for=await inquiry.waiting_for(kit.connection, known),
        money=await store.money_of_run(kit.pool, run_id),
    )


@router.get("/dashboard/summary", dependencies=[needs("read")], tags=["dashboard"])
async def show_dashboard(
    kit: Kits, recent: Annotated[int, Query(ge=0, le=50)] = RECENT
) -> DashboardSummary:
    """Count runs and money. Costs the same however many runs there are."""
    totals = await store.totals(kit.pool)
    rows = await store.list_runs(kit.pool, status=None, channel_id=None, after=None, limit=recent)
    ended = totals["completed"] + totals["failed"]
    return DashboardSummary(
        total_runs=totals["runs"],
        active_runs=totals["pending"] + totals["running"],
        success_runs=totals["completed"],
        failed_runs=totals["failed"],
        cancelled_runs=totals["cancelled"],
        avg_duration_sec=totals["finished_duration_ms"] / ended / 1000 if ended else None,
        estimated_cost_usd=usd((await store.total_cost(kit.pool)).usd_micro),
        recent_runs=await _summaries(kit, rows),
    )


async def known_run(kit: Kit, run_id: str) -> Details:
    """Return what is known of a run; one that the projector has not come to is on the log.

    Raises:
        ProblemError: there is no such run.
    """
    if (found := await details.find(kit.pool, run_id)) is not None:
        return found
    async with asyncio.timeout(LOG_TIMEOUT_S):
        run = fold_all(event for _, event in await read_run(kit.connection, run_id))
    if run is None:
        raise unknown_run(run_id)
    return details.told_by(run)


async def _summaries(kit: Kit, rows: list[Record]) -> tuple[RunSummary, ...]:
    costs = await store.costs_of_runs(kit.pool, [row["run_id"] for row in rows])
    if costs is None:
        return tuple(RunSummary.of_row(row, UNKNOWN_COST) for row in rows)
    return tuple(RunSummary.of_row(row, costs.get(row["run_id"], Cost())) for row in rows)


def _cursor_of(run: RunSummary) -> str:
    return f"{run.created_at.isoformat()}~{run.run_id}"


def _place_of(cursor: str) -> Place:
    at, _, run_id = cursor.partition("~")
    try:
        created_at = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        created_at = None
    if created_at is None or not is_run_id(run_id):
        raise unprocessable(
            "invalid-cursor",
            "the cursor is not one that this list gave: use next_cursor as it is, or none",
        )
    return Place(created_at, run_id)
