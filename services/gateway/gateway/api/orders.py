"""Ask for a run, for what it would do and cost, or for its end."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response
from loguru import logger

from contracts.loader import PipelineError, UnknownPipelineError, load_named
from contracts.pipeline import Pipeline
from gateway import intake, store
from gateway.api.injected import Kits, RunIds, unknown_run
from gateway.api.planning import plan_of
from gateway.api.problems import PROBLEMS, away, conflict, not_found, unprocessable
from gateway.api.request_id import request_id
from gateway.api.views import Accepted, CancelAccepted, Plan
from gateway.cancelling import CancelOrder, RunEndedError, cancel
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
async def run(kit: Kits, order: RunOrder, response: Response, key: IdempotencyKey = "") -> Accepted:
    """Accept a run. It is on the log when this returns, and nothing will lose it."""
    channel, pipeline = await _looked_up(kit, order)
    if not kit.connection.is_connected:
        raise away("the event log")
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
async def plan(kit: Kits, order: RunOrder) -> Plan:
    """Tell the steps, the models and the expected cost of a run; starts nothing."""
    channel, pipeline = await _looked_up(kit, order)
    if not kit.connection.is_connected:
        raise away("the event log")
    return await plan_of(kit.connection, order.topic, channel.channel_id, pipeline)


@router.post("/runs/{run_id}/cancel", status_code=HTTPStatus.ACCEPTED, responses=PROBLEMS[404, 409])
async def cancel_run(kit: Kits, run_id: RunIds, order: CancelOrder | None = None) -> CancelAccepted:
    """Stop a run. The agents at work on it are told; what was paid for stays on the bill.

    Asked again it is the same as asked once. A run that completed or failed is refused.
    """
    reason = "" if order is None else order.reason
    if not kit.connection.is_connected:
        raise away("the event log")
    try:
        async with asyncio.timeout(ACCEPT_TIMEOUT_S):
            run = await cancel(kit.connection, run_id, reason)
    except RunEndedError as error:
        raise conflict(
            "run-ended", f"run {run_id} has {error} already: only a run under way can be cancelled"
        ) from error
    if run is None:
        raise unknown_run(run_id)
    logger.info("cancel accepted", run_id=run_id)
    return CancelAccepted(run_id=run_id, status=run.status)


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
