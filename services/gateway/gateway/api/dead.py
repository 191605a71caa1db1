"""Dead letters: attempts that an agent never ended, and starting their runs again."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response
from loguru import logger
from pydantic import AwareDatetime, BaseModel, ConfigDict

from agentkit.dead import DeadLetter
from gateway import dead
from gateway.api.injected import SHOWN_CHARS, LogKits
from gateway.api.problems import PROBLEMS, ProblemError, not_found
from gateway.api.request_id import request_id
from gateway.api.views import Accepted
from gateway.dead import NotFailedError
from gateway.kit import Kit

REDRIVE_TIMEOUT_S = 8
ID_DIGITS = 18

router = APIRouter(prefix="/api/v1/dead", tags=["dead letters"])


class DeadView(BaseModel):
    """`id` is the letter's number for `yaa dead`; `reason` is a sentence for a person."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: AwareDatetime
    run_id: str
    step: str
    attempt: int
    agent: str
    deliveries: int
    reason: str


class DeadPage(BaseModel):
    items: tuple[DeadView, ...]


def _unknown(given: str) -> ProblemError:
    shown = given if len(given) <= SHOWN_CHARS else f"{given[:SHOWN_CHARS]}…"
    return not_found(
        "unknown-dead-letter", f"there is no dead letter {shown!r}: yaa dead list has their ids"
    )


async def _found(kit: Kit, dead_id: str) -> DeadLetter:
    is_number = dead_id.isascii() and dead_id.isdigit() and len(dead_id) <= ID_DIGITS
    sequence = int(dead_id) if is_number else 0
    if not sequence:
        raise _unknown(dead_id)
    letter = await dead.find(kit.connection, sequence)
    if letter is None:
        raise _unknown(dead_id)
    return letter


@router.get("")
async def list_dead(kit: LogKits, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> DeadPage:
    """List dead letters, newest first."""
    letters = await dead.newest(kit.connection, limit)
    return DeadPage(items=tuple(DeadView.model_validate(letter) for letter in letters))


@router.get("/{dead_id}", responses=PROBLEMS[404])
async def show_dead(kit: LogKits, dead_id: str) -> DeadView:
    """Tell everything about one dead letter."""
    return DeadView.model_validate(await _found(kit, dead_id))


@router.post("/{dead_id}/redrive", status_code=HTTPStatus.ACCEPTED, responses=PROBLEMS[404, 409])
async def redrive(kit: LogKits, dead_id: str, response: Response) -> Accepted:
    """Start the failed run again as a new one. Asked twice, it answers with the same run."""
    letter = await _found(kit, dead_id)
    try:
        async with asyncio.timeout(REDRIVE_TIMEOUT_S):
            run_id = await dead.redrive(kit.connection, letter, request_id=request_id.get())
    except NotFailedError as error:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            "run-not-failed",
            f"run {letter.run_id!r} of dead letter {letter.id} has not failed, there is nothing "
            f"to start again: yaa show {letter.run_id} tells where it stands",
        ) from error
    logger.info("dead letter redriven", run_id=run_id, dead_letter=letter.id)
    response.headers["Location"] = f"/api/v1/pipeline/runs/{run_id}"
    return Accepted(run_id=run_id)
