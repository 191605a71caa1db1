"""Stop, hold up and let go on a run that is under way."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus

from fastapi import APIRouter
from loguru import logger
from pydantic import BaseModel

from gateway.api.injected import LogKits, RunIds, unknown_run
from gateway.api.problems import PROBLEMS, ProblemError, conflict
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.cancelling import CancelOrder, cancel
from gateway.pausing import PauseOrder, ResumeOrder, pause, resume
from gateway.state import RunState, RunStatus
from gateway.steering import RunEndedError

CONTROL_TIMEOUT_S = 8

router = APIRouter(prefix="/api/v1/pipeline/runs/{run_id}", tags=["runs"], route_class=GuardedRoute)


class Heeded(BaseModel):
    """`status` is how the run stands right now: what was asked for follows in a moment."""

    run_id: str
    status: RunStatus


@router.post(
    "/cancel",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS["not-yourself", "unknown-run", "run-ended"],
)
async def cancel_run(
    kit: LogKits, caller: Callers, run_id: RunIds, order: CancelOrder | None = None
) -> Heeded:
    """Stop a run. The agents at work on it are told; what was paid for stays on the bill.

    Asked again it is the same as asked once. A run that completed or failed is refused.
    """
    asked = cancel(kit.connection, run_id, caller.signed(order or CancelOrder()))
    return await _heeded(run_id, "cancelled", asked)


@router.post(
    "/pause",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS["not-yourself", "unknown-run", "run-ended"],
)
async def pause_run(
    kit: LogKits, caller: Callers, run_id: RunIds, order: PauseOrder | None = None
) -> Heeded:
    """Hold a run up: steps at work end, nothing new is begun. Its deadline goes on.

    Asked again it is the same as asked once. A run that has ended is refused.
    """
    asked = pause(kit.connection, run_id, caller.signed(order or PauseOrder()))
    return await _heeded(run_id, "paused", asked)


@router.post(
    "/resume",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS["not-yourself", "unknown-run", "run-ended"],
)
async def resume_run(
    kit: LogKits, caller: Callers, run_id: RunIds, order: ResumeOrder | None = None
) -> Heeded:
    """Let a paused run go on where it was. A run that is not paused stays as it is."""
    asked = resume(kit.connection, run_id, caller.signed(order or ResumeOrder()))
    return await _heeded(run_id, "resumed", asked)


async def _heeded(run_id: str, done: str, asked: Awaitable[RunState | None]) -> Heeded:
    try:
        async with asyncio.timeout(CONTROL_TIMEOUT_S):
            run = await asked
    except RunEndedError as error:
        raise ended(run_id, done, error) from error
    if run is None:
        raise unknown_run(run_id)
    logger.info("control accepted", run_id=run_id, wanted=done)
    return Heeded(run_id=run_id, status=run.status)


def ended(run_id: str, done: str, error: RunEndedError) -> ProblemError:
    """Say that a run has ended, and how, so that nothing more can be done with it."""
    how = "been cancelled" if str(error) == "cancelled" else str(error)
    return conflict(
        "run-ended", f"run {run_id} has {how} already: only a run under way can be {done}"
    )
