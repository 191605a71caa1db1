"""The projection tables as the projector writes them: whole batches, one statement a table."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.artifacts import BlobRef
from gateway import checkpoint, rows, totals
from gateway.checkpoint import Session
from gateway.rows import Row
from gateway.state import RunState

EMPTY = """
TRUNCATE gateway.runs, gateway.steps, gateway.instances, gateway.approvals, gateway.errors,
         gateway.artifacts, gateway.left_out, gateway.hours
"""

PUT_RUNS = """
INSERT INTO gateway.runs (
    run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, simulated,
    status, current_agent, created_at, updated_at, completed_at,
    requested_by, priority, deadline_at, admitted_at,
    parent_run_id, parent_from_step, parent_kind,
    paused, pause_n, pause_at, pause_reason, pause_by, waiting_for_approval, cancel_reason,
    trace_id, published_at
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::boolean[],
    $8::boolean[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[],
    $13::timestamptz[], $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[],
    $18::text[], $19::text[], $20::text[], $21::boolean[], $22::integer[], $23::timestamptz[],
    $24::text[], $25::text[], $26::boolean[], $27::text[],
    $28::text[], $29::timestamptz[]
)
ON CONFLICT (run_id) DO UPDATE
SET simulated = excluded.simulated,
    status = excluded.status,
    current_agent = excluded.current_agent,
    updated_at = excluded.updated_at,
    completed_at = excluded.completed_at,
    admitted_at = excluded.admitted_at,
    paused = excluded.paused,
    pause_n = excluded.pause_n,
    pause_at = excluded.pause_at,
    pause_reason = excluded.pause_reason,
    pause_by = excluded.pause_by,
    waiting_for_approval = excluded.waiting_for_approval,
    cancel_reason = excluded.cancel_reason,
    published_at = excluded.published_at
"""

PUT_STEPS = """
INSERT INTO gateway.steps (
    run_id, step, position, task, needs,
    agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
    attempts, items, items_completed, items_failed, items_running, skip_reason, reused
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::json[], $6::text[], $7::text[],
    $8::integer[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::json[],
    $13::boolean[], $14::json[], $15::integer[], $16::integer[], $17::integer[],
    $18::integer[], $19::text[], $20::boolean[]
)
ON CONFLICT (run_id, step) DO UPDATE
SET agent = excluded.agent,
    status = excluded.status,
    attempt = excluded.attempt,
    requested_at = excluded.requested_at,
    completed_at = excluded.completed_at,
    duration_ms = excluded.duration_ms,
    output = excluded.output,
    simulated = excluded.simulated,
    attempts = excluded.attempts,
    items = excluded.items,
    items_completed = excluded.items_completed,
    items_failed = excluded.items_failed,
    items_running = excluded.items_running,
    skip_reason = excluded.skip_reason
"""

PUT_INSTANCES = """
INSERT INTO gateway.instances (
    run_id, step, index, round,
    agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
    attempts
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::integer[],
    $8::timestamptz[], $9::timestamptz[], $10::bigint[], $11::json[], $12::boolean[],
    $13::json[]
)
ON CONFLICT (run_id, step, index) DO UPDATE
SET round = excluded.round,
    agent = excluded.agent,
    status = excluded.status,
    attempt = excluded.attempt,
    requested_at = excluded.requested_at,
    completed_at = excluded.completed_at,
    duration_ms = excluded.duration_ms,
    output = excluded.output,
    simulated = excluded.simulated,
    attempts = excluded.attempts
"""

PUT_APPROVALS = """
INSERT INTO gateway.approvals (
    run_id, step, round, risk, digest, agent, task, shown, expected_cost_usd_micro, dry_run,
    requested_at, expires_at, on_expiry, requester_may_approve, revise,
    status, comment, decided_by, decided_at
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::json[], $9::bigint[], $10::boolean[], $11::timestamptz[], $12::timestamptz[],
    $13::text[], $14::boolean[], $15::text[], $16::text[], $17::text[], $18::text[],
    $19::timestamptz[]
)
ON CONFLICT (run_id, step, round) DO UPDATE
SET status = excluded.status,
    comment = excluded.comment,
    decided_by = excluded.decided_by,
    decided_at = excluded.decided_at
"""

PUT_ERRORS = """
INSERT INTO gateway.errors (
    run_id, step, attempt, agent, error, message, retryable, retry_after_s
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::boolean[],
    $8::double precision[]
)
ON CONFLICT DO NOTHING
"""

PUT_ARTIFACTS = """
INSERT INTO gateway.artifacts (sha256, size_bytes, media_type, name, run_id)
SELECT *
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING
"""


async def empty(session: Session) -> None:
    """Forget everything that the log tells again; channels stay."""
    await session.execute(EMPTY)
    await totals.forget(session)
    await checkpoint.forget(session)


async def put_runs(
    session: Session, before: Mapping[str, RunState], after: Sequence[RunState]
) -> None:
    """Insert or update runs with all that changed in them and the errors that are new."""
    await _put(session, PUT_RUNS, map(rows.run_row, after), rows.RUN_COLUMNS)
    for statement, rows_of, width in _PARTS:
        changed = (row for run in after for row in rows_of(before.get(run.run_id), run))
        await _put(session, statement, changed, width)


async def put_artifacts(session: Session, artifacts: Sequence[tuple[str, BlobRef]]) -> None:
    """Insert files, each with the run that produced it."""
    found = (rows.artifact_row(run_id, blob) for run_id, blob in artifacts)
    await _put(session, PUT_ARTIFACTS, found, rows.ARTIFACT_COLUMNS)


async def _put(session: Session, statement: str, rows_: Iterable[Row], width: int) -> None:
    columns = rows.columns(rows_, width)
    if columns[0]:
        await session.execute(statement, *columns)


def _step_rows(before: RunState | None, after: RunState) -> Iterable[Row]:
    old = {} if before is None else before.steps
    for name, step in after.steps.items():
        if old.get(name) is not step:
            yield rows.step_row(after.run_id, step)


def _instance_rows(before: RunState | None, after: RunState) -> Iterable[Row]:
    old = {} if before is None else before.instances
    for key, instance in after.instances.items():
        if old.get(key) is not instance:
            yield rows.instance_row(after.run_id, instance)


def _approval_rows(before: RunState | None, after: RunState) -> Iterable[Row]:
    old = {} if before is None else before.approvals
    for key, approval in after.approvals.items():
        if old.get(key) is not approval:
            yield rows.approval_row(after.run_id, approval)


def _error_rows(before: RunState | None, after: RunState) -> Iterable[Row]:
    known = 0 if before is None else len(before.errors)
    for error in after.errors[known:]:
        yield rows.error_row(after.run_id, error)


type _RowsOf = Callable[[RunState | None, RunState], Iterable[Row]]

_PARTS: tuple[tuple[str, _RowsOf, int], ...] = (
    (PUT_STEPS, _step_rows, rows.STEP_COLUMNS),
    (PUT_INSTANCES, _instance_rows, rows.INSTANCE_COLUMNS),
    (PUT_APPROVALS, _approval_rows, rows.APPROVAL_COLUMNS),
    (PUT_ERRORS, _error_rows, rows.ERROR_COLUMNS),
)
