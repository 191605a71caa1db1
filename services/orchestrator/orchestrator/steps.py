"""What one step does next, when nothing it needs holds it back any more."""

from collections.abc import Iterator

from contracts.artifacts import ArtifactRef
from contracts.base import instance_of
from contracts.events import StepRequested, StepSkipped
from contracts.pipeline import StepSpec
from contracts.references import lightened
from orchestrator import approvals
from orchestrator.attempts import Attempts
from orchestrator.instances import Instances
from orchestrator.outputs import Join, Output, Resolve, Store, Wake
from orchestrator.state import Look, Run, Step


def next_of(look: Look, spec: StepSpec) -> Iterator[Output]:
    """Yield what is to be done for a step that has not ended and needs none that has not."""
    step, spread = look.run.steps[spec.step], look.run.steps[spec.step].spread
    if spread is None and step.attempts.status == "requested":
        return
    if spread is not None and spread.left == 0:
        yield _join(look, spec, step, spread)
    elif skipped := _skipped_needs(look.run, spec):
        yield _skip(look, spec, step, skipped)
    elif spec.is_resolved_first and step.planned is None and step.attempts.status == "waiting":
        yield from _resolve(look, spec, step)
    elif policy := approvals.open_policy(spec, step):
        yield from approvals.next_of(look, spec, policy)
    elif not look.run.is_paused:
        yield from _requests(look, spec, step)


def _skipped_needs(run: Run, spec: StepSpec) -> list[str]:
    """Return the needed steps that were skipped and have their dependants skipped as well."""
    return [
        need
        for need in spec.needs
        if run.specs[need].if_skipped == "skip" and run.steps[need].attempts.status == "skipped"
    ]


def _skip(look: Look, spec: StepSpec, step: Step, skipped: list[str]) -> StepSkipped:
    were = "was" if len(skipped) == 1 else "were"
    return StepSkipped(
        run_id=look.request.run_id,
        at=look.now,
        step=spec.step,
        attempt=step.attempts.last + 1,
        reason=f"needs {' and '.join(map(repr, skipped))}, which {were} skipped",
    )


def _resolve(look: Look, spec: StepSpec, step: Step) -> Iterator[Resolve]:
    if not look.run.is_paused:
        attempt, inputs = step.attempts.last + 1, look.inputs_of(spec)
        yield Resolve(look.request.run_id, spec.step, attempt, spec, inputs)


def _join(look: Look, spec: StepSpec, step: Step, spread: Instances) -> Join:
    return Join(
        run_id=look.request.run_id,
        step=spec.step,
        attempt=step.attempts.last,
        outputs=spread.outputs,
        agent=spec.agent,
        planned_at=spread.planned_at,
        simulated=spread.simulated,
    )


def _requests(look: Look, spec: StepSpec, step: Step) -> Iterator[Output]:
    """Yield a request for all that may be tried now, and a wake-up for what must wait."""
    run_id, due = look.request.run_id, list[tuple[str, int]]()
    for step_id, attempts in _tries(spec, step):
        if attempts.retry_at is not None and look.now < attempts.retry_at:
            yield Wake(run_id, step_id, attempts.last, attempts.retry_at)
        else:
            due.append((step_id, attempts.last + 1))
    if not due:
        return
    inputs, to_store = lightened(_all_inputs(look, spec, step))
    if to_store:
        yield Store(run_id, to_store)
    for step_id, attempt in due:
        yield _request(look, spec, step_id, attempt, inputs)


def _tries(spec: StepSpec, step: Step) -> Iterator[tuple[str, Attempts]]:
    if step.spread is None:
        yield spec.step, step.attempts
        return
    for index, attempts in step.spread.due(spec.concurrency):
        yield instance_of(spec.step, index), attempts


def _all_inputs(look: Look, spec: StepSpec, step: Step) -> dict[str, ArtifactRef]:
    inputs = look.inputs_of(spec)
    if step.spread is not None and step.spread.items is not None:
        inputs["item"] = step.spread.items
    return inputs


def _request(
    look: Look, spec: StepSpec, step_id: str, attempt: int, inputs: dict[str, ArtifactRef]
) -> StepRequested:
    return StepRequested(
        run_id=look.request.run_id,
        at=look.now,
        step=step_id,
        attempt=attempt,
        agent=spec.agent,
        task=spec.task,
        inputs=inputs,
        timeout_s=spec.timeout_s,
        dry_run=look.request.dry_run,
        journal_id=look.request.journal_id,
        traceparent=look.request.traceparent,
        tracestate=look.request.tracestate,
        request_id=look.request.request_id,
    )
