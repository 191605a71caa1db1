"""The projection tables as the projector writes them: whole batches, one statement a table."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

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

ARTIFACTS = "gateway.artifacts"
ARTIFACT_COLUMNS = ("sha256", "size_bytes", "media_type", "name", "run_id")

KNOWN_ARTIFACTS = """
SELECT sha256, run_id
FROM gateway.artifacts
JOIN unnest($1::text[], $2::text[]) AS wanted (sha256, run_id) USING (sha256, run_id)
"""

DELETE = """
WITH deleted_runs AS (DELETE FROM gateway.runs WHERE run_id = ANY($1)),
     deleted_steps AS (DELETE FROM gateway.steps WHERE run_id = ANY($1)),
     deleted_instances AS (DELETE FROM gateway.instances WHERE run_id = ANY($1)),
     deleted_approvals AS (DELETE FROM gateway.approvals WHERE run_id = ANY($1)),
     deleted_errors AS (DELETE FROM gateway.errors WHERE run_id = ANY($1)),
     forgotten AS (DELETE FROM gateway.left_out WHERE split_part(subject, '.', 2) = ANY($1))
DELETE FROM gateway.artifacts WHERE run_id = ANY($1)
"""


async def empty(session: Session) -> None:
    """Forget everything that the log tells again; channels stay."""
    await session.execute(EMPTY)
    await totals.forget(session)
    await checkpoint.forget(session)


async def put_runs(
    session: Session, before: Mapping[str, RunState], after: Sequence[RunState]
) -> None:
    """Insert or update runs with all that changed in them and the errors that are new.

    What is new is copied, which costs a third of an upsert on both sides.
    """
    for table in _OF_RUNS:
        new, changed = list[Row](), list[Row]()
        for run in after:
            table.sort(before.get(run.run_id), run, new, changed)
        if new:
            await _copy(session, table.name, table.columns, new)
        await _put(session, table.put, changed)
    errors = [row for run in after for row in _error_rows(before.get(run.run_id), run)]
    await _put(session, PUT_ERRORS, errors)


async def put_artifacts(session: Session, artifacts: Sequence[tuple[str, BlobRef]]) -> None:
    """Insert files that are not there yet with each run that produced them."""
    new = dict[tuple[str, str], Row]()
    for run_id, blob in artifacts:
        new.setdefault((blob.sha256, run_id), rows.artifact_row(run_id, blob))
    if new:
        for known in await session.fetch(KNOWN_ARTIFACTS, *rows.columns(new, 2)):
            del new[known["sha256"], known["run_id"]]
    if new:
        await _copy(session, ARTIFACTS, ARTIFACT_COLUMNS, new.values())


async def delete_runs(session: Session, run_ids: Collection[str]) -> None:
    """Delete all rows of runs."""
    if run_ids:
        await session.execute(DELETE, list(run_ids))


async def _copy(session: Session, table: str, columns: Sequence[str], rows_: Iterable[Row]) -> None:
    schema, _, name = table.partition(".")
    await session.copy_records_to_table(name, schema_name=schema, columns=columns, records=rows_)


async def _put(session: Session, statement: str, rows_: Sequence[Row]) -> None:
    if rows_:
        await session.execute(statement, *rows.columns(rows_, len(rows_[0])))


type Sort = Callable[[RunState | None, RunState, list[Row], list[Row]], None]
"""Adds the rows that a run has and did not have, and those that it has otherwise than before."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its columns in the order of its rows, and the statement that puts them there."""

    name: str
    columns: tuple[str, ...]
    put: str
    sort: Sort

    @classmethod
    def filled_by(cls, put: str, sort: Sort) -> "Table":
        found = re.match(r"\s*INSERT INTO ([a-z_.]+) \(([^)]+)\)", put)
        assert found is not None, put  # noqa: S101 -- they all begin like that
        return cls(found[1], tuple(column.strip() for column in found[2].split(",")), put, sort)


def _sort_run(before: RunState | None, after: RunState, new: list[Row], changed: list[Row]) -> None:
    (new if before is None else changed).append(rows.run_row(after))


def _sort_steps(
    before: RunState | None, after: RunState, new: list[Row], changed: list[Row]
) -> None:
    old = {} if before is None else before.steps
    for name, step in after.steps.items():
        if (known := old.get(name)) is not step:
            (new if known is None else changed).append(rows.step_row(after.run_id, step))


def _sort_instances(
    before: RunState | None, after: RunState, new: list[Row], changed: list[Row]
) -> None:
    old = {} if before is None else before.instances
    for key, instance in after.instances.items():
        if (known := old.get(key)) is not instance:
            (new if known is None else changed).append(rows.instance_row(after.run_id, instance))


def _sort_approvals(
    before: RunState | None, after: RunState, new: list[Row], changed: list[Row]
) -> None:
    old = {} if before is None else before.approvals
    for key, approval in after.approvals.items():
        if (known := old.get(key)) is not approval:
            (new if known is None else changed).append(rows.approval_row(after.run_id, approval))


def _error_rows(before: RunState | None, after: RunState) -> Iterable[Row]:
    known = 0 if before is None else len(before.errors)
    for error in after.errors[known:]:
        yield rows.error_row(after.run_id, error)


RUNS = Table.filled_by(PUT_RUNS, _sort_run)
STEPS = Table.filled_by(PUT_STEPS, _sort_steps)
INSTANCES = Table.filled_by(PUT_INSTANCES, _sort_instances)
APPROVALS = Table.filled_by(PUT_APPROVALS, _sort_approvals)
_OF_RUNS = (RUNS, STEPS, INSTANCES, APPROVALS)
