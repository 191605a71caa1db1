"""Between the state of a run and the rows of its tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from asyncpg import Record
from pydantic import TypeAdapter

from contracts.artifacts import ArtifactRef, BlobRef
from contracts.events import Parent, StepError
from gateway.state import (
    ApprovalState,
    Attempt,
    Instances,
    InstanceState,
    Pause,
    RunState,
    StepState,
    Work,
    make,
)

type Row = tuple[object, ...]

_needs: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
_attempts: TypeAdapter[tuple[Attempt, ...]] = TypeAdapter(tuple[Attempt, ...])
_shown: TypeAdapter[dict[str, ArtifactRef]] = TypeAdapter(dict[str, ArtifactRef])

# Without what the methods of pydantic do before they come to this: rows are made a million times.
_ref_json = TypeAdapter(ArtifactRef).serializer.to_json
_needs_json, _attempts_json = _needs.serializer.to_json, _attempts.serializer.to_json


def run_of(row: Record, steps: dict[str, StepState]) -> RunState:
    """Return the run of a row with its steps; what else belongs to it is loaded when needed."""
    return make(
        RunState,
        run_id=row["run_id"],
        channel_id=row["channel_id"],
        topic=row["topic"],
        brand_name=row["brand_name"],
        pipeline=row["pipeline"],
        brief=ArtifactRef.model_validate_json(row["brief"]),
        dry_run=row["dry_run"],
        status=row["status"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        completed_at=row["completed_at"],
        requested_by=row["requested_by"],
        priority=row["priority"],
        deadline_at=row["deadline_at"],
        admitted_at=row["admitted_at"],
        parent=_parent_of(row),
        paused=row["paused"],
        pause=_pause_of(row),
        cancel_reason=row["cancel_reason"],
        trace_id=row["trace_id"],
        steps=steps,
    )


def _parent_of(row: Record) -> Parent | None:
    if row["parent_run_id"] is None:
        return None
    return Parent(
        run_id=row["parent_run_id"], from_step=row["parent_from_step"], kind=row["parent_kind"]
    )


def _pause_of(row: Record) -> Pause | None:
    if row["pause_n"] is None:
        return None
    return Pause(row["pause_n"], row["pause_at"], row["pause_reason"], row["pause_by"])


def step_of(row: Record) -> StepState:
    counts = (row["items"], row["items_completed"], row["items_failed"], row["items_running"])
    return make(
        StepState,
        **_work_of(row),
        step=row["step"],
        position=row["position"],
        task=row["task"],
        needs=_needs.validate_json(row["needs"]),
        instances=None if row["items"] is None else Instances(*counts),
        skip_reason=row["skip_reason"],
        reused=row["reused"],
    )


def instance_of(row: Record) -> InstanceState:
    return make(
        InstanceState, **_work_of(row), step=row["step"], index=row["index"], round=row["round"]
    )


def _work_of(row: Record) -> dict[str, Any]:
    output = row["output"]
    return {
        "agent": row["agent"],
        "status": row["status"],
        "attempt": row["attempt"],
        "requested_at": row["requested_at"],
        "completed_at": row["completed_at"],
        "duration_ms": row["duration_ms"],
        "output": None if output is None else ArtifactRef.model_validate_json(output),
        "simulated": row["simulated"],
        "attempts": _attempts.validate_json(row["attempts"]),
    }


def approval_of(row: Record) -> ApprovalState:
    fields = dict(row) | {"shown": _shown.validate_json(row["shown"])}
    del fields["run_id"]
    return ApprovalState(**fields)


def run_row(run: RunState) -> Row:
    parent, pause = run.parent, run.pause
    return (
        run.run_id,
        run.channel_id,
        text(run.topic),
        text(run.brand_name),
        run.pipeline,
        _ref_json(run.brief).decode(),
        run.dry_run,
        run.simulated,
        run.status,
        run.current_agent,
        run.created_at,
        run.updated_at,
        run.completed_at,
        text(run.requested_by),
        run.priority,
        run.deadline_at,
        run.admitted_at,
        None if parent is None else parent.run_id,
        None if parent is None else parent.from_step,
        None if parent is None else parent.kind,
        run.paused,
        *((None, None, "", "") if pause is None else _pause_row(pause)),
        run.waiting_for_approval,
        text(run.cancel_reason),
        run.trace_id,
        run.published_at,
    )


def _pause_row(pause: Pause) -> Row:
    return (pause.n, pause.at, text(pause.reason), text(pause.requested_by))


def step_row(run_id: str, step: StepState) -> Row:
    counts = step.instances
    return (
        run_id,
        step.step,
        step.position,
        step.task,
        _needs_json(step.needs).decode(),
        *_work_row(step),
        *((None, None, None, None) if counts is None else _count_row(counts)),
        text(step.skip_reason),
        step.reused,
    )


def _count_row(counts: Instances) -> Row:
    return (counts.count, counts.completed, counts.failed, counts.running)


def instance_row(run_id: str, instance: InstanceState) -> Row:
    return (run_id, instance.step, instance.index, instance.round, *_work_row(instance))


def _work_row(work: Work) -> Row:
    return (
        work.agent,
        work.status,
        work.attempt,
        work.requested_at,
        work.completed_at,
        work.duration_ms,
        None if work.output is None else _ref_json(work.output).decode(),
        work.simulated,
        _attempts_json(work.attempts).decode() if work.attempts else "[]",
    )


def approval_row(run_id: str, approval: ApprovalState) -> Row:
    return (
        run_id,
        approval.step,
        approval.round,
        approval.risk,
        approval.digest,
        approval.agent,
        approval.task,
        _shown.dump_json(dict(approval.shown)).decode(),
        approval.expected_cost_usd_micro,
        approval.dry_run,
        approval.requested_at,
        approval.expires_at,
        approval.on_expiry,
        approval.requester_may_approve,
        approval.revise,
        approval.status,
        text(approval.comment),
        text(approval.decided_by),
        approval.decided_at,
    )


def error_row(run_id: str, error: StepError) -> Row:
    return (
        run_id,
        error.step,
        error.attempt,
        error.agent,
        text(error.error),
        text(error.message),
        error.retryable,
        error.retry_after_s,
    )


def artifact_row(run_id: str, blob: BlobRef) -> Row:
    """Return the row of a file, with the first run that produced it."""
    return (blob.sha256, blob.size_bytes, text(blob.media_type), text(blob.name), run_id)


def columns(rows: Iterable[Row], width: int) -> Sequence[Sequence[object]]:
    """Turn rows into one array a column, which is what unnest takes."""
    return list(zip(*rows, strict=True)) or [()] * width


def text(value: str) -> str:
    """Replace the one character that PostgreSQL cannot keep."""
    return value.replace("\0", "\ufffd")
