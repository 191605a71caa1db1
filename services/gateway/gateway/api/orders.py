"""Ask for a run, or for what it would do and cost."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response
from loguru import logger

from contracts.loader import PipelineError, UnknownPipelineError, load_named
from contracts.pipeline import Pipeline
from gateway import intake, store
from gateway.api.injected import LogKits
from gateway.api.planning import plan_of
from gateway.api.problems import PROBLEMS, not_found, unprocessable
from gateway.api.request_id import request_id
from gateway.api.views import Accepted, Plan
from gateway.intake import Channel, KeyReusedError, OrderError, RunOrder
from gateway.kit import Kit

ACCEPT_TIMEOUT_S = 8

router = APIRouter(prefix="/api/v1/pipeline", tags=["runs"])

type IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="The same order with the same key is one run, for a day.",
    ),
]


@router.post("/run", status_code=HTTPStatus.ACCEPTED, responses=PROBLEMS[404])
async def run(
    kit: LogKits, order: RunOrder, response: Response, key: IdempotencyKey = ""
) -> Accepted:
    """Accept a run. It is on the log when this returns, and nothing will lose it."""
    channel, pipeline = await _looked_up(kit, order)
    try:
        async with asyncio.timeout(ACCEPT_TIMEOUT_S):
            await intake.refuse_unusable(kit.connection, order, pipeline)
            draft = await intake.draft_of(kit.artifacts, order, channel, pipeline)
            draft = draft.model_copy(update={"request_id": request_id.get()})
            run_id = await intake.accept(kit.connection, draft, key=key, digest=order.digest())
    except OrderError as error:
        raise unprocessable(error.kind, str(error)) from error
    except KeyReusedError as error:
        raise unprocessable(
            "idempotency-key-reused",
            f"the Idempotency-Key {key!r} stands for another order: use a new key, "
            "or send the order it was first used for",
        ) from error
    logger.info("run accepted", run_id=run_id, channel_id=order.channel_id)
    response.headers["Location"] = f"/api/v1/pipeline/runs/{run_id}"
    return Accepted(run_id=run_id)


@router.post("/plan", responses=PROBLEMS[404])
async def plan(kit: LogKits, order: RunOrder) -> Plan:
    """Tell the steps, the models and the expected cost of a run; starts nothing."""
    channel, pipeline = await _looked_up(kit, order)
    return await plan_of(kit.connection, order.topic, channel.channel_id, pipeline)


async def _looked_up(kit: Kit, order: RunOrder) -> tuple[Channel, Pipeline]:
    row = await store.find_channel(kit.pool, order.channel_id)
    if row is None:
        known = ", ".join(row["channel_id"] for row in await store.list_channels(kit.pool))
        raise not_found(
            "unknown-channel",
            f"there is no channel {order.channel_id!r}: use one of {known}, or create it",
        )
    try:
        pipeline = await asyncio.to_thread(load_named, kit.settings.pipelines_dir, order.pipeline)
    except UnknownPipelineError as error:
        raise not_found("unknown-pipeline", str(error)) from error
    except PipelineError as error:
        raise unprocessable("pipeline-unusable", str(error)) from error
    return Channel.model_validate(dict(row)), pipeline
