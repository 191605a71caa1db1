"""A run that repeats another one: what it takes over, what it runs again. No I/O and no clock."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.artifacts import ArtifactRef, Brief, Revision
from contracts.events import ApprovalDecided, Parent, RunEvent, RunRequested
from contracts.pipeline import Pipeline
from contracts.references import inline_ref
from gateway.fold import fold, fold_all
from gateway.questions import revised_by
from gateway.state import ENDED, RunState, StepState

BRIEF = "brief"
RETRIES = uuid.UUID("0b7f4f5e-9d0c-5b0e-8f0a-6f2f6d1f2c11")


class RepeatError(Exception):
    """A run cannot be repeated so. `kind` is for programs, the message is for a person."""

    kind = "rerun-impossible"


class NotRetriableError(RepeatError):
    """The run goes on, or completed."""

    kind = "run-not-failed"


class UnderWayError(RepeatError):
    kind = "run-under-way"


class EditError(RepeatError):
    kind = "invalid-edit"


@dataclass(frozen=True, slots=True)
class Told:
    """A run that is to be repeated: what was asked for, and what came of it."""

    request: RunRequested
    run: RunState
    revisions: Mapping[str, ArtifactRef]
    """What a person last wanted changed, by the step that was sent back."""

    @property
    def pipeline(self) -> Pipeline:
        return self.request.pipeline

    @property
    def outputs(self) -> dict[str, ArtifactRef]:
        """Return what stands; what a revision runs again is not among it."""
        found = {name: step.output for name, step in self.run.steps.items()}
        return {name: output for name, output in found.items() if output is not None}

    @property
    def unsettled(self) -> list[str]:
        """Return the steps without an output that cannot be done without."""
        return [
            spec.step
            for spec in self.pipeline.steps
            if not _is_settled(self.run.steps[spec.step], may_fail=spec.continue_on_error)
        ]

    @property
    def has_ended(self) -> bool:
        return self.run.status in ENDED


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a repetition, besides which run and which steps."""

    run_id: str
    at: datetime
    fresh: bool = False
    deadline_in: timedelta | None = None
    requested_by: str = ""
    request_id: str = ""
    traceparent: str = ""
    tracestate: str = ""


def told_by(events: Sequence[RunEvent]) -> Told | None:
    """Return what a run's events tell, oldest first; None when it was never requested."""
    run = fold_all(events)
    request = next((event for event in events if isinstance(event, RunRequested)), None)
    if run is None or request is None:
        return None
    return Told(request, run, _revisions(request, events))


def retry_id(run_id: str, *, fresh: bool) -> str:
    """Return the id of a run's retry: a run has one with its journal and one without."""
    return str(uuid.uuid5(RETRIES, f"{run_id}/fresh" if fresh else run_id))


def retry_of(told: Told, asked: Asked) -> RunRequested:
    """Return the run that takes over every output there is and goes on from there.

    Raises:
        NotRetriableError: the run has not failed and was not cancelled.
    """
    request = told.request
    if told.run.status not in {"failed", "cancelled"}:
        stands = "has completed" if told.has_ended else "is under way"
        raise NotRetriableError(
            f"run {request.run_id} {stands}: only one that failed or was cancelled can be retried"
        )
    from_step = next(iter(told.unsettled), told.pipeline.steps[-1].step)
    parent = Parent(run_id=request.run_id, from_step=from_step, kind="retry")
    return _child(told, asked, parent, told.outputs, again=told.revisions)


def rerun_of(
    told: Told, asked: Asked, from_step: str, edited: Mapping[str, ArtifactRef]
) -> RunRequested:
    """Return the run that runs `from_step` and all behind it again.

    `edited` replaces outputs that are taken over.

    Raises:
        RepeatError: as of `refuse_rerun`.
    """
    refuse_rerun(told, from_step, edited)
    again = _again(told.pipeline, from_step)
    reused = {step: ref for step, ref in told.outputs.items() if step not in again}
    reused |= {step: ref for step, ref in edited.items() if step != BRIEF}
    parent = Parent(run_id=told.request.run_id, from_step=from_step, kind="rerun")
    return _child(told, asked, parent, reused, again=[from_step])


