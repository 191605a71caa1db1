"""What the events of a run make of it: pure, so that any split into batches gives the same."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from contracts.artifacts import ArtifactRef, BlobRef
from contracts.events import (
    RunCancelled,
    RunCompleted,
    RunEnd,
    RunEvent,
    RunFailed,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepOutcome,
    StepRequested,
)

type RunStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
type StepStatus = Literal["waiting", "running", "completed", "failed", "cancelled"]

ENDED: frozenset[RunStatus] = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class StepState:
    """`attempt` 0 means that the step was not requested yet."""

    step: str
    position: int
    agent: str
    task: str
    needs: tuple[str, ...]
    status: StepStatus = "waiting"
    attempt: int = 0
    requested_at: datetime | None = None
    completed_at: datetime | None = None
    duration_ms: int | None = None
    output: ArtifactRef | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as the projection keeps it. `errors` holds only those that this fold has met.

    `cancel_reason` is what was given when the run was cancelled, empty when nothing was.
    """

    run_id: str
    channel_id: str
    topic: str
    brand_name: str
    pipeline: str
    brief: ArtifactRef
    dry_run: bool
    status: RunStatus
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    steps: Mapping[str, StepState] = field(default_factory=dict)
    errors: tuple[StepError, ...] = ()
    cancel_reason: str = ""

    @property
    def current_agent(self) -> str | None:
        """Whoever works now; of several the first in the pipeline's order."""
        running = [step for step in self.steps.values() if step.status == "running"]
        if self.status in ENDED or not running:
            return None
        return min(running, key=lambda step: step.position).agent

    @property
    def simulated(self) -> bool:
        return any(step.simulated for step in self.steps.values())


def fold(run: RunState | None, event: RunEvent) -> RunState | None:
    """Return the run after `event`; an event of a run that was never requested changes nothing."""
    if isinstance(event, RunRequested):
        return run or _requested(event)
    if run is None:
        return None
    run = replace(run, updated_at=max(run.updated_at, event.at))
    match event:
        case StepRequested():
            return _step_requested(run, event)
        case StepCompleted() | StepFailed():
            return _step_ended(run, event)
        case RunCompleted() | RunFailed() | RunCancelled():
            return _ended(run, event)
        case _:
            return run


def blobs_in(content: object) -> Iterator[BlobRef]:
    """Find the files that an artifact's JSON names, however deep."""
    if isinstance(content, dict):
        if "sha256" in content and "media_type" in content:
            with suppress(ValidationError):
                yield _blob.validate_python(content)
            return
        content = list(content.values())
    if isinstance(content, list):
        for item in content:
            yield from blobs_in(item)


_blob: TypeAdapter[BlobRef] = TypeAdapter(BlobRef)


def _requested(event: RunRequested) -> RunState:
    steps = {
        spec.step: StepState(spec.step, position, spec.agent, spec.task, spec.needs)
        for position, spec in enumerate(event.pipeline.steps)
    }
    return RunState(
        run_id=event.run_id,
        channel_id=event.channel_id,
        topic=event.topic,
        brand_name=event.brand_name,
        pipeline=event.pipeline.pipeline,
        brief=event.brief,
        dry_run=event.dry_run,
        status="pending",
        created_at=event.at,
        updated_at=event.at,
        steps=steps,
    )


def _step_requested(run: RunState, event: StepRequested) -> RunState:
    step = run.steps.get(event.step)
    if step is None or run.status in ENDED or event.attempt <= step.attempt:
        return run
    begun = replace(
        step,
        status="running",
        attempt=event.attempt,
        agent=event.agent,
        requested_at=event.at,
        completed_at=None,
        duration_ms=None,
    )
    return replace(_with(run, begun), status="running")


def _step_ended(run: RunState, event: StepOutcome) -> RunState:
    """Apply the outcome of the attempt at hand; of two outcomes the first stands."""
    if isinstance(event, StepFailed):
        run = _with_errors(run, (event.error,))
    step = run.steps.get(event.step)
    if step is None or step.status != "running" or event.attempt != step.attempt:
        return run
    ended = replace(
        step,
        completed_at=event.at,
        duration_ms=event.duration_ms,
        simulated=step.simulated or event.simulated,
    )
    if isinstance(event, StepFailed):
        return _with(run, replace(ended, status="failed"))
    return _with(run, replace(ended, status="completed", output=event.output))


def _ended(run: RunState, event: RunEnd) -> RunState:
    """End the run; its first end stands."""
    if isinstance(event, RunFailed):
        run = _with_errors(run, event.errors)
    if run.status in ENDED:
        return run
    run = replace(run, completed_at=event.at)
    match event:
        case RunCompleted():
            return replace(_with_outputs(run, event.outputs), status="completed")
        case RunFailed():
            return replace(run, status="failed")
        case RunCancelled():
            stopped = _without_unfinished(run)
            return replace(stopped, status="cancelled", cancel_reason=event.reason)


def _with_outputs(run: RunState, outputs: Mapping[str, ArtifactRef]) -> RunState:
    """Take what the end of a run says every step produced: it is the last word."""
    for name, output in outputs.items():
        if (step := run.steps.get(name)) is not None:
            run = _with(run, replace(step, status="completed", output=output))
    return run


def _without_unfinished(run: RunState) -> RunState:
    """Cancel every step that was at work or had not begun."""
    for step in run.steps.values():
        if step.status in {"waiting", "running"}:
            run = _with(run, replace(step, status="cancelled"))
    return run


def _with_errors(run: RunState, errors: tuple[StepError, ...]) -> RunState:
    known = {(error.step, error.attempt) for error in run.errors}
    new = tuple(error for error in errors if (error.step, error.attempt) not in known)
    return replace(run, errors=run.errors + new)


def _with(run: RunState, step: StepState) -> RunState:
    return replace(run, steps={**run.steps, step.step: step})
