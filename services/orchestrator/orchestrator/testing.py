"""Events of a run and the log they stand on, for tests: as the broker takes them, without it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.base import step_of
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    RunEvent,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepPlanned,
    StepRequested,
    StepSkipped,
)
from contracts.pipeline import Pipeline, StepSpec

T0 = datetime(2026, 1, 1, tzinfo=UTC)
RUN_ID = "r1"


def ref(name: str) -> ArtifactRef:
    """Return the reference to some artifact; the same name is the same artifact."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return ArtifactRef(kind="Brief", sha256=sha256, size_bytes=2, inline={"name": name})


def spec(step: str, *needs: str, **fields: object) -> StepSpec:
    return StepSpec.model_validate({"step": step, "agent": "writer", "needs": needs, **fields})


def run_of(*specs: StepSpec, **fields: object) -> RunRequested:
    known = {"run_id": RUN_ID, "at": T0, "brief": ref("brief"), "channel_id": "demo", "topic": "t"}
    pipeline = Pipeline(pipeline="test", steps=specs)
    return RunRequested.model_validate({**known, "pipeline": pipeline, **fields})


def requested(step: str, attempt: int = 1) -> StepRequested:
    return StepRequested(
        run_id=RUN_ID, at=T0, step=step, attempt=attempt, agent="writer", task=step_of(step)[0],
        inputs={}, timeout_s=600,
    )  # fmt: skip


def completed(step: str, attempt: int = 1, *, simulated: bool = False) -> StepCompleted:
    return StepCompleted(
        run_id=RUN_ID, at=T0, step=step, attempt=attempt, agent="writer",
        output=ref(f"{step}.{attempt}"), duration_ms=1, simulated=simulated,
    )  # fmt: skip


def failed(step: str, attempt: int = 1, *, retryable: bool = True, error: str = "X") -> StepFailed:
    why = StepError(
        error=error, message="x", retryable=retryable, step=step, attempt=attempt, agent="writer"
    )
    return StepFailed(
        run_id=RUN_ID, at=T0, step=step, attempt=attempt, agent="writer", error=why, duration_ms=1
    )


def planned(
    step: str, attempt: int = 1, *, count: int | None = None, approval: bool = False
) -> StepPlanned:
    items = None if count is None else ref(f"items of {step}")
    return StepPlanned(
        run_id=RUN_ID, at=T0, step=step, attempt=attempt, items=items, count=count,
        approval=approval,
    )  # fmt: skip


def skipped(step: str, attempt: int = 1) -> StepSkipped:
    return StepSkipped(run_id=RUN_ID, at=T0, step=step, attempt=attempt, reason="not wanted")


def decided(
    asked: ApprovalRequested,
    decision: Literal["approve", "reject", "revise"] = "approve",
    *,
    comment: str = "",
    digest: str = "",
) -> ApprovalDecided:
    return ApprovalDecided(
        run_id=RUN_ID, at=T0, step=asked.step, round=asked.round, digest=digest or asked.digest,
        decision=decision, comment=comment, decided_by="kim",
    )  # fmt: skip


class Log:
    """One run's events: one for each subject."""

    def __init__(self, events: Sequence[RunEvent] = ()) -> None:
        self.events = list(events)
        self._taken = set(map(subjects.of_event, events))

    def append(self, event: RunEvent, *, expected: int | None = None) -> bool:
        """Append `event`, with `expected` only to a log of that many events."""
        is_stale = expected is not None and expected != len(self.events)
        if is_stale or subjects.of_event(event) in self._taken:
            return False
        self._taken.add(subjects.of_event(event))
        self.events.append(event)
        return True

    def in_flight(self) -> list[StepRequested]:
        """Return the requests that no agent has answered, overtaken ones among them."""
        return [
            event
            for event in self.events
            if isinstance(event, StepRequested) and _outcome_of(event) not in self._taken
        ]


def _outcome_of(asked: StepRequested) -> str:
    return subjects.outcome_of(asked.run_id, asked.step, asked.attempt, asked.agent)