def refuse_rerun(told: Told, from_step: str, edited: Collection[str]) -> None:
    """Refuse what cannot be run again, or not with these inputs edited.

    Raises:
        RepeatError: with the step that is unknown or missing, or the edit that has no effect.
    """
    run_id, pipeline = told.request.run_id, told.pipeline
    if not told.has_ended:
        raise UnderWayError(
            f"run {run_id} is under way: wait for its end, or cancel it, and rerun it then"
        )
    names = [spec.step for spec in pipeline.steps]
    if from_step not in names:
        raise RepeatError(f"run {run_id} has no step {from_step!r}: use one of {', '.join(names)}")
    again = _again(pipeline, from_step)
    if missing := [step for step in told.unsettled if step not in again]:
        raise RepeatError(
            f"run {run_id} cannot be rerun from {from_step!r}: step {missing[0]!r}, which would "
            f"not run again, has no output; rerun from a step before it, or retry the run"
        )
    _refuse_skipped(told, from_step, edited)
    for name in edited:
        _refuse_edit(told, from_step, name)


def with_brief(request: RunRequested, brief: Brief, ref: ArtifactRef) -> RunRequested:
    """Return the request for another brief of the same channel."""
    return request.model_copy(
        update={
            "brief": ref,
            "topic": brief.topic,
            "brand_name": brief.brand_name,
            "dry_run": brief.dry_run,
        }
    )


def _revisions(request: RunRequested, events: Iterable[RunEvent]) -> Mapping[str, ArtifactRef]:
    """Return the last revision of each step; one of a step before it makes it void."""
    found, run = dict(request.revisions), None
    for event in events:
        before, run = run, fold(run, event)
        if before is None or run is None or not isinstance(event, ApprovalDecided):
            continue
        approval = run.approvals.get((event.step, event.round))
        if approval is None or approval == before.approvals[event.step, event.round]:
            continue
        again = revised_by(before.steps, approval)
        found = {step: ref for step, ref in found.items() if step not in again}
        if again and approval.revise is not None:
            previous = before.steps[approval.revise].output
            revision = Revision(comment=event.comment, round=event.round, previous=previous)
            found[approval.revise] = inline_ref(revision)
    return found


def _is_settled(step: StepState, *, may_fail: bool) -> bool:
    is_over = step.status == "skipped" or (may_fail and step.status == "failed")
    return is_over or step.output is not None


def _again(pipeline: Pipeline, from_step: str) -> frozenset[str]:
    return pipeline.behind(from_step) | {from_step}


def _refuse_skipped(told: Told, from_step: str, edited: Collection[str]) -> None:
    """Refuse a step that would be skipped again, as what it needs was; another brief may help."""
    for need in told.pipeline.step(from_step).needs:
        is_passed_on = told.pipeline.step(need).if_skipped == "skip"
        if is_passed_on and told.run.steps[need].status == "skipped" and BRIEF not in edited:
            raise RepeatError(
                f"run {told.request.run_id} cannot be rerun from {from_step!r}: it needs {need!r}, "
                "which was skipped and would be again; edit the brief, or rerun from another step"
            )


def _refuse_edit(told: Told, from_step: str, name: str) -> None:
    taken = _taken(told.pipeline, from_step)
    if name not in taken:
        raise EditError(
            f"{name!r} cannot be edited: no step from {from_step!r} on takes it as it was; "
            f"edit one of {', '.join(taken)}"
        )
    if name != BRIEF and name not in told.outputs:
        raise EditError(
            f"step {name!r} of run {told.request.run_id} has no output to be edited: "
            "it was skipped or failed"
        )


def _taken(pipeline: Pipeline, from_step: str) -> list[str]:
    """Return the inputs that the steps which run again take from those which do not."""
    again = _again(pipeline, from_step)
    needs = {need for step in again for need in pipeline.step(step).needs} - again
    return [BRIEF, *(spec.step for spec in pipeline.steps if spec.step in needs)]


def _child(
    told: Told,
    asked: Asked,
    parent: Parent,
    reused: Mapping[str, ArtifactRef],
    *,
    again: Collection[str],
) -> RunRequested:
    """Return the parent's request under another id; without a deadline of its own it has as long.

    Of what is not `reused`, the steps in `again` run with what a person wanted changed in them.
    """
    before = told.request
    limit = asked.deadline_in or (before.deadline_at and before.deadline_at - before.at)
    return before.model_copy(
        update={
            "run_id": asked.run_id,
            "at": asked.at,
            "request_id": asked.request_id,
            "traceparent": asked.traceparent,
            "tracestate": asked.tracestate,
            "requested_by": asked.requested_by or before.requested_by,
            "on_behalf_of": "" if asked.requested_by else before.on_behalf_of,
            "deadline_at": limit and asked.at + limit,
            "parent": parent,
            "reused": dict(reused),
            "simulated": tuple(name for name in reused if told.run.steps[name].simulated),
            "revisions": {
                step: ref
                for step, ref in told.revisions.items()
                if step in again and step not in reused
            },
            "journal_id": None if asked.fresh else before.journal_id or before.run_id,
        }
    )
