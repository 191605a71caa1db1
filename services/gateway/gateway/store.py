"""Every query of the API. Reads the projection and the bill, writes channels only."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import asyncpg
from asyncpg import Pool, Record

from contracts.events import StepError
from gateway import tables
from gateway.fold import RunState

LIST_RUNS = """
SELECT run_id, channel_id, topic, brand_name, status, current_agent, dry_run, simulated,
       created_at, updated_at, completed_at
FROM gateway.runs
WHERE ($1::text IS NULL OR status = $1)
  AND ($2::text IS NULL OR channel_id = $2)
  AND ($3::timestamptz IS NULL OR (created_at, run_id) < ($3, $4::text))
ORDER BY created_at DESC, run_id DESC
LIMIT $5
"""

ERRORS = """
SELECT step, attempt, agent, error, message, retryable
FROM gateway.errors
WHERE run_id = $1
ORDER BY attempt, step
"""

TOTALS = """
SELECT runs, pending, running, completed, failed, cancelled, finished_duration_ms
FROM gateway.totals
"""

RUN_COSTS = """
SELECT run_id, cost_usd_micro, total_tokens, unpriced_calls
FROM usage.run_costs
WHERE run_id = ANY($1)
"""

STEP_COSTS = """
SELECT step, cost_usd_micro, total_tokens, unpriced_calls
FROM usage.step_costs
WHERE run_id = $1
"""

TOTAL_COSTS = """
SELECT cost_usd_micro, total_tokens, unpriced_calls
FROM usage.total_costs
"""

LIST_CHANNELS = """
SELECT channel_id, name, language, brand_guide, created_at
FROM gateway.channels
ORDER BY channel_id
"""

FIND_CHANNEL = """
SELECT channel_id, name, language, brand_guide, created_at
FROM gateway.channels
WHERE channel_id = $1
"""

ADD_CHANNEL = """
INSERT INTO gateway.channels (channel_id, name, language, brand_guide)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING channel_id, name, language, brand_guide, created_at
"""

FIND_ARTIFACT = """
SELECT sha256, size_bytes, media_type, name
FROM gateway.artifacts
WHERE sha256 = $1
"""


class Place(NamedTuple):
    """Where a page of runs ended: the next one begins behind it."""

    created_at: datetime
    run_id: str


class Cost(NamedTuple):
    """`usd_micro` is None when no call has a price; calls without one are counted."""

    usd_micro: int | None = 0
    tokens: int = 0
    unpriced_calls: int = 0


UNKNOWN_COST = Cost(usd_micro=None)


async def list_runs(
    pool: Pool, *, status: str | None, channel_id: str | None, after: Place | None, limit: int
) -> list[Record]:
    """Return runs, newest first."""
    created_at, run_id = after or (None, None)
    return await pool.fetch(LIST_RUNS, status, channel_id, created_at, run_id, limit)


async def find_run(pool: Pool, run_id: str) -> tuple[RunState, list[StepError]] | None:
    """Return a run with every error it met, or None when the projection has no such run."""
    async with pool.acquire() as session, session.transaction(isolation="repeatable_read"):
        run = (await tables.load_runs(session, [run_id])).get(run_id)
        if run is None:
            return None
        errors = [StepError(**dict(row)) for row in await session.fetch(ERRORS, run_id)]
        return run, errors


async def totals(pool: Pool) -> Record:
    row = await pool.fetchrow(TOTALS)
    assert row is not None  # noqa: S101 -- the migration puts it there
    return row


async def costs_of_runs(pool: Pool, run_ids: Collection[str]) -> dict[str, Cost] | None:
    """Return the bill of each run that has one; None when there is no usage service."""
    try:
        rows = await pool.fetch(RUN_COSTS, list(run_ids))
    except asyncpg.UndefinedTableError:
        return None
    return {row["run_id"]: _cost_of(row) for row in rows}


async def costs_of_steps(pool: Pool, run_id: str) -> dict[str, Cost]:
    """Return the bill of each step that has one."""
    try:
        rows = await pool.fetch(STEP_COSTS, run_id)
    except asyncpg.UndefinedTableError:
        return {}
    return {row["step"]: _cost_of(row) for row in rows}


async def total_cost(pool: Pool) -> Cost:
    try:
        row = await pool.fetchrow(TOTAL_COSTS)
    except asyncpg.UndefinedTableError:
        return UNKNOWN_COST
    return Cost() if row is None else _cost_of(row)


async def list_channels(pool: Pool) -> list[Record]:
    return await pool.fetch(LIST_CHANNELS)


async def find_channel(pool: Pool, channel_id: str) -> Record | None:
    return await pool.fetchrow(FIND_CHANNEL, channel_id)


async def add_channel(
    pool: Pool, channel_id: str, name: str, language: str, brand_guide: str
) -> Record | None:
    """Return the new channel, None when there is one of this id."""
    return await pool.fetchrow(ADD_CHANNEL, channel_id, name, language, brand_guide)


async def find_artifact(pool: Pool, sha256: str) -> Record | None:
    return await pool.fetchrow(FIND_ARTIFACT, sha256)


def _cost_of(row: Record) -> Cost:
    return Cost(row["cost_usd_micro"], row["total_tokens"], row["unpriced_calls"])
