"""Channels: whose brand a video carries."""

import asyncio
from http import HTTPStatus
from typing import Annotated

import yaml
from asyncpg import Record
from fastapi import APIRouter, Depends, Response
from loguru import logger
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.artifacts import Language
from contracts.base import Name
from gateway import schedules, store
from gateway.api.injected import SHOWN_CHARS, Kits, LogKits, is_name
from gateway.api.keyed import IdempotencyKey, answered_once
from gateway.api.problems import PROBLEMS, ProblemError, conflict, not_found
from gateway.api.rights import GuardedRoute, needs
from gateway.api.views import ChannelView
from gateway.kit import Kit
from gateway.once import digest_of
from gateway.text import refuse_control_characters

TIMEOUT_S = 8
MAX_ENTRIES = 1000

router = APIRouter(prefix="/api/v1/channels", tags=["channels"], route_class=GuardedRoute)
short_router = APIRouter(prefix="/channels", include_in_schema=False, route_class=GuardedRoute)


def _one_line(text: str) -> str:
    if not (line := text.strip()):
        raise ValueError("is empty: give the channel a name")
    return refuse_control_characters(line)


class _Loader(yaml.SafeLoader):
    """Refuses keys that are merged into keys, by which a few lines become gigabytes."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > MAX_ENTRIES:
            told = f"more than {MAX_ENTRIES} entries at one place"
            raise yaml.constructor.ConstructorError(None, None, told, node.start_mark)


def _yaml(text: str) -> str:
    """Return a brand guide that is YAML, or empty."""
    refuse_control_characters(text, allowed="\n\r\t")
    try:
        yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f" in line {mark.line + 1}"
        raise ValueError(f"is no YAML{where} ({error.problem}): correct it") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())[:100]
        raise ValueError(f"is no YAML ({told}): correct it") from error
    return text


type _ChannelName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
type _BrandGuide = Annotated[
    str,
    Field(max_length=20_000, description="YAML, up to 20,000 characters"),
    AfterValidator(_yaml),
]


class ChannelDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "channel_id": "science",
                    "name": "과학 1분",
                    "language": "ko",
                    "brand_guide": "tone: calm\naudience: students\n",
                }
            ]
        },
    )

    channel_id: Name
    name: _ChannelName
    language: Language = "ko"
    brand_guide: _BrandGuide = ""


class ChannelChange(BaseModel):
    """What is left out, or null, stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "과학 2분"}]}
    )

    name: _ChannelName | None = None
    language: Language | None = None
    brand_guide: _BrandGuide | None = None


def _unknown(given: str) -> ProblemError:
    shown = given if len(given) <= SHOWN_CHARS else f"{given[:SHOWN_CHARS]}…"
    return not_found(
        "unknown-channel", f"there is no channel {shown!r}: yaa channels list has their ids"
    )


async def _possible_id(channel_id: str) -> str:
    """Refuse what no channel can be called."""
    if not is_name(channel_id):
        raise _unknown(channel_id)
    return channel_id


type ChannelIds = Annotated[str, Depends(_possible_id)]


@short_router.get("", dependencies=[needs("read")])
@router.get("", dependencies=[needs("read")])
async def list_channels(kit: Kits) -> list[ChannelView]:
    """List all channels by their id."""
    return [_view(row) for row in await store.list_channels(kit.pool)]


@short_router.post("", dependencies=[needs("admin")], status_code=HTTPStatus.CREATED)
@router.post(
    "",
    dependencies=[needs("admin")],
    status_code=HTTPStatus.CREATED,
    responses=PROBLEMS["channel-exists", "invalid-request", "idempotency-key-reused"],
)
async def create_channel(
    kit: Kits, draft: ChannelDraft, response: Response, key: IdempotencyKey
) -> ChannelView:
    """Create a channel. Runs keep the channel as it was when they were asked for."""

    async def make(_: str) -> ChannelView:
        row = await store.add_channel(kit.pool, draft.model_dump(), made_under=key.made_under)
        if row is None:
            raise conflict(
                "channel-exists",
                f"there is a channel {draft.channel_id!r} already: choose another channel_id",
            )
        return _view(row)

    view = await answered_once(kit, key, digest_of("channel", draft), ChannelView, make)
    response.headers["Location"] = f"/api/v1/channels/{draft.channel_id}"
    return view


@short_router.get("/{channel_id}", dependencies=[needs("read")])
@router.get("/{channel_id}", dependencies=[needs("read")], responses=PROBLEMS["unknown-channel"])
async def show_channel(kit: Kits, channel_id: ChannelIds) -> ChannelView:
    """Tell everything about one channel."""
    row = await store.find_channel(kit.pool, channel_id)
    if row is None:
        raise _unknown(channel_id)
    return _view(row)


@short_router.patch("/{channel_id}", dependencies=[needs("admin")])
@router.patch("/{channel_id}", dependencies=[needs("admin")], responses=PROBLEMS["unknown-channel"])
async def change_channel(kit: Kits, channel_id: ChannelIds, change: ChannelChange) -> ChannelView:
    """Change a channel. Runs that were asked for before keep it as it was."""
    row = await store.change_channel(
        kit.pool, channel_id, change.name, change.language, change.brand_guide
    )
    if row is None:
        raise _unknown(channel_id)
    kit.channels.forget(channel_id)
    logger.info("channel changed", channel_id=channel_id)
    return _view(row)


@short_router.delete(
    "/{channel_id}",
    dependencies=[needs("admin")],
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
)
@router.delete(
    "/{channel_id}",
    dependencies=[needs("admin")],
    status_code=HTTPStatus.NO_CONTENT,
    responses=PROBLEMS["unknown-channel", "channel-needed"],
    response_class=Response,
)
async def remove_channel(kit: LogKits, channel_id: ChannelIds) -> None:
    """Forget a channel that no run under way and no schedule needs. Its ended runs stay."""
    if await store.find_channel(kit.pool, channel_id) is None:
        raise _unknown(channel_id)
    async with asyncio.timeout(TIMEOUT_S):
        await _refuse_needed(kit, channel_id)
    await store.remove_channel(kit.pool, channel_id)
    kit.channels.forget(channel_id)
    logger.info("channel removed", channel_id=channel_id)


async def _refuse_needed(kit: Kit, channel_id: str) -> None:
    run_id = await store.active_run_of(kit.pool, channel_id)
    if run_id is not None:
        raise conflict(
            "channel-needed",
            f"run {run_id} of channel {channel_id!r} has not ended: wait for it, or cancel it",
        )
    for kept in await schedules.every(kit.connection):
        if kept.state != "done" and kept.schedule.order.get("channel_id") == channel_id:
            raise conflict(
                "channel-needed",
                f"schedule {kept.schedule.id!r} makes runs of channel {channel_id!r}: remove it "
                "first",
            )


def _view(row: Record) -> ChannelView:
    return ChannelView.model_validate(dict(row))
