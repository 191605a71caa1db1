"""Dead letters: attempts that an agent never ended, and starting their runs again."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from agentkit.dead import DeadLetter
from gateway import dead
from gateway.api.injected import SHOWN_CHARS, LogKits
from gateway.api.keyed import IdempotencyKey
from gateway.api.problems import PROBLEMS, ProblemError, not_found
from gateway.api.repeats import RETRY_REFUSALS, Repeated, retried
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.kit import Kit
from gateway.repeating import RetryOrder

ID_DIGITS = 18

router = APIRouter(prefix="/api/v1/dead", tags=["dead letters"], route_class=GuardedRoute)


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


@router.get("", dependencies=[needs("read")])
async def list_dead_letters(
    kit: LogKits, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> DeadPage:
    """List dead letters, newest first."""
    letters = await dead.newest(kit.connection, limit)
    return DeadPage(items=tuple(DeadView.model_validate(letter) for letter in letters))


@router.get("/{dead_id}", dependencies=[needs("read")], responses=PROBLEMS["unknown-dead-letter"])
async def show_dead_letter(kit: LogKits, dead_id: str) -> DeadView:
    """Tell everything about one dead letter."""
    return DeadView.model_validate(await _found(kit, dead_id))


@router.post(
    "/{dead_id}/redrive",
    dependencies=[needs("run")],
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS["unknown-dead-letter", *RETRY_REFUSALS],
)
async def redrive_dead_letter(
    kit: LogKits, caller: Callers, dead_id: str, response: Response, key: IdempotencyKey
) -> Repeated:
    """Retry the failed run of a dead letter. Asked twice, it answers with the same run."""
    letter = await _found(kit, dead_id)
    return await retried(kit, letter.run_id, caller.signed(RetryOrder()), response, key)
