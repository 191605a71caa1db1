"""One attempt after another: what requests and outcomes make of a step or of an instance."""

from contracts.events import StepCompleted, StepOutcome, StepRequested
from gateway.state import Attempt, AttemptStatus, Instances, StepStatus, Work, make, replace

_COUNTED = ("completed", "failed", "running")


def requested[W: Work](work: W, event: StepRequested) -> W:
    begun = make(
        Attempt, attempt=event.attempt, agent=event.agent, status="running", requested_at=event.at
    )
    return replace(
        work,
        status="running",
        attempt=event.attempt,
        agent=event.agent,
        requested_at=event.at,
        completed_at=None,
        duration_ms=None,
        output=None,
        attempts=(*work.attempts, begun),
    )


def ended[W: Work](work: W, event: StepOutcome) -> W:
    """Return the work with its outcome; an attempt that nobody was asked for may fail too."""
    status: AttemptStatus = "failed"
    output = None
    if type(event) is StepCompleted:
        status, output = "completed", event.output
    requested_at = work.requested_at if event.attempt == work.attempt else None
    attempt = make(
        Attempt,
        attempt=event.attempt,
        agent=event.agent,
        status=status,
        requested_at=requested_at,
        completed_at=event.at,
        duration_ms=event.duration_ms,
        incidents=event.incidents,
    )
    return replace(
        work,
        status=status,
        attempt=event.attempt,
        requested_at=requested_at,
        completed_at=event.at,
        duration_ms=event.duration_ms,
        output=output,
        simulated=work.simulated or event.simulated,
        attempts=(*_before(work.attempts, event.attempt), attempt),
    )


def again[W: Work](work: W) -> W:
    """Return the work as it waits for its next attempt; those it had are kept."""
    return replace(
        work,
        status="waiting",
        requested_at=None,
        completed_at=None,
        duration_ms=None,
        output=None,
    )


def stopped[W: Work](work: W, status: AttemptStatus) -> W:
    """Return the work as the end of its run leaves it, which no outcome came before."""
    attempts = work.attempts
    if attempts and attempts[-1].status == "running":
        attempts = (*attempts[:-1], replace(attempts[-1], status=status))
    return replace(work, status=status, attempts=attempts)


def takes(work: Work, event: StepOutcome, *, is_late: bool) -> bool:
    """Tell whether the outcome is news: of two outcomes of an attempt the first stands.

    `is_late`: the run has failed in the meantime, which has stopped the attempt on paper only.
    """
    if event.attempt > work.attempt:
        return work.status in {"waiting", "awaiting_approval", "failed"} and not is_late
    at_work = work.status == "running" or (is_late and work.status == "cancelled")
    return at_work and event.attempt == work.attempt


def moved(counts: Instances, old: StepStatus | None, new: StepStatus) -> Instances:
    """Count an instance that stood like `old`, None when it was not counted, as `new`."""
    if old in _COUNTED:
        counts = replace(counts, **{old: getattr(counts, old) - 1})
    if new in _COUNTED:
        counts = replace(counts, **{new: getattr(counts, new) + 1})
    return counts


def _before(attempts: tuple[Attempt, ...], attempt: int) -> tuple[Attempt, ...]:
    return attempts[:-1] if attempts and attempts[-1].attempt == attempt else attempts
