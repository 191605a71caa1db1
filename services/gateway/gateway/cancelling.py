"""Asking a run to stop: once, and only while it can."""

from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict

from contracts.events import CancelRequested, RunEvent
from gateway.state import RunState
from gateway.steering import refuse_ended, steer
from gateway.text import Person, Reason


class CancelOrder(BaseModel):
    """`reason` is shown to whoever looks at the run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "the topic was wrong"}]}
    )

    reason: Reason = ""
    requested_by: Person = ""


async def cancel(connection: Client, run_id: str, order: CancelOrder) -> RunState | None:
    """Ask for the end of a run and return how it stands; None when there is no such run.

    The orchestrator ends a run by the same rule, so a run that was asked to stop in time is
    cancelled and nothing else. One that was asked before is not asked again.

    Raises:
        RunEndedError: it completed or failed.
        TimeoutError, nats.errors.Error: as of `steer`.
    """

    def wanted(run: RunState, events: Sequence[RunEvent]) -> RunEvent | None:
        if run.status != "cancelled":
            refuse_ended(run)
        if any(isinstance(event, CancelRequested) for event in events):
            return None
        return CancelRequested(
            run_id=run_id,
            at=datetime.now(UTC),
            reason=order.reason,
            requested_by=order.requested_by,
        )

    return await steer(connection, run_id, wanted)
