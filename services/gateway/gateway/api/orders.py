"""Ask for a run, or for what it would do and cost."""

import asyncio
from http import HTTPStatus

import uuid_utils
from fastapi import APIRouter, Response
from loguru import logger

from agentkit import failpoints
from gateway import intake
from gateway.api.injected import LogKits
from gateway.api.keyed import IdempotencyKey, answered_once
from gateway.api.planning import plan_of
from gateway.api.problems import PROBLEMS, ProblemError, not_found, unprocessable
from gateway.api.request_id import request_id
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.api.views import Accepted, Plan
from gateway.drafting import UnknownNameError, drafted, looked_up
from gateway.intake import OrderError, RunOrder
from gateway.once import digest_of

ACCEPT_TIMEOUT_S = 8
REFUSALS = (
    "unknown-channel",
    "unknown-pipeline",
    "pipeline-unusable",
    "nothing-to-review",
    "request-too-large",
    "revision-not-taken",
    "unknown-agent",
    "unknown-task",
)
"""Kinds of problems of an order that cannot be met."""

router = APIRouter(prefix="/api/v1/pipeline", tags=["runs"], route_class=GuardedRoute)


@router.post(
    "/run",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS["not-yourself", "invalid-request", "idempotency-key-reused", *REFUSALS],
)
async def start_run(
    kit: LogKits, caller: Callers, order: RunOrder, response: Response, key: IdempotencyKey
) -> Accepted:
    """Accept a run. It is on the log when this returns, and nothing will lose it."""
    order = caller.signed(order)

    async def make(run_id: str) -> Accepted:
        draft = await drafted(kit, order)
        mine = {"run_id": run_id, "request_id": request_id.get()}
        await intake.accept(kit.connection, draft.model_copy(update=mine))
        return Accepted(run_id=run_id)

    digest, new_id = digest_of("run", order) if key else "", str(uuid_utils.uuid7())
    await failpoints.reach("gateway.before", key.text or new_id)
    try:
        async with asyncio.timeout(ACCEPT_TIMEOUT_S):
            accepted = await answered_once(kit, key, digest, Accepted, make, new_id=new_id)
    except OrderError as error:
        raise refused(error) from error
    logger.info("run accepted", run_id=accepted.run_id, channel_id=order.channel_id)
    response.headers["Location"] = f"/api/v1/pipeline/runs/{accepted.run_id}"
    return accepted


@router.post(
    "/plan",
    dependencies=[needs("run")],
    responses=PROBLEMS[
        "invalid-request", "unknown-channel", "unknown-pipeline", "pipeline-unusable"
    ],
)
async def plan_run(kit: LogKits, order: RunOrder) -> Plan:
    """Tell the steps, the models and the expected cost of a run; starts nothing."""
    try:
        channel, pipeline = await looked_up(kit, order)
    except OrderError as error:
        raise refused(error) from error
    return await plan_of(kit.connection, kit.pool, intake.brief_of(order, channel), pipeline)


def refused(error: OrderError) -> ProblemError:
    is_unknown = isinstance(error, UnknownNameError)
    return (not_found if is_unknown else unprocessable)(error.kind, str(error))
