"""Schedules: runs that are asked for at times to come."""

import asyncio
import secrets
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from loguru import logger

from gateway import database, schedules, store
from gateway.api.injected import SHOWN_CHARS, LogKits, is_name
from gateway.api.keyed import IdempotencyKey, answered_once
from gateway.api.orders import REFUSALS, refused
from gateway.api.problems import PROBLEMS, ProblemError, conflict, not_found, unprocessable
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.api.schedule_views import ScheduleDraft, SchedulePage, ScheduleView, view_of
from gateway.drafting import looked_up
from gateway.intake import OrderError
from gateway.kit import Kit
from gateway.once import KeyReusedError, RequestKey, digest_of
from gateway.schedules import Kept, PassedError, RefusedError
from gateway.state import RunStatus
from gateway.usable import refuse_unusable

TIMEOUT_S = 8
CREATE_REFUSALS = (
    "not-yourself",
    "schedule-exists",
    "invalid-request",
    "idempotency-key-reused",
    "schedule-refused",
    "time-not-ahead",
    "time-skipped",
    "time-too-far",
    *REFUSALS,
)
PAUSE_REFUSALS = ("unknown-schedule", "time-passed", "schedule-refused")

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"], route_class=GuardedRoute)


def _unknown(given: str) -> ProblemError:
    shown = given if len(given) <= SHOWN_CHARS else f"{given[:SHOWN_CHARS]}…"
    return not_found(
        "unknown-schedule", f"there is no schedule {shown!r}: yaa schedule list has their ids"
    )


async def _possible_id(schedule_id: str) -> str:
    """Refuse what no schedule can be called: it would be part of a subject."""
    if not is_name(schedule_id):
        raise _unknown(schedule_id)
    return schedule_id


type ScheduleIds = Annotated[str, Depends(_possible_id)]


@router.post(
    "",
    dependencies=[needs("run")],
    status_code=HTTPStatus.CREATED,
    responses=PROBLEMS[*CREATE_REFUSALS],
)
async def create_schedule(
    kit: LogKits,
    caller: Callers,
    draft: ScheduleDraft,
    response: Response,
    key: IdempotencyKey,
) -> ScheduleView:
    """Keep a schedule. What it asks for is looked up now, and again each time that it runs."""
    draft = draft.model_copy(update={"order": caller.signed(draft.order)})

    async def make(schedule_id: str) -> ScheduleView:
        wanted = draft.schedule(schedule_id, datetime.now(UTC), made_under=key.made_under)
        _, pipeline = await looked_up(kit, draft.order)
        await refuse_unusable(kit, draft.order, pipeline)
        other = await schedules.create(kit.connection, wanted)
        if other is not None and not (key and other.schedule.made_under == wanted.made_under):
            raise _taken(draft, wanted.id, key)
        logger.info("schedule created", schedule=wanted.id)
        return await show_schedule(kit, wanted.id)

    digest, new_id = digest_of("schedule", draft), draft.id or _id_of(key)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            view = await answered_once(kit, key, digest, ScheduleView, make, new_id=new_id)
    except OrderError as error:
        raise refused(error) from error
    except RefusedError as error:
        raise unprocessable("schedule-refused", str(error)) from error
    response.headers["Location"] = f"/api/v1/schedules/{view.id}"
    return view


@router.get("", dependencies=[needs("read")])
async def list_schedules(
    kit: LogKits, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> SchedulePage:
    """List schedules: those that run next first, then those that have nothing to come."""
    kept = await schedules.every(kit.connection)
    now = datetime.now(UTC)
    upcoming = sorted(
        ((each.next_at(now) or datetime.max.replace(tzinfo=UTC), each) for each in kept),
        key=lambda pair: (pair[0], pair[1].schedule.id),
    )
    items = await _views(kit, [each for _, each in upcoming[:limit]], now)
    return SchedulePage(items=items, total=len(kept))


@router.get("/{schedule_id}", dependencies=[needs("read")], responses=PROBLEMS["unknown-schedule"])
async def show_schedule(kit: LogKits, schedule_id: ScheduleIds) -> ScheduleView:
    """Tell everything about one schedule."""
    return await _view(kit, schedule_id, schedules.find(kit.connection, schedule_id))


@router.post(
    "/{schedule_id}/pause", dependencies=[needs("run")], responses=PROBLEMS[*PAUSE_REFUSALS]
)
async def pause_schedule(kit: LogKits, schedule_id: ScheduleIds) -> ScheduleView:
    """Let a schedule make no runs until it is resumed. Asked again it is the same."""
    return await _set_paused(kit, schedule_id, paused=True)


@router.post(
    "/{schedule_id}/resume", dependencies=[needs("run")], responses=PROBLEMS[*PAUSE_REFUSALS]
)
async def resume_schedule(kit: LogKits, schedule_id: ScheduleIds) -> ScheduleView:
    """Let a paused schedule go on. Times that passed meanwhile are not made up for."""
    return await _set_paused(kit, schedule_id, paused=False)


@router.delete(
    "/{schedule_id}",
    dependencies=[needs("run")],
    status_code=HTTPStatus.NO_CONTENT,
    responses=PROBLEMS["unknown-schedule"],
    response_class=Response,
)
async def remove_schedule(kit: LogKits, schedule_id: ScheduleIds) -> None:
    """Forget a schedule. Runs that it has asked for go on."""
    if await schedules.find(kit.connection, schedule_id) is None:
        raise _unknown(schedule_id)
    await schedules.remove(kit.connection, schedule_id)
    logger.info("schedule removed", schedule=schedule_id)


async def _set_paused(kit: Kit, schedule_id: str, *, paused: bool) -> ScheduleView:
    changed = schedules.set_paused(kit.connection, schedule_id, datetime.now(UTC), paused=paused)
    try:
        return await _view(kit, schedule_id, changed)
    except PassedError as error:
        raise conflict(
            "time-passed",
            f"the one time of schedule {schedule_id!r} has passed: remove it, or add another one",
        ) from error
    except RefusedError as error:
        raise unprocessable("schedule-refused", str(error)) from error


async def _view(kit: Kit, schedule_id: str, found: Awaitable[Kept | None]) -> ScheduleView:
    kept = await found
    if kept is None:
        raise _unknown(schedule_id)
    (view,) = await _views(kit, [kept], datetime.now(UTC))
    return view


async def _views(kit: Kit, kept: Sequence[Kept], now: datetime) -> tuple[ScheduleView, ...]:
    runs = [each.outcome.run_id for each in kept if each.outcome and each.outcome.run_id]
    statuses: dict[str, RunStatus] | None = None
    try:
        statuses = await store.statuses_of_runs(kit.pool, runs)
    except (*database.AWAY, TimeoutError) as error:
        logger.warning("runs of schedules not found", error=f"{type(error).__name__}: {error}")
    return tuple(view_of(each, now, statuses) for each in kept)


def _id_of(key: RequestKey) -> str:
    """Return an id for a schedule that has none: with a key it is always the same."""
    return f"s-{key.digest[:12] if key else secrets.token_hex(4)}"


def _taken(draft: ScheduleDraft, schedule_id: str, key: RequestKey) -> Exception:
    if draft.id is None and key:
        return KeyReusedError(key.text)
    return conflict(
        "schedule-exists",
        f"there is a schedule {schedule_id!r} already: choose another id, or remove that one",
    )
