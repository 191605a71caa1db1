"""Runs as they were and as they are."""

import asyncio
import unicodedata
from collections.abc import Sequence
from typing import Annotated

from asyncpg import Record
from fastapi import APIRouter, Query
from loguru import logger
from pydantic import AfterValidator, StringConstraints

from agentkit.nats import read_run
from contracts.base import Name, RunId
from gateway import database, details, inquiry, listing, store
from gateway.api import results
from gateway.api.cursors import Cursors
from gateway.api.injected import Kits, RunIds, or_empty, unknown_run
from gateway.api.money import usd
from gateway.api.problems import PROBLEMS, away
from gateway.api.rights import GuardedRoute, needs
from gateway.api.times import Since, Until
from gateway.api.views import DashboardSummary, RunDetail, RunPage, RunSummary, detail_of
from gateway.details import Details
from gateway.fold import fold_all
from gateway.kit import Kit
from gateway.listing import Place, Wanted
from gateway.state import RunStatus
from gateway.store import UNKNOWN_COST, Cost
from gateway.text import refuse_control_characters

RECENT = 5
WORDS_MAX_CHARS = 100
LOG_TIMEOUT_S = 3

router = APIRouter(prefix="/api/v1", route_class=GuardedRoute)

_cursors = Cursors("runs", Place)


def _has_a_word(text: str) -> str:
    """Return words as topics are recorded, however the system of who asks writes its letters."""
    if not any(map(str.isalnum, text)):
        raise ValueError(f"is {text!r}, which is no word: use letters or digits")
    return refuse_control_characters(unicodedata.normalize("NFC", text))


type _Words = Annotated[
    str, StringConstraints(max_length=WORDS_MAX_CHARS), AfterValidator(_has_a_word)
]


@router.get(
    "/pipeline/runs",
    dependencies=[needs("read")],
    responses=PROBLEMS["invalid-request", "invalid-cursor"],
    tags=["runs"],
)
async def list_runs(  # noqa: PLR0913 -- one for each filter
    kit: Kits,
    *,
    status: Annotated[RunStatus | None, or_empty(RunStatus)] = None,
    channel_id: Annotated[Name | None, or_empty(Name)] = None,
    pipeline: Annotated[Name | None, or_empty(Name)] = None,
    parent: Annotated[RunId | None, or_empty(RunId)] = None,
    since: Since = None,
    until: Until = None,
    text: Annotated[_Words | None, or_empty(_Words)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str = "",
) -> RunPage:
    """List runs, newest first. `next_cursor` asks for the following page, null is the end.

    A page by words that many runs have may hold less than `limit`, though there is more.
    """
    wanted = Wanted(channel_id, pipeline, status, parent, since, until, text)
    page = await listing.page(kit.pool, wanted, after=_cursors.place(cursor), limit=limit)
    return RunPage(items=await _summaries(kit, page.rows), next_cursor=_cursors.of(page.more))


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
    newest = await listing.page(kit.pool, Wanted(), after=None, limit=recent)
    ended = totals["completed"] + totals["failed"]
    return DashboardSummary(
        total_runs=totals["runs"],
        active_runs=totals["pending"] + totals["running"],
        success_runs=totals["completed"],
        failed_runs=totals["failed"],
        cancelled_runs=totals["cancelled"],
        avg_duration_sec=totals["finished_duration_ms"] / ended / 1000 if ended else None,
        estimated_cost_usd=usd((await store.total_cost(kit.pool)).usd_micro),
        recent_runs=await _summaries(kit, newest.rows),
    )


async def known_run(kit: Kit, run_id: str) -> Details:
    """Return what is known of a run; the log tells what the database cannot, or not yet.

    Raises:
        ProblemError: there is no such run.
    """
    try:
        found = await details.find(kit.pool, run_id)
    except database.AWAY as error:
        logger.warning("run is read from the log", error=f"{type(error).__name__}: {error}")
        found = None
    if found is not None:
        return found
    if not kit.connection.is_connected:
        raise away("the event log")
    async with asyncio.timeout(LOG_TIMEOUT_S):
        run = fold_all(event for _, event in await read_run(kit.connection, run_id))
    if run is None:
        raise unknown_run(run_id)
    return details.told_by(run)


async def _summaries(kit: Kit, rows: Sequence[Record]) -> tuple[RunSummary, ...]:
    costs = await store.costs_of_runs(kit.pool, [row["run_id"] for row in rows])
    if costs is None:
        return tuple(RunSummary.of_row(row, UNKNOWN_COST) for row in rows)
    return tuple(RunSummary.of_row(row, costs.get(row["run_id"], Cost())) for row in rows)
