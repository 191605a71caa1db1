"""Ask for a run, or for what it would do and cost."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response
from loguru import logger

from gateway import intake
from gateway.api.injected import LogKits
from gateway.api.planning import plan_of
from gateway.api.problems import PROBLEMS, ProblemError, not_found, unprocessable
from gateway.api.request_id import request_id
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.api.views import Accepted, Plan
from gateway.drafting import UnknownNameError, drafted, looked_up
from gateway.intake import KeyReusedError, OrderError, RunOrder

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

type IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="The same order with the same key is one run, for a day.",
    ),
]


@router.post(
    "/run",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS["not-yourself", "invalid-request", "idempotency-key-reused", *REFUSALS],
)
async def start_run(
    kit: LogKits, caller: Callers, order: RunOrder, response: Response, key: IdempotencyKey = ""
) -> Accepted:
    """Accept a run. It is on the log when this returns, and nothing will lose it."""
    order = caller.signed(order)
    try:
        async with asyncio.timeout(ACCEPT_TIMEOUT_S):
            draft = await drafted(kit, order)
            draft = draft.model_copy(update={"request_id": request_id.get()})
            run_id = await intake.accept(kit.connection, draft, key=key, digest=order.digest())
    except OrderError as error:
        raise refused(error) from error
    except KeyReusedError as error:
        raise refused_key(key) from error
    logger.info("run accepted", run_id=run_id, channel_id=order.channel_id)
    response.headers["Location"] = f"/api/v1/pipeline/runs/{run_id}"
    return Accepted(run_id=run_id)


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
    return await plan_of(kit.connection, intake.brief_of(order, channel), pipeline)


def refused(error: OrderError) -> ProblemError:
    is_unknown = isinstance(error, UnknownNameError)
    return (not_found if is_unknown else unprocessable)(error.kind, str(error))


def refused_key(key: str) -> ProblemError:
    return unprocessable(
        "idempotency-key-reused",
        f"the Idempotency-Key {key!r} stands for another order: use a new key, "
        "or send the order it was first used for",
    )
