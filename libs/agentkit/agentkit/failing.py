"""What is recorded of an attempt that failed: why, and when it may be tried again."""

from datetime import UTC, datetime

from loguru import logger
from pydantic import ValidationError

from agentkit.errors import StepRejectedError, TryLaterError, reasons
from contracts import subjects
from contracts.calls import Incident
from contracts.events import StepError, StepFailed, StepRequested

MESSAGE_MAX_CHARS = 500
RETRY_AFTER_MAX_S = 3600.0


def failed(
    request: StepRequested,
    error: Exception,
    duration_ms: int = 0,
    *,
    simulated: bool = False,
    incidents: tuple[Incident, ...] = (),
) -> StepFailed:
    """Return what is recorded of an attempt that ended with `error`."""
    retryable = not isinstance(error, StepRejectedError)
    message = _sentence_of(error)
    if isinstance(error, TimeoutError) and not message:
        message = f"no result in {request.timeout_s:g} s: raise the step's timeout_s or look at why"
    logger.opt(exception=error if retryable else None).warning(
        "step failed", error=type(error).__name__, retryable=retryable
    )
    return StepFailed(
        run_id=request.run_id,
        at=datetime.now(UTC),
        step=request.step,
        attempt=request.attempt,
        agent=request.agent,
        error=StepError(
            error=type(error).__name__,
            message=message or type(error).__name__,
            retryable=retryable,
            retry_after_s=_rest_of(error),
            step=request.step,
            attempt=request.attempt,
            agent=request.agent,
        ),
        duration_ms=duration_ms,
        simulated=simulated,
        incidents=incidents,
    )


def rejected(request: StepRequested, message: str) -> StepFailed:
    """Return the outcome of a request that no handler can take."""
    return failed(request, StepRejectedError(message))


def unreadable(subject: str) -> StepFailed:
    """Return the outcome of a request of which only the subject can be read.

    Raises:
        ValueError: not even that.
    """
    request = _requested_by(subject)
    agent = request.agent
    return rejected(request, f"agent {agent!r} cannot read {subject}: update it to this release")


def unreadable_outcome(subject: str) -> StepFailed:
    """Return what an outcome is of which only the subject can be read.

    Raises:
        ValueError: not even that.
    """
    request = _requested_by(subject)
    message = f"what agent {request.agent!r} wrote on {subject} is no outcome: look at its log"
    return rejected(request, message)


def _requested_by(subject: str) -> StepRequested:
    run_id, step, attempt, agent = subjects.requested_by(subject)
    return StepRequested(
        run_id=run_id,
        at=datetime.now(UTC),
        step=step,
        attempt=attempt,
        agent=agent,
        task=step,
        inputs={},
        timeout_s=0,
    )


def _rest_of(error: Exception) -> float:
    """Return how long the next attempt has to wait: what is asked for does not bind for ever."""
    rest_s = error.retry_after_s if isinstance(error, TryLaterError) else 0
    return round(min(rest_s, RETRY_AFTER_MAX_S), 3)


def _sentence_of(error: Exception) -> str:
    """Return what an error says, on one line; of what did not validate only the reasons."""
    text = reasons(error) if isinstance(error, ValidationError) else str(error)
    # a file's name, say, may hold what is no text and could not be recorded
    text = text.encode(errors="replace").decode()
    return " ".join(text.split())[:MESSAGE_MAX_CHARS]
