"""Channels: whose brand a video carries."""

from http import HTTPStatus
from typing import Annotated

import yaml
from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.artifacts import Language
from contracts.base import Name
from gateway import store
from gateway.api.injected import Kits
from gateway.api.problems import PROBLEMS, ProblemError
from gateway.api.rights import GuardedRoute, needs
from gateway.api.views import ChannelView
from gateway.text import refuse_control_characters

router = APIRouter(prefix="/api/v1/channels", tags=["channels"], route_class=GuardedRoute)
short_router = APIRouter(prefix="/channels", include_in_schema=False, route_class=GuardedRoute)


def _one_line(text: str) -> str:
    if not (line := text.strip()):
        raise ValueError("is empty: give the channel a name")
    return refuse_control_characters(line)


def _yaml(text: str) -> str:
    """Return a brand guide that is YAML, or empty."""
    refuse_control_characters(text, allowed="\n\r\t")
    try:
        yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f" in line {mark.line + 1}"
        raise ValueError(f"is no YAML{where} ({error.problem}): correct it") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())[:100]
        raise ValueError(f"is no YAML ({told}): correct it") from error
    return text


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
    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
    language: Language = "ko"
    brand_guide: Annotated[
        str,
        Field(max_length=20_000, description="YAML, up to 20,000 characters"),
        AfterValidator(_yaml),
    ] = ""


@short_router.get("", dependencies=[needs("read")])
@router.get("", dependencies=[needs("read")])
async def list_channels(kit: Kits) -> list[ChannelView]:
    """List all channels by their id."""
    return [ChannelView.model_validate(dict(row)) for row in await store.list_channels(kit.pool)]


@short_router.post("", dependencies=[needs("admin")], status_code=HTTPStatus.CREATED)
@router.post(
    "",
    dependencies=[needs("admin")],
    status_code=HTTPStatus.CREATED,
    responses=PROBLEMS["channel-exists"],
)
async def create_channel(kit: Kits, draft: ChannelDraft, response: Response) -> ChannelView:
    """Create a channel. Runs keep the channel as it was when they were asked for."""
    row = await store.add_channel(
        kit.pool, draft.channel_id, draft.name, draft.language, draft.brand_guide
    )
    if row is None:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            "channel-exists",
            f"there is a channel {draft.channel_id!r} already: choose another channel_id",
        )
    response.headers["Location"] = f"/api/v1/channels/{draft.channel_id}"
    return ChannelView.model_validate(dict(row))
