"""Asking a run to stop: once, and only while it can."""

from datetime import UTC, datetime

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict

from agentkit.nats import append, read_run
from contracts.events import CancelRequested, RunEvent
from gateway.fold import RunState, fold
from gateway.text import Reason

LOOKS = 16
APPEND_TIMEOUT_S = 1.0


class CancelOrder(BaseModel):
    """`reason` is shown to whoever looks at the run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "the topic was wrong"}]}
    )

    reason: Reason = ""


class RunEndedError(Exception):
    """The run has ended otherwise; its argument is how."""


async def cancel(connection: Client, run_id: str, reason: str) -> RunState | None:
    """Ask for the end of a run and return how it stood; None when there is no such run.

    The request is on the log only when the run had not ended: the orchestrator ends a run by
    the same rule, so a run that was asked to stop in time is cancelled and nothing else. One that
    was asked before is not asked again.

    Raises:
        RunEndedError: it completed or failed.
        TimeoutError, nats.errors.Error: the log does not answer, or the run moves on faster
            than it can be read; the same request may be sent again.
    """
    for _ in range(LOOKS):
        history = await read_run(connection, run_id)
        run = _folded([event for _, event in history])
        if run is None:
            return None
        if run.status in {"completed", "failed"}:
            raise RunEndedError(run.status)
        if any(isinstance(event, CancelRequested) for _, event in history):
            return run
        request = CancelRequested(run_id=run_id, at=datetime.now(UTC), reason=reason)
        last_seq = history[-1][0]
        if await append(
            connection.jetstream(),
            request,
            timeout_s=APPEND_TIMEOUT_S,
            expected_last_seq=last_seq,
        ):
            return run
    raise TimeoutError(f"run {run_id} went on {LOOKS} times while it was to be cancelled")


def _folded(events: list[RunEvent]) -> RunState | None:
    run: RunState | None = None
    for event in events:
        run = fold(run, event)
    return run
