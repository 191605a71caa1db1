"""Start an ended run again: all of it that is missing, or from one step on."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Response
from loguru import logger
from pydantic import BaseModel

from gateway import intake, repeating
from gateway.api.injected import LogKits, RunIds, unknown_run
from gateway.api.orders import IdempotencyKey, refused_key
from gateway.api.problems import PROBLEMS, ProblemError, conflict, unprocessable
from gateway.api.request_id import request_id
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.intake import KeyReusedError, OrderError
from gateway.kit import Kit
from gateway.repeating import RerunOrder, RetryOrder, UnreadableError
from gateway.repeats import NotRetriableError, RepeatError, UnderWayError
from gateway.state import RunStatus

REPEAT_TIMEOUT_S = 8
RETRY_REFUSALS = (
    "not-yourself",
    "unknown-run",
    "run-not-failed",
    "invalid-request",
    "request-too-large",
)
RERUN_REFUSALS = (
    "not-yourself",
    "unknown-run",
    "run-under-way",
    "invalid-request",
    "idempotency-key-reused",
    "invalid-edit",
    "request-too-large",
    "rerun-impossible",
    "unreadable-artifact",
)

router = APIRouter(prefix="/api/v1/pipeline/runs/{run_id}", tags=["runs"], route_class=GuardedRoute)


class Repeated(BaseModel):
    """`run_id` is the new run. Its `status` is pending unless it was started before."""

    run_id: str
    status: RunStatus
    parent_run_id: str


@router.post(
    "/retry",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS[*RETRY_REFUSALS],
)
async def retry_run(
    kit: LogKits,
    caller: Callers,
    run_id: RunIds,
    response: Response,
    order: RetryOrder | None = None,
) -> Repeated:
    """Go on where a failed or cancelled run got to, as a new run.

    What its steps gave is taken over, and no call that was paid for is made again. Asked again it
    answers with the same run.
    """
    return await retried(kit, run_id, caller.signed(order or RetryOrder()), response)


@router.post(
    "/rerun",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS[*RERUN_REFUSALS],
)
async def rerun_run(  # noqa: PLR0913, PLR0917 -- FastAPI gives each by its name
    kit: LogKits,
    caller: Callers,
    run_id: RunIds,
    order: RerunOrder,
    response: Response,
    key: IdempotencyKey = "",
) -> Repeated:
    """Run one step of an ended run and all behind it again, as a new run.

    The outputs of the other steps are taken over, as they were or with `edits`.
    """
    order = caller.signed(order)
    try:
        async with asyncio.timeout(REPEAT_TIMEOUT_S):
            draft = await repeating.rerun_draft(
                kit.connection, run_id, order, request_id=request_id.get()
            )
            if draft is None:
                raise unknown_run(run_id)
            digest = order.digest(run_id)
            child_id = await intake.accept(kit.connection, draft, key=key, digest=digest)
    except UnderWayError as error:
        raise conflict(error.kind, str(error)) from error
    except (RepeatError, OrderError) as error:
        raise unprocessable(error.kind, str(error)) from error
    except UnreadableError as error:
        raise _unreadable(run_id, error) from error
    except KeyReusedError as error:
        raise refused_key(key) from error
    return _accepted(response, child_id, "pending", run_id)


async def retried(kit: Kit, run_id: str, order: RetryOrder, response: Response) -> Repeated:
    """Answer with the retry of a run, started now or before."""
    try:
        async with asyncio.timeout(REPEAT_TIMEOUT_S):
            child = await repeating.retry(
                kit.connection, run_id, order, request_id=request_id.get()
            )
    except NotRetriableError as error:
        raise conflict(error.kind, str(error)) from error
    except OrderError as error:
        raise unprocessable(error.kind, str(error)) from error
    if child is None:
        raise unknown_run(run_id)
    return _accepted(response, *child, run_id)


def _accepted(response: Response, child_id: str, status: RunStatus, run_id: str) -> Repeated:
    logger.info("repetition accepted", run_id=child_id, parent_run_id=run_id)
    response.headers["Location"] = f"/api/v1/pipeline/runs/{child_id}"
    return Repeated(run_id=child_id, status=status, parent_run_id=run_id)


def _unreadable(run_id: str, error: UnreadableError) -> ProblemError:
    return unprocessable(
        "unreadable-artifact",
        f"{str(error)!r} of run {run_id} is lost or too large to be edited: "
        "rerun from an earlier step instead",
    )
