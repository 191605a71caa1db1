"""What the events of a run make of it: pure, so that any split into batches gives the same."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agentkit import tracing
from contracts.artifacts import ArtifactRef
from contracts.base import step_of
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunDeleted,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepError,
    StepFailed,
    StepOutcome,
    StepPlanned,
    StepRequested,
    StepSkipped,
)
from gateway import work
from gateway.questions import answered, question, revised_by
from gateway.state import (
    ENDED,
    UNFINISHED,
    Instances,
    InstanceState,
    Pause,
    RunState,
    StepState,
    amend,
    make,
    replace,
)


def fold(run: RunState | None, event: RunEvent) -> RunState | None:
    """Return the run after `event`, None when there is none any more.

    An event of a run that was never requested changes nothing.
    """
    if type(event) is RunRequested:
        return run or _begun(event)
    if type(event) is RunDeleted:
        return None
    if run is None or _is_foreign(run, event):
        return run
    apply = _AFTER.get(type(event))
    after = run if apply is None else apply(run, event)
    if event.at <= after.updated_at:
        return after
    return (
        replace(after, updated_at=event.at) if after is run else amend(after, updated_at=event.at)
    )


def _is_foreign(run: RunState, event: RunEvent) -> bool:
    """Tell whether it is the outcome of a step that is another agent's."""
    if type(event) is not StepCompleted and type(event) is not StepFailed:
        return False
    step = run.steps.get(step_of(event.step)[0])
    return step is not None and step.agent != event.agent


def fold_all(events: Iterable[RunEvent]) -> RunState | None:
    """Return the run that `events` tell of, None when it was never requested, or is deleted."""
    run: RunState | None = None
    for event in events:
        run = fold(run, event)
    return run


def _begun(event: RunRequested) -> RunState:
    steps = {
        spec.step: make(
            StepState,
            step=spec.step,
            position=position,
            agent=spec.agent,
            task=spec.task,
            needs=spec.needs,
        )
        for position, spec in enumerate(event.pipeline.steps)
    }
    for name, output in event.reused.items():
        if name in steps:
            simulated = name in event.simulated
            taken = replace(steps[name], output=output, reused=True, simulated=simulated)
            steps[name] = replace(taken, status="completed")
    return make(
        RunState,
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
        requested_by=event.requested_by,
        priority=event.priority,
        deadline_at=event.deadline_at,
        parent=event.parent,
        trace_id=tracing.trace_id_of(event.traceparent),
        steps=steps,
    )


def _admitted(run: RunState, event: RunAdmitted) -> RunState:
    return run if run.admitted_at else replace(run, admitted_at=event.at)


def _paused(run: RunState, event: RunPaused) -> RunState:
    if run.status in ENDED or (run.pause is not None and event.n <= run.pause.n):
        return run
    return replace(
        run, paused=True, pause=Pause(event.n, event.at, event.reason, event.requested_by)
    )


def _resumed(run: RunState, event: RunResumed) -> RunState:
    if run.pause is None or event.n < run.pause.n:
        return run
    return replace(run, paused=False)


def _planned(run: RunState, event: StepPlanned) -> RunState:
    step = _open_step(run, event.step)
    if step is None or event.attempt <= step.attempt:
        return run
    step = _again(step)
    if event.count is not None:
        step = replace(step, attempt=event.attempt, instances=Instances(event.count))
    return _working(run, step)


def _skipped(run: RunState, event: StepSkipped) -> RunState:
    step = _open_step(run, event.step)
    if step is None or event.attempt <= step.attempt:
        return run
    skipped = replace(
        _again(step), status="skipped", skip_reason=event.reason, completed_at=event.at
    )
    return _working(run, skipped)


def _step_requested(run: RunState, event: StepRequested) -> RunState:
    name, index = step_of(event.step)
    step = _open_step(run, name)
    if step is None:
        return run
    if index is not None:
        return _instance_requested(run, step, index, event)
    if event.attempt <= step.attempt:
        return run
    return _working(run, work.requested(step, event))


def _instance_requested(
    run: RunState, step: StepState, index: int, event: StepRequested
) -> RunState:
    known = _instance(run, step, index)
    if step.instances is None or event.attempt <= known.attempt:
        return run
    begun = replace(work.requested(known, event), round=step.attempt)
    was = known.status if known.round == step.attempt else None
    step = replace(
        step,
        status="running",
        requested_at=step.requested_at or event.at,
        instances=work.moved(step.instances, was, begun.status),
    )
    return _working(_with_instance(run, begun), step)


def _step_ended(run: RunState, event: StepOutcome) -> RunState:
    if type(event) is StepFailed:
        run = _with_errors(run, (event.error,))
    name, index = step_of(event.step)
    step = run.steps.get(name)
    if step is None or run.status in {"completed", "cancelled"}:
        return run
    is_late = run.status == "failed"
    if index is not None:
        return _instance_ended(run, step, index, event, is_late=is_late)
    is_joined = step.instances is not None and step.status == "waiting"
    taken = work.takes(step, event, is_late=is_late) or (
        is_joined and event.attempt == step.attempt
    )
    return _with(run, work.ended(step, event)) if taken else run


