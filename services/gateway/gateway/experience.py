"""How long tasks take, from how long the last ones of their kind took."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asyncpg import Pool

from gateway import database

RECENT = 20

MEDIANS = """
SELECT asked.agent, asked.task,
       (percentile_cont(0.5) WITHIN GROUP (ORDER BY recent.took_ms))::double precision AS took_ms
FROM unnest($1::text[], $2::text[], $3::boolean[]) AS asked (agent, task, simulated)
CROSS JOIN LATERAL (
    SELECT took_ms
    FROM (VALUES (false), (true)) AS kind (simulated)
    CROSS JOIN LATERAL (
        SELECT completed_at,
               CASE
                   WHEN items IS NULL THEN duration_ms
                   ELSE extract(epoch FROM completed_at - requested_at) * 1000
               END AS took_ms
        FROM gateway.steps
        WHERE agent = asked.agent
          AND task = asked.task
          AND simulated = kind.simulated
          AND status = 'completed'
          AND duration_ms IS NOT NULL
        ORDER BY completed_at DESC
        LIMIT $4
    ) AS last_ones
    WHERE asked.simulated OR NOT kind.simulated
    ORDER BY completed_at DESC
    LIMIT $4
) AS recent
GROUP BY asked.agent, asked.task
"""
"""A step that runs for each item of a list takes from the first request to the last outcome."""


class Task(NamedTuple):
    """A task of an agent; `simulated` is true when the agent asks simulated models right now."""

    agent: str
    task: str
    simulated: bool


async def medians_s(pool: Pool, tasks: Sequence[Task]) -> Mapping[tuple[str, str], float]:
    """Return how many seconds the last twenty completed attempts took, by agent and task.

    Simulated models answer at once, which says nothing of real ones: those of an agent that asks
    real ones do not count. What was never completed is not there, nor is anything while the
    database is away.
    """
    columns = [list(column) for column in zip(*dict.fromkeys(tasks), strict=True)]
    if not columns:
        return {}
    try:
        rows = await pool.fetch(MEDIANS, *columns, RECENT)
    except database.AWAY:
        return {}
    return {
        (row["agent"], row["task"]): round(row["took_ms"] / 1000, 3)
        for row in rows
        if row["took_ms"] is not None
    }
