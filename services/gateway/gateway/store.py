"""Every query of the API. Reads the projection and the bill, writes channels only."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import asyncpg
from asyncpg import Pool, Record

from gateway import database
from gateway.state import RunStatus

STATUSES = """
SELECT run_id, status
FROM gateway.runs
WHERE run_id = ANY($1)
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
SELECT split_part(step, ':', 1) AS step,
       sum(cost_usd_micro)::bigint AS cost_usd_micro,
       sum(total_tokens)::bigint AS total_tokens,
       sum(unpriced_calls)::bigint AS unpriced_calls
FROM usage.step_costs
WHERE run_id = $1
GROUP BY 1
"""

INSTANCE_COSTS = """
SELECT step, cost_usd_micro, total_tokens, unpriced_calls
FROM usage.step_costs
WHERE run_id = $1
  AND step = ANY($2)
"""

RUN_SAVINGS = """
SELECT saved_calls, saved_usd_micro
FROM usage.run_savings
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
INSERT INTO gateway.channels AS there (channel_id, name, language, brand_guide, made_under)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel_id) DO UPDATE
SET made_under = excluded.made_under
WHERE there.made_under = excluded.made_under
RETURNING channel_id, name, language, brand_guide, created_at
"""

CHANGE_CHANNEL = """
UPDATE gateway.channels
SET name = COALESCE($2, name),
    language = COALESCE($3, language),
    brand_guide = COALESCE($4, brand_guide)
WHERE channel_id = $1
RETURNING channel_id, name, language, brand_guide, created_at
"""

REMOVE_CHANNEL = """
DELETE FROM gateway.channels
WHERE channel_id = $1
"""

ACTIVE_RUN = """
SELECT run_id
FROM gateway.runs
WHERE channel_id || '/' || status = ANY(ARRAY[$1::text || '/pending', $1::text || '/running'])
LIMIT 1
"""

FIND_ARTIFACT = """
SELECT sha256, size_bytes, media_type, name
FROM gateway.artifacts
WHERE sha256 = $1
ORDER BY run_id
LIMIT 1
"""
"""Of several runs that produced it the first one says what it is called."""


class Cost(NamedTuple):
    """`usd_micro` is None when no call has a price; calls without one are counted."""

    usd_micro: int | None = 0
    tokens: int = 0
    unpriced_calls: int = 0


class Saving(NamedTuple):
    """Calls that were found and not paid again; `usd_micro` is None when none has a price."""

    calls: int = 0
    usd_micro: int | None = 0


class Money(NamedTuple):
    """What a run and each of its steps cost, and what the run did not have to pay."""

    cost: Cost
    step_costs: Mapping[str, Cost]
    saving: Saving


UNKNOWN_COST = Cost(usd_micro=None)
UNREADABLE = (asyncpg.UndefinedTableError, *database.AWAY)
"""What reading the bill raises without a usage service, or without the database."""


async def statuses_of_runs(pool: Pool, run_ids: Collection[str]) -> dict[str, RunStatus]:
    """Return how those runs stand that the projection has."""
    rows = await pool.fetch(STATUSES, list(run_ids)) if run_ids else []
    return {row["run_id"]: row["status"] for row in rows}


async def totals(pool: Pool) -> Record:
    row = await pool.fetchrow(TOTALS)
    assert row is not None  # noqa: S101 -- the migration puts it there
    return row


async def costs_of_runs(pool: Pool, run_ids: Collection[str]) -> dict[str, Cost] | None:
    """Return the bill of each run that has one; None when there is no bill to read."""
    try:
        rows = await pool.fetch(RUN_COSTS, list(run_ids))
    except UNREADABLE:
        return None
    return {row["run_id"]: _cost_of(row) for row in rows}


async def money_of_run(pool: Pool, run_id: str) -> Money:
    costs = await costs_of_runs(pool, [run_id])
    cost = UNKNOWN_COST if costs is None else costs.get(run_id, Cost())
    return Money(cost, await costs_of_steps(pool, run_id), await saving_of_run(pool, run_id))


async def costs_of_steps(pool: Pool, run_id: str) -> dict[str, Cost]:
    """Return the bill of each step that has one, with those of its instances in it."""
    return await _costs_by_step(pool, STEP_COSTS, run_id)


async def costs_of_instances(pool: Pool, run_id: str, ids: Sequence[str]) -> dict[str, Cost]:
    """Return the bill of each of the named instances that has one."""
    return await _costs_by_step(pool, INSTANCE_COSTS, run_id, ids)


async def saving_of_run(pool: Pool, run_id: str) -> Saving:
    """Return what the run did not pay because it was paid before."""
    try:
        row = await pool.fetchrow(RUN_SAVINGS, run_id)
    except UNREADABLE:
        return Saving(usd_micro=None)
    return Saving() if row is None else Saving(row["saved_calls"], row["saved_usd_micro"])


async def total_cost(pool: Pool) -> Cost:
    try:
        row = await pool.fetchrow(TOTAL_COSTS)
    except UNREADABLE:
        return UNKNOWN_COST
    return Cost() if row is None else _cost_of(row)


async def list_channels(pool: Pool) -> list[Record]:
    return await pool.fetch(LIST_CHANNELS)


async def find_channel(pool: Pool, channel_id: str) -> Record | None:
    return await pool.fetchrow(FIND_CHANNEL, channel_id)


async def add_channel(
    pool: Pool, channel: Mapping[str, str], *, made_under: str | None
) -> Record | None:
    """Return the new channel, or the one that was made under the same; None when it is another."""
    columns = (channel[name] for name in ("channel_id", "name", "language", "brand_guide"))
    return await pool.fetchrow(ADD_CHANNEL, *columns, made_under)


async def change_channel(
    pool: Pool, channel_id: str, name: str | None, language: str | None, brand_guide: str | None
) -> Record | None:
    """Return the channel with what is not None changed, None when there is none of this id."""
    return await pool.fetchrow(CHANGE_CHANNEL, channel_id, name, language, brand_guide)


async def remove_channel(pool: Pool, channel_id: str) -> None:
    await pool.execute(REMOVE_CHANNEL, channel_id)


async def active_run_of(pool: Pool, channel_id: str) -> str | None:
    """Return a run of the channel that has not ended, if there is one."""
    row = await pool.fetchrow(ACTIVE_RUN, channel_id)
    return None if row is None else str(row["run_id"])


async def find_artifact(pool: Pool, sha256: str) -> Record | None:
    return await pool.fetchrow(FIND_ARTIFACT, sha256)


async def _costs_by_step(pool: Pool, statement: str, *values: object) -> dict[str, Cost]:
    try:
        rows = await pool.fetch(statement, *values)
    except UNREADABLE:
        return {}
    return {row["step"]: _cost_of(row) for row in rows}


def _cost_of(row: Record) -> Cost:
    return Cost(row["cost_usd_micro"], row["total_tokens"], row["unpriced_calls"])
