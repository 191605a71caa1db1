"""Holding a run up and letting it go on: each pause has one end."""

from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict

from contracts.events import RunEvent, RunPaused, RunResumed
from gateway.state import RunState
from gateway.steering import refuse_ended, steer
from gateway.text import Person, Reason


class PauseOrder(BaseModel):
    """`reason` is shown to whoever looks at the run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "the prices are being checked"}]}
    )

    reason: Reason = ""
    requested_by: Person = ""


class ResumeOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requested_by: Person = ""


async def pause(connection: Client, run_id: str, order: PauseOrder) -> RunState | None:
    """Let a run request nothing new; None when there is no such run.

    One that is paused stays as it is.

    Raises:
        RunEndedError: it has ended.
        TimeoutError, nats.errors.Error: as of `steer`.
    """

    def wanted(run: RunState, _: Sequence[RunEvent]) -> RunEvent | None:
        refuse_ended(run)
        if run.paused:
            return None
        return RunPaused(
            run_id=run_id,
            at=datetime.now(UTC),
            n=1 if run.pause is None else run.pause.n + 1,
            reason=order.reason,
            requested_by=order.requested_by,
        )

    return await steer(connection, run_id, wanted)


async def resume(connection: Client, run_id: str, order: ResumeOrder) -> RunState | None:
    """Let a paused run go on; None when there is no such run.

    One that is not paused stays as it is.

    Raises:
        RunEndedError: it has ended.
        TimeoutError, nats.errors.Error: as of `steer`.
    """

    def wanted(run: RunState, _: Sequence[RunEvent]) -> RunEvent | None:
        refuse_ended(run)
        if run.pause is None or not run.paused:
            return None
        by = order.requested_by
        return RunResumed(run_id=run_id, at=datetime.now(UTC), n=run.pause.n, requested_by=by)

    return await steer(connection, run_id, wanted)
