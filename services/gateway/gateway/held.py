"""What the tables of the projection hold, row by row, with the columns as `rows` makes them."""

from collections.abc import AsyncIterator, Collection, Mapping

from asyncpg import Record

from gateway import loading, rows
from gateway.checkpoint import Session

KEEP = """
LOCK TABLE gateway.runs, gateway.steps, gateway.instances, gateway.approvals, gateway.errors,
           gateway.artifacts, gateway.left_out, gateway.hours
IN ACCESS SHARE MODE
"""

INSTANCES = """
SELECT run_id, step, index, round,
       agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
       attempts
FROM gateway.instances
WHERE run_id = ANY($1)
"""

APPROVALS = """
SELECT run_id, step, round, risk, digest, agent, task, shown, expected_cost_usd_micro, dry_run,
       requested_at, expires_at, on_expiry, requester_may_approve, revise,
       status, comment, decided_by, decided_at
FROM gateway.approvals
WHERE run_id = ANY($1)
"""

ERRORS = """
SELECT run_id, step, attempt, agent, error, message, retryable, retry_after_s
FROM gateway.errors
WHERE run_id = ANY($1)
"""

ARTIFACTS = """
SELECT sha256, size_bytes, media_type, name, run_id
FROM gateway.artifacts
JOIN unnest($1::text[], $2::text[]) AS wanted (sha256, run_id) USING (sha256, run_id)
"""

TOTALS = """
SELECT runs, pending, running, completed, failed, cancelled, finished_duration_ms
FROM gateway.totals
"""

HOURS = """
SELECT channel_id, pipeline, hour, requested, completed, failed, cancelled, finished_duration_ms
FROM gateway.hours
ORDER BY channel_id, pipeline, hour
"""

LEFT_OUT = """
SELECT seq
FROM gateway.left_out
"""

COUNTS = """
SELECT (SELECT count(*) FROM gateway.runs) AS runs,
       (SELECT count(*) FROM gateway.steps) AS steps,
       (SELECT count(*) FROM gateway.instances) AS instances,
       (SELECT count(*) FROM gateway.approvals) AS approvals,
       (SELECT count(*) FROM gateway.errors) AS errors,
       (SELECT count(*) FROM gateway.artifacts) AS artifacts
"""

RUN_IDS = """
SELECT run_id
FROM gateway.runs
WHERE run_id > $1
ORDER BY run_id
LIMIT $2
"""

COUNT_TIMEOUT_S = 600

OF_RUNS: Mapping[str, tuple[str, int]] = {
    "runs": (loading.RUNS, 1),
    "steps": (loading.STEPS, 2),
    "instances": (INSTANCES, 3),
    "approvals": (APPROVALS, 3),
    "errors": (ERRORS, 3),
}
"""For each table how the rows of runs are read, and how many columns its key has."""


async def keep(session: Session) -> None:
    """Let nobody empty the tables until the transaction ends: a snapshot does not outlive that."""
    await session.execute(KEEP)


async def of_runs(session: Session, table: str, run_ids: Collection[str]) -> list[Record]:
    return await session.fetch(OF_RUNS[table][0], list(run_ids))


async def files(session: Session, wanted: Collection[tuple[str, str]]) -> list[Record]:
    """Return the files that are there of those `wanted`, by SHA-256 and run."""
    return await session.fetch(ARTIFACTS, *rows.columns(wanted, 2))


async def totals(session: Session) -> tuple[int, ...]:
    row = await session.fetchrow(TOTALS)
    assert row is not None  # noqa: S101 -- the migration puts it there
    return tuple(row)


async def hours(session: Session) -> AsyncIterator[Record]:
    """Read all hours, some at a time."""
    async for row in session.cursor(HOURS):
        yield row


async def left_out(session: Session) -> frozenset[int]:
    """Return the events that no table could hold, by their place in the log."""
    return frozenset(row["seq"] for row in await session.fetch(LEFT_OUT))


async def counts(session: Session) -> Mapping[str, int]:
    """Return how many rows each table has; takes seconds when there are millions."""
    row = await session.fetchrow(COUNTS, timeout=COUNT_TIMEOUT_S)
    assert row is not None  # noqa: S101 -- a row of counts is a row
    return dict(row)


async def run_ids_after(session: Session, run_id: str, limit: int) -> list[str]:
    return [row["run_id"] for row in await session.fetch(RUN_IDS, run_id, limit)]
