"""The projection tables as the projector writes them: whole batches, one statement a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection, Pool
from asyncpg.pool import PoolConnectionProxy

from contracts.artifacts import BlobRef
from gateway.fold import ENDED, RunState, RunStatus, StepState
from gateway.rows import columns, error_row, run_of, run_row, step_of, step_row, text

STATUSES: tuple[RunStatus, ...] = ("pending", "running", "completed", "failed", "cancelled")
"""In the order of the columns of the totals."""
RAN_TO_END: frozenset[RunStatus] = ENDED - {"cancelled"}
"""How long a run took that somebody stopped says nothing of how long runs take."""

type Session = Connection | PoolConnectionProxy

LOCK_CHECKPOINT = """
SELECT last_seq, log_created
FROM gateway.checkpoint
FOR UPDATE
"""

LAST_SEQ = """
SELECT last_seq
FROM gateway.checkpoint
"""

MOVE_CHECKPOINT = """
UPDATE gateway.checkpoint
SET last_seq = $1
"""

NAME_LOG = """
UPDATE gateway.checkpoint
SET log_created = $1
"""

EMPTY = """
TRUNCATE gateway.runs, gateway.steps, gateway.errors, gateway.artifacts
"""

FORGET_TOTALS = """
UPDATE gateway.totals
SET runs = 0, pending = 0, running = 0, completed = 0, failed = 0, cancelled = 0,
    finished_duration_ms = 0
"""

FORGET_CHECKPOINT = """
UPDATE gateway.checkpoint
SET last_seq = 0, log_created = NULL
"""

RUNS = """
SELECT run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, status,
       created_at, updated_at, completed_at, cancel_reason
FROM gateway.runs
WHERE run_id = ANY($1)
"""

STEPS = """
SELECT run_id, step, position, agent, task, needs, status, attempt,
       requested_at, completed_at, duration_ms, output, simulated
FROM gateway.steps
WHERE run_id = ANY($1)
ORDER BY position
"""

PUT_RUNS = """
INSERT INTO gateway.runs (
    run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, simulated,
    status, current_agent, created_at, updated_at, completed_at, cancel_reason
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::boolean[],
    $8::boolean[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[],
    $13::timestamptz[], $14::text[]
)
ON CONFLICT (run_id) DO UPDATE
SET simulated = excluded.simulated,
    status = excluded.status,
    current_agent = excluded.current_agent,
    updated_at = excluded.updated_at,
    completed_at = excluded.completed_at,
    cancel_reason = excluded.cancel_reason
"""

PUT_STEPS = """
INSERT INTO gateway.steps (
    run_id, step, position, agent, task, needs, status, attempt,
    requested_at, completed_at, duration_ms, output, simulated
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::json[], $7::text[],
    $8::integer[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::json[],
    $13::boolean[]
)
ON CONFLICT (run_id, step) DO UPDATE
SET agent = excluded.agent,
    status = excluded.status,
    attempt = excluded.attempt,
    requested_at = excluded.requested_at,
    completed_at = excluded.completed_at,
    duration_ms = excluded.duration_ms,
    output = excluded.output,
    simulated = excluded.simulated
"""

PUT_ERRORS = """
INSERT INTO gateway.errors (run_id, step, attempt, agent, error, message, retryable)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::boolean[]
)
ON CONFLICT DO NOTHING
"""

PUT_ARTIFACTS = """
INSERT INTO gateway.artifacts (sha256, size_bytes, media_type, name, run_id)
SELECT *
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING
"""

ADD_TOTALS = """
UPDATE gateway.totals
SET runs = runs + $1,
    pending = pending + $2,
    running = running + $3,
    completed = completed + $4,
    failed = failed + $5,
    cancelled = cancelled + $6,
    finished_duration_ms = finished_duration_ms + $7
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    last_seq: int
    log_created: datetime | None


async def lock_checkpoint(session: Session) -> Checkpoint:
    """Return how far the projection is; nobody else can move it until the transaction ends."""
    row = await session.fetchrow(LOCK_CHECKPOINT)
    assert row is not None  # noqa: S101 -- the migration puts it there
    return Checkpoint(row["last_seq"], row["log_created"])


async def last_seq(pool: Pool) -> int:
    """Return how far the projection is right now, without holding it there."""
    found: int = await pool.fetchval(LAST_SEQ)
    return found


async def move_checkpoint(session: Session, last_seq: int) -> None:
    await session.execute(MOVE_CHECKPOINT, last_seq)


async def name_log(session: Session, created: datetime) -> None:
    await session.execute(NAME_LOG, created)


async def empty(session: Session) -> None:
    """Forget everything that the log tells again; channels stay."""
    await session.execute(EMPTY)
    await session.execute(FORGET_TOTALS)
    await session.execute(FORGET_CHECKPOINT)


async def load_runs(session: Session, run_ids: Collection[str]) -> dict[str, RunState]:
    """Return the runs as they are; their errors stay in the table."""
    steps = dict[str, dict[str, StepState]]()
    for row in await session.fetch(STEPS, list(run_ids)):
        steps.setdefault(row["run_id"], {})[row["step"]] = step_of(row)
    rows = await session.fetch(RUNS, list(run_ids))
    return {row["run_id"]: run_of(row, steps.get(row["run_id"], {})) for row in rows}


async def put_runs(
    session: Session, before: Mapping[str, RunState], after: Sequence[RunState]
) -> None:
    """Insert or update runs with those steps that changed and the errors that are new."""
    await session.execute(PUT_RUNS, *columns(map(run_row, after), 14))
    steps = (
        step_row(run.run_id, step)
        for run in after
        for step in _changed_steps(before.get(run.run_id), run)
    )
    await session.execute(PUT_STEPS, *columns(steps, 13))
    errors = (error_row(run.run_id, error) for run in after for error in run.errors)
    await session.execute(PUT_ERRORS, *columns(errors, 7))


async def put_artifacts(session: Session, artifacts: Sequence[tuple[str, BlobRef]]) -> None:
    """Insert files, each with the run that produced it."""
    rows = (
        (blob.sha256, blob.size_bytes, text(blob.media_type), text(blob.name), run_id)
        for run_id, blob in artifacts
    )
    await session.execute(PUT_ARTIFACTS, *columns(rows, 5))


async def add_totals(
    session: Session, before: Iterable[RunState], after: Iterable[RunState]
) -> None:
    """Move the totals by what changed between two states of the same runs."""
    old, new = _totals(before), _totals(after)
    await session.execute(ADD_TOTALS, *(b - a for a, b in zip(old, new, strict=True)))


def _changed_steps(before: RunState | None, after: RunState) -> list[StepState]:
    old = {} if before is None else before.steps
    return [step for name, step in after.steps.items() if old.get(name) is not step]


def _totals(runs: Iterable[RunState]) -> list[int]:
    """Return runs, how many of them stand how, milliseconds of those that ran to an end."""
    totals = [0] * (len(STATUSES) + 2)
    for run in runs:
        totals[0] += 1
        totals[STATUSES.index(run.status) + 1] += 1
        if run.status in RAN_TO_END and run.completed_at is not None:
            totals[-1] += round((run.completed_at - run.created_at).total_seconds() * 1000)
    return totals
