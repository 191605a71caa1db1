"""The decisions of a run and nothing else: no I/O, no clock, no randomness.

`evolve` folds one fact into the run. `decide` looks at where the run stands and returns what
must be recorded next; calling it again after a crash repairs the run instead of repeating it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Literal

from contracts.artifacts import ArtifactRef
from contracts.events import (
    CancelRequested,
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
from contracts.pipeline import StepSpec
from orchestrator.outputs import Output, Wake

type RunStatus = Literal["unknown", "active", "completed", "failed", "cancelled"]
type StepStatus = Literal["waiting", "requested", "completed", "failed"]


@dataclass(frozen=True, slots=True)
class Step:
    """Where one step stands; `attempt` is the last one requested, 0 for none."""

    status: StepStatus = "waiting"
    attempt: int = 0
    output: ArtifactRef | None = None
    error: StepError | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run as its events tell it."""

    status: RunStatus = "unknown"
    request: RunRequested | None = None
    steps: Mapping[str, Step] = field(default_factory=dict[str, Step])
    cancel: CancelRequested | None = None


def fold(events: Iterable[RunEvent]) -> Run:
    return reduce(evolve, events, Run())


def evolve(run: Run, event: RunEvent) -> Run:
    """Return the run after `event`; a repeated or overtaken event changes nothing."""
    match event:
        case RunRequested():
            return run if run.request else _begin(run, event)
        case StepRequested():
            return _with_step(run, event.step, Step("requested", event.attempt))
        case StepCompleted() | StepFailed():
            return _with_step(run, event.step, _answered(event))
        case CancelRequested():
            return run if run.cancel else replace(run, cancel=event)
        case RunCompleted() | RunFailed() | RunCancelled():
            return _end(run, event)
        case _:
            return run


def decide(run: Run, now: datetime, *, capped: bool = False) -> tuple[Output, ...]:
    """Return what must be done at `now` for the run to go on; empty when nothing.

    With `capped` a run that was not admitted yet asks for that first.
    """
    del capped
    if run.status != "active" or run.request is None:
        return ()
    request = run.request
    if run.cancel is not None:
        return (RunCancelled(run_id=request.run_id, at=now, reason=run.cancel.reason),)
    specs = request.pipeline.steps
    if errors := tuple(_errors(run, specs)):
        return (RunFailed(run_id=request.run_id, at=now, errors=errors),)
    if all(step.status == "completed" for step in run.steps.values()):
        return (RunCompleted(run_id=request.run_id, at=now, outputs=_outputs(run)),)
    return tuple(
        output for spec in specs for output in _next(run, request, spec, now) if _is_due(run, spec)
    )


def _answered(event: StepOutcome) -> Step:
    match event:
        case StepCompleted():
            return Step("completed", event.attempt, output=event.output)
        case StepFailed():
            return Step("failed", event.attempt, error=event.error, failed_at=event.at)


def _begin(run: Run, event: RunRequested) -> Run:
    """Start a run, unless its end came before."""
    steps = {spec.step: Step() for spec in event.pipeline.steps}
    status = "active" if run.status == "unknown" else run.status
    return replace(run, status=status, request=event, steps=steps)


def _end(run: Run, event: RunEnd) -> Run:
    """End a run; its first end stands."""
    if run.status not in {"unknown", "active"}:
        return run
    match event:
        case RunCompleted():
            return replace(run, status="completed")
        case RunFailed():
            return replace(run, status="failed")
        case RunCancelled():
            return replace(run, status="cancelled")


def _with_step(run: Run, name: str, news: Step) -> Run:
    """Take `news` unless it is a repeat or answers an attempt that was overtaken."""
    known = run.steps.get(name)
    if known is None:
        return run
    is_answer = news.attempt == known.attempt and known.status == "requested"
    if news.attempt <= known.attempt and not is_answer:
        return run
    return replace(run, steps={**run.steps, name: news})


def _errors(run: Run, specs: Iterable[StepSpec]) -> Iterable[StepError]:
    """Yield the error of every step that failed for good."""
    for spec in specs:
        step = run.steps[spec.step]
        if step.error is not None and not _may_retry(spec, step, step.error):
            yield step.error


def _may_retry(spec: StepSpec, step: Step, error: StepError) -> bool:
    return error.retryable and step.attempt < spec.retry.max_attempts


def _is_due(run: Run, spec: StepSpec) -> bool:
    """Tell whether the step is not in flight and all it needs is there."""
    if run.steps[spec.step].status not in {"waiting", "failed"}:
        return False
    return all(run.steps[need].status == "completed" for need in spec.needs)


def _next(run: Run, request: RunRequested, spec: StepSpec, now: datetime) -> Iterable[Output]:
    step = run.steps[spec.step]
    if step.failed_at is not None and step.error is not None:
        due = step.failed_at + spec.retry.wait(
            request.run_id, spec.step, step.attempt, retry_after_s=step.error.retry_after_s
        )
        if due > now:
            yield Wake(request.run_id, spec.step, step.attempt, due)
            return
    yield StepRequested(
        run_id=request.run_id,
        at=now,
        step=spec.step,
        attempt=step.attempt + 1,
        agent=spec.agent,
        task=spec.task,
        inputs=_inputs(run, request, spec),
        timeout_s=spec.timeout_s,
        dry_run=request.dry_run,
        journal_id=request.journal_id,
    )


def _inputs(run: Run, request: RunRequested, spec: StepSpec) -> dict[str, ArtifactRef]:
    done = _outputs(run)
    return {"brief": request.brief, **{need: done[need] for need in spec.needs if need in done}}


def _outputs(run: Run) -> dict[str, ArtifactRef]:
    return {name: step.output for name, step in run.steps.items() if step.output is not None}
