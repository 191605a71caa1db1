"""Between the state of a run and the rows of its tables."""

from collections.abc import Iterable

from asyncpg import Record
from pydantic import TypeAdapter

from contracts.artifacts import ArtifactRef
from contracts.events import StepError
from gateway.fold import RunState, StepState

_needs: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])


def run_of(row: Record, steps: dict[str, StepState]) -> RunState:
    return RunState(
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
        steps=steps,
        cancel_reason=row["cancel_reason"],
    )


def step_of(row: Record) -> StepState:
    output = row["output"]
    return StepState(
        step=row["step"],
        position=row["position"],
        agent=row["agent"],
        task=row["task"],
        needs=_needs.validate_json(row["needs"]),
        status=row["status"],
        attempt=row["attempt"],
        requested_at=row["requested_at"],
        completed_at=row["completed_at"],
        duration_ms=row["duration_ms"],
        output=None if output is None else ArtifactRef.model_validate_json(output),
        simulated=row["simulated"],
    )


def run_row(run: RunState) -> tuple[object, ...]:
    return (
        run.run_id,
        run.channel_id,
        text(run.topic),
        text(run.brand_name),
        run.pipeline,
        run.brief.model_dump_json(),
        run.dry_run,
        run.simulated,
        run.status,
        run.current_agent,
        run.created_at,
        run.updated_at,
        run.completed_at,
        text(run.cancel_reason),
    )


def step_row(run_id: str, step: StepState) -> tuple[object, ...]:
    return (
        run_id,
        step.step,
        step.position,
        step.agent,
        step.task,
        _needs.dump_json(step.needs).decode(),
        step.status,
        step.attempt,
        step.requested_at,
        step.completed_at,
        step.duration_ms,
        None if step.output is None else step.output.model_dump_json(),
        step.simulated,
    )


def error_row(run_id: str, error: StepError) -> tuple[object, ...]:
    return (
        run_id,
        error.step,
        error.attempt,
        error.agent,
        text(error.error),
        text(error.message),
        error.retryable,
    )


def columns(rows: Iterable[tuple[object, ...]], width: int) -> list[list[object]]:
    """Turn rows into one array a column, which is what unnest takes."""
    columns: list[list[object]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns


def text(value: str) -> str:
    """Replace the one character that PostgreSQL cannot keep."""
    return value.replace("\0", "\ufffd")
