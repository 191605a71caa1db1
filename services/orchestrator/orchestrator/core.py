"""The decisions of a run and nothing else: no I/O, no clock, no randomness.

`evolve` folds one fact into the run. `decide` looks at where the run stands and returns what
must be done next; calling it again after a crash repairs the run instead of repeating it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import reduce

from contracts import subjects
from contracts.base import step_of
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunControl,
    RunDeleted,
    RunEnd,
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
from contracts.pipeline import RetryPolicy, StepSpec
from contracts.references import lightened
from orchestrator import approvals, instances, steps
from orchestrator.attempts import Attempts
from orchestrator.outputs import Admit, Output, Store, Wake
from orchestrator.state import (
    Look,
    Run,
    RunStatus,
    Step,
    ended_steps,
    has_ended,
    open_steps,
    outputs_of,
)

OVERDUE = "RunDeadlineExceeded"
ONCE = RetryPolicy(max_attempts=1)
"""For a step as a whole whose instances are tried again, each on its own."""


def fold(events: Iterable[RunEvent]) -> Run:
    return reduce(evolve, events, Run())


def evolve(run: Run, event: RunEvent) -> Run:
    """Return the run after `event`; a repeated or overtaken event changes nothing."""
    match event:
        case RunRequested():
            return run if run.request else _requested(run, event)
        case RunAdmitted() | RunPaused() | RunResumed() | CancelRequested():
            return _controlled(run, event)
        case RunCompleted() | RunFailed() | RunCancelled():
            return _ended(run, event)
        case ApprovalRequested() | ApprovalDecided():
            return _asked(run, event)
        case RunDeleted():
            return run
        case _:
            return _worked(run, event)


def decide(run: Run, now: datetime, *, capped: bool = False) -> tuple[Output, ...]:
    """Return what must be done at `now` for the run to go on; empty when nothing.

    The outputs are to be carried out in this order. With `capped` a run that has not begun asks
    for its turn and does nothing else. Of all times at which the run must be looked at again
    only the next is told: whoever looks then is told the one after it.
    """
    if run.status != "active" or run.request is None:
        return ()
    look = Look(run, run.request, now)
    if end := tuple(_end(look)):
        return end
    outputs = tuple(_admission(look) if capped and not run.begun else _work(look))
    wakes = [output for output in outputs if isinstance(output, Wake)]
    if (at := look.request.deadline_at) is not None:
        wakes.append(Wake(look.request.run_id, subjects.DEADLINE, 1, at))
    if not wakes:
        return outputs
    others = (output for output in outputs if not isinstance(output, Wake))
    return (*others, min(wakes, key=lambda wake: (wake.at, wake.name, wake.n)))


def holds_slot(run: Run) -> bool:
    """Tell whether the run counts among the active ones, of which there may be a cap.

    One that is paused, or in which nothing can happen before a person decides, does not.
    """
    if run.status != "active" or not run.begun or run.is_paused:
        return False
    held = [run.steps[spec.step].is_with_a_person for spec in open_steps(run)]
    return not held or not all(held)


def _requested(run: Run, event: RunRequested) -> Run:
    """Start a run, unless its end came before."""
    specs = {spec.step: spec for spec in event.pipeline.steps}
    begins = {name: _taken_over(event, name) for name in specs}
    status: RunStatus = "active" if run.status == "unknown" else run.status
    return run._replace(status=status, request=event, specs=specs, steps=begins)


def _taken_over(event: RunRequested, name: str) -> Step:
    if name not in event.reused:
        return Step(revision=event.revisions.get(name))
    return Step(attempts=Attempts("completed", output=event.reused[name]))


def _controlled(run: Run, event: RunControl) -> Run:
    match event:
        case RunAdmitted():
            return run._replace(begun=True)
        case RunPaused():
            return run._replace(pauses=max(run.pauses, event.n))
        case RunResumed():
            return run._replace(resumes=max(run.resumes, event.n))
        case _:
            return run if run.cancel else run._replace(cancel=event)


def _asked(run: Run, event: ApprovalRequested | ApprovalDecided) -> Run:
    if isinstance(event, ApprovalRequested):
        return approvals.asked(run, event)
    return run if run.request is None else approvals.decided(run, run.request, event)


def _ended(run: Run, event: RunEnd) -> Run:
    """End a run; its first end stands."""
    if run.status not in {"unknown", "active"}:
        return run
    match event:
        case RunCompleted():
            return run._replace(status="completed")
        case RunFailed():
            return run._replace(status="failed")
        case _:
            return run._replace(status="cancelled")


def _worked(run: Run, event: StepPlanned | StepSkipped | StepRequested | StepOutcome) -> Run:
    """Take what happened to a step or to an instance of it, unless there is no such thing.

    An outcome counts when it is of the agent that the step is for.
    """
    name, index = step_of(event.step)
    step = run.steps.get(name)
    if step is None or (
        isinstance(event, StepCompleted | StepFailed) and event.agent != run.specs[name].agent
    ):
        return run
    news = _news(step, index, event, run.specs[name])
    if news is step:
        return run
    return run.after(name, news)


def _news(
    step: Step,
    index: int | None,
    event: StepPlanned | StepSkipped | StepRequested | StepOutcome,
    spec: StepSpec,
) -> Step:
    match event:
        case StepPlanned():
            return _planned(step, event)
        case StepSkipped():
            may_be = index is None and step.planned is None
            return _tried(step, event, spec) if may_be else step
        case _:
            return _tried(step, event, spec) if index is None else _spread(step, index, event, spec)


def _tried(step: Step, event: StepSkipped | StepRequested | StepOutcome, spec: StepSpec) -> Step:
    attempts = step.attempts.after(event, ONCE if step.spread else spec.retry)
    return step if attempts is step.attempts else step.after(attempts)


def _spread(step: Step, index: int, event: StepRequested | StepOutcome, spec: StepSpec) -> Step:
    if (spread := step.spread) is None:
        return step
    moved = spread.after(index, event, spec.retry)
    return step if moved is spread else step._replace(instances=moved)


def _planned(step: Step, event: StepPlanned) -> Step:
    attempts = step.attempts
    if step.planned or attempts.status != "waiting" or event.attempt <= attempts.last:
        return step
    spread = instances.planned(step.instances, step.round, event)
    if event.count is not None:
        attempts = attempts.planned(event.attempt)
    return step._replace(attempts=attempts, planned=event, instances=spread)


def _end(look: Look) -> Iterator[Output]:
    """Yield the end of the run when it has come; nothing while it goes on."""
    run, run_id = look.run, look.request.run_id
    if run.cancel is not None:
        yield RunCancelled(run_id=run_id, at=look.now, reason=run.cancel.reason)
    elif errors := tuple(_errors(run)):
        yield RunFailed(run_id=run_id, at=look.now, errors=errors)
    elif len(ended_steps(run)) == len(run.steps):
        outputs, to_store = lightened(outputs_of(run))
        if to_store:
            yield Store(run_id, to_store)
        yield RunCompleted(run_id=run_id, at=look.now, outputs=outputs)
    elif look.request.deadline_at is not None and look.request.deadline_at <= look.now:
        yield RunFailed(
            run_id=run_id, at=look.now, errors=tuple(_overdue(run, look.request.deadline_at))
        )


def _errors(run: Run) -> Iterator[StepError]:
    """Yield why each step failed that the run cannot go on without."""
    for name, spec in run.specs.items():
        step = run.steps[name]
        if error := approvals.rejection(spec, step):
            yield error
        if spec.continue_on_error:
            continue
        if step.attempts.status == "failed" and step.attempts.error is not None:
            yield step.attempts.error
        elif step.spread is not None and step.spread.error is not None:
            yield step.spread.error


def _overdue(run: Run, deadline: datetime) -> Iterator[StepError]:
    """Yield an error for each step that had not ended by the deadline."""
    for name, spec in run.specs.items():
        if not has_ended(run, name):
            last = run.steps[name].attempts.last
            yield StepError(
                error=OVERDUE,
                message=(
                    f"step {name!r} had not ended at the deadline of the run, "
                    f"{deadline.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: "
                    "retry it with a longer deadline, or look at why it took so long"
                ),
                retryable=False,
                step=name,
                attempt=last,
                agent=spec.agent,
            )


def _admission(look: Look) -> Iterator[Output]:
    request = look.request
    if not look.run.is_paused:
        yield Admit(request.run_id, request.channel_id, request.priority, request.at)


def _work(look: Look) -> Iterator[Output]:
    for spec in open_steps(look.run):
        yield from steps.next_of(look, spec)
