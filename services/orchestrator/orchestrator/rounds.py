"""A revision is a round: a step and all that is behind it are done again, attempts counting on."""

from collections.abc import Iterable

from contracts.artifacts import Revision
from contracts.events import ApprovalDecided, RunRequested
from contracts.references import inline_ref
from orchestrator.state import Run, Step, is_unblocked


def revised(run: Run, request: RunRequested, event: ApprovalDecided, target: str) -> Run:
    """Return the run in which `target` is done again for the reason that `event` gives.

    So is everything behind it, on the way to the approval or beside it: its inputs change.
    """
    behind = request.pipeline.behind(target)
    revision = Revision(
        comment=event.comment, round=event.round, previous=run.steps[target].attempts.output
    )
    steps = dict(renewed(run, {target, *behind}).steps)
    steps[target] = steps[target]._replace(revision=inline_ref(revision))
    steps[event.step] = steps[event.step]._replace(revisions=steps[event.step].revisions + 1)
    return run._replace(steps=steps)


def renewed(run: Run, names: Iterable[str]) -> Run:
    """Return the run in which a new round begins for the steps called `names`."""
    return run._replace(steps={**run.steps, **{name: _renewed(run, name) for name in names}})


def _renewed(run: Run, name: str) -> Step:
    step = run.steps[name]
    attempts = step.attempts.anew(step.round + 1, used=_used(run, name))
    return Step(attempts=attempts, revisions=step.revisions, instances=step.instances)


def _used(run: Run, name: str) -> int:
    """Return the newest attempt that may be spoken of by an event of the round that is over.

    A replica may have decided on the next attempt of a step without its being on the log yet.
    That number is left out: what is recorded under it later belongs to no round.
    """
    step = run.steps[name]
    status, last = step.attempts.status, step.attempts.last
    if step.planned is not None:
        return max(last, step.planned.attempt) + (status == "failing")
    is_due = status == "waiting" and is_unblocked(run, run.specs[name]) and not step.is_held_back
    return last + (is_due or status == "failing")