def _instance_ended(
    run: RunState, step: StepState, index: int, event: StepOutcome, *, is_late: bool
) -> RunState:
    known = _instance(run, step, index)
    if step.instances is None or not work.takes(known, event, is_late=is_late):
        return run
    ended = work.ended(known, event)
    run = _with_instance(run, ended)
    step = replace(step, simulated=step.simulated or ended.simulated)
    if ended.round == step.attempt:
        counts = work.moved(step.instances or Instances(0), known.status, ended.status)
        step = replace(step, instances=counts)
    return _with(run, step)


def _asked(run: RunState, event: ApprovalRequested) -> RunState:
    step = _open_step(run, event.step)
    if step is None or (event.step, event.round) in run.approvals:
        return run
    run = replace(run, approvals={**run.approvals, (event.step, event.round): question(event)})
    return _working(run, replace(step, status="awaiting_approval"))


def _decided(run: RunState, event: ApprovalDecided) -> RunState:
    approval = run.approvals.get((event.step, event.round))
    if approval is None or approval.status != "waiting":
        return run
    decided = answered(approval, event)
    run = replace(run, approvals={**run.approvals, (event.step, event.round): decided})
    for name in revised_by(run.steps, decided):
        run = _with(run, _again(run.steps[name]))
    step = run.steps[event.step]
    is_open = step.status == "awaiting_approval"
    return _with(run, replace(step, status="waiting")) if is_open else run


def _completed(run: RunState, event: RunCompleted) -> RunState:
    if run.status in ENDED:
        return run
    return replace(_with_outputs(run, event.outputs), status="completed", completed_at=event.at)


def _failed(run: RunState, event: RunFailed) -> RunState:
    """Fail the run and the steps it names; the first end of a run stands."""
    run = _with_errors(run, event.errors)
    if run.status in ENDED:
        return run
    named = frozenset(step_of(error.step)[0] for error in event.errors)
    return replace(_stopped(run, named), status="failed", completed_at=event.at)


def _cancelled(run: RunState, event: RunCancelled) -> RunState:
    if run.status in ENDED:
        return run
    stopped = _stopped(run, frozenset())
    return replace(stopped, status="cancelled", completed_at=event.at, cancel_reason=event.reason)


_AFTER: Mapping[type, Callable[[RunState, Any], RunState]] = {
    RunAdmitted: _admitted,
    RunPaused: _paused,
    RunResumed: _resumed,
    StepPlanned: _planned,
    StepSkipped: _skipped,
    StepRequested: _step_requested,
    StepCompleted: _step_ended,
    StepFailed: _step_ended,
    ApprovalRequested: _asked,
    ApprovalDecided: _decided,
    RunCompleted: _completed,
    RunFailed: _failed,
    RunCancelled: _cancelled,
}


def _open_step(run: RunState, name: str) -> StepState | None:
    """Return the step unless its run is over."""
    return None if run.status in ENDED else run.steps.get(name)


def _again(step: StepState) -> StepState:
    return replace(work.again(step), instances=None, skip_reason="")


def _instance(run: RunState, step: StepState, index: int) -> InstanceState:
    known = run.instances.get((step.step, index))
    return known or make(
        InstanceState, step=step.step, index=index, round=step.attempt, agent=step.agent
    )


def _with_outputs(run: RunState, outputs: Mapping[str, ArtifactRef]) -> RunState:
    """Take what the end of a run says every step produced: it is the last word."""
    for name, output in outputs.items():
        if (step := run.steps.get(name)) is not None and step.output != output:
            run = _with(run, replace(step, status="completed", output=output))
    return run


def _stopped(run: RunState, failed: frozenset[str]) -> RunState:
    """End whatever had not ended: the steps in `failed` fail, others are cancelled."""
    for step in run.steps.values():
        if step.status in UNFINISHED:
            run = _with(run, work.stopped(step, "failed" if step.step in failed else "cancelled"))
    open_ = {key: each for key, each in run.approvals.items() if each.status == "waiting"}
    closed = {key: replace(each, status="cancelled") for key, each in open_.items()}
    return replace(run, paused=False, approvals={**run.approvals, **closed})


def _with_errors(run: RunState, errors: tuple[StepError, ...]) -> RunState:
    known = {(error.step, error.attempt) for error in run.errors}
    new = tuple(error for error in errors if (error.step, error.attempt) not in known)
    return replace(run, errors=run.errors + new)


def _working(run: RunState, step: StepState) -> RunState:
    """Return a run that has begun, with `step`."""
    return amend(_with(run, step), status="running")


def _with(run: RunState, step: StepState) -> RunState:
    return replace(run, steps={**run.steps, step.step: step})


def _with_instance(run: RunState, instance: InstanceState) -> RunState:
    key = (instance.step, instance.index)
    return replace(run, instances={**run.instances, key: instance})
