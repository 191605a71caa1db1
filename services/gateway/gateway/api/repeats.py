"""Start an ended run again: all of it that is missing, or from one step on."""

import asyncio
from http import HTTPStatus

import uuid_utils
from fastapi import APIRouter, Response
from loguru import logger
from pydantic import BaseModel

from gateway import intake, repeating
from gateway.api.injected import LogKits, RunIds, unknown_run
from gateway.api.keyed import IdempotencyKey, answered_once
from gateway.api.problems import PROBLEMS, ProblemError, conflict, unprocessable
from gateway.api.request_id import request_id
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.intake import OrderError
from gateway.kit import Kit
from gateway.once import RequestKey, digest_of
from gateway.repeating import RerunOrder, RetryOrder, UnreadableError
from gateway.repeats import NotRetriableError, RepeatError, UnderWayError
from gateway.state import RunStatus

REPEAT_TIMEOUT_S = 8
RETRY_REFUSALS = (
    "not-yourself",
    "unknown-run",
    "run-not-failed",
    "invalid-request",
    "idempotency-key-reused",
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
async def retry_run(  # noqa: PLR0913, PLR0917 -- FastAPI gives each by its name
    kit: LogKits,
    caller: Callers,
    run_id: RunIds,
    response: Response,
    key: IdempotencyKey,
    order: RetryOrder | None = None,
) -> Repeated:
    """Go on where a failed or cancelled run got to, as a new run.

    What its steps gave is taken over, and no call that was paid for is made again. Asked again it
    answers with the same run.
    """
    return await retried(kit, run_id, caller.signed(order or RetryOrder()), response, key)


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
    key: IdempotencyKey,
) -> Repeated:
    """Run one step of an ended run and all behind it again, as a new run.

    The outputs of the other steps are taken over, as they were or with `edits`.
    """
    order = caller.signed(order)

    async def make(child_id: str) -> Repeated:
        draft = await repeating.rerun_draft(
            kit.connection, run_id, order, request_id=request_id.get()
        )
        if draft is None:
            raise unknown_run(run_id)
        await intake.accept(kit.connection, draft.model_copy(update={"run_id": child_id}))
        return Repeated(run_id=child_id, status="pending", parent_run_id=run_id)

    digest, new_id = digest_of(f"rerun {run_id}", order), str(uuid_utils.uuid7())
    try:
        async with asyncio.timeout(REPEAT_TIMEOUT_S):
            child = await answered_once(kit, key, digest, Repeated, make, new_id=new_id)
    except UnderWayError as error:
        raise conflict(error.kind, str(error)) from error
    except (RepeatError, OrderError) as error:
        raise unprocessable(error.kind, str(error)) from error
    except UnreadableError as error:
        raise _unreadable(run_id, error) from error
    return _accepted(child, response)


async def retried(
    kit: Kit, run_id: str, order: RetryOrder, response: Response, key: RequestKey
) -> Repeated:
    """Answer with the retry of a run, started now or before."""

    async def make(_: str) -> Repeated:
        child = await repeating.retry(kit.connection, run_id, order, request_id=request_id.get())
        if child is None:
            raise unknown_run(run_id)
        child_id, status = child
        return Repeated(run_id=child_id, status=status, parent_run_id=run_id)

    digest = digest_of(f"retry {run_id}", order)
    try:
        async with asyncio.timeout(REPEAT_TIMEOUT_S):
            child = await answered_once(kit, key, digest, Repeated, make)
    except NotRetriableError as error:
        raise conflict(error.kind, str(error)) from error
    except OrderError as error:
        raise unprocessable(error.kind, str(error)) from error
    return _accepted(child, response)


def _accepted(child: Repeated, response: Response) -> Repeated:
    logger.info("repetition accepted", run_id=child.run_id, parent_run_id=child.parent_run_id)
    response.headers["Location"] = f"/api/v1/pipeline/runs/{child.run_id}"
    return child


def _unreadable(run_id: str, error: UnreadableError) -> ProblemError:
    return unprocessable(
        "unreadable-artifact",
        f"{str(error)!r} of run {run_id} is lost or too large to be edited: "
        "rerun from an earlier step instead",
    )
