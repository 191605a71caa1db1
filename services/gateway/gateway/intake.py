"""Accepting a run: it is on the log, and nothing will lose it."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Annotated

import uuid_utils
from nats.aio.client import Client
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agentkit import failpoints, tracing
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append
from contracts.artifacts import TOPIC_MAX_CHARS, Aspect, Brief, Language
from contracts.base import Frozen, Name
from contracts.events import RunRequested
from contracts.pipeline import Pipeline, Priority
from gateway.text import Person, refuse_control_characters

APPEND_TIMEOUT_S = 1.0
MAX_DEADLINE_S = 30 * 86_400
MAX_REQUEST_BYTES = 256 * 1024
"""The first event of a run is read with every look at the run."""


class OrderError(Exception):
    """An order cannot be met. `kind` is for programs, the message is a sentence for a person."""

    kind: str


class OversizedRequestError(OrderError):
    kind = "request-too-large"


def topic_of(text: str) -> str:
    """Return a topic as it is recorded.

    Raises:
        ValueError: it is empty, too long, or holds a control character.
    """
    topic = unicodedata.normalize("NFC", text.strip())
    if not topic:
        raise ValueError("is empty: say what the run is about")
    if len(topic) > TOPIC_MAX_CHARS:
        raise ValueError(f"has {len(topic)} characters: use at most {TOPIC_MAX_CHARS}")
    return refuse_control_characters(topic)


def _deadline_s(seconds: float) -> float:
    if not 1 <= seconds <= MAX_DEADLINE_S:
        days = MAX_DEADLINE_S // 86_400
        raise ValueError(f"is {seconds:.15g} s: give a run from 1 s to {days} days")
    return seconds


type DeadlineS = Annotated[
    float,
    AfterValidator(_deadline_s),
    Field(json_schema_extra={"minimum": 1, "maximum": MAX_DEADLINE_S}),
]


class RunOrder(BaseModel):
    """What a person asks for. `language` is the channel's own unless it is given.

    `review`: a person approves what is published before it is, in a pipeline that asks for it.
    `deadline_s`: the run fails when it has not ended so many seconds after it was asked for.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"topic": "왜 하늘은 파란가", "channel_id": "demo", "aspect": "9:16"}]
        },
    )

    topic: Annotated[str, AfterValidator(topic_of), Field(description="1 to 500 characters")]
    channel_id: Name = "demo"
    pipeline: Name = "video"
    aspect: Aspect = "9:16"
    dry_run: bool = False
    language: Language | None = None
    review: bool = False
    priority: Priority = "normal"
    deadline_s: DeadlineS | None = None
    requested_by: Person = ""


class Channel(Frozen):
    """A channel as it is when a run is asked for."""

    channel_id: Name
    name: str
    language: Language
    brand_guide: str


async def draft_of(
    artifacts: NatsArtifacts, order: RunOrder, channel: Channel, pipeline: Pipeline
) -> RunRequested:
    """Return the run that `order` asks for, under an id of its own and in the trace at hand.

    Raises:
        OversizedRequestError: its pipeline is too large.
    """
    at = datetime.now(UTC)
    draft = RunRequested(
        run_id=str(uuid_utils.uuid7()),
        at=at,
        pipeline=pipeline,
        brief=await artifacts.put_artifact(brief_of(order, channel)),
        channel_id=channel.channel_id,
        topic=order.topic,
        brand_name=channel.name,
        dry_run=order.dry_run,
        requested_by=order.requested_by,
        priority=order.priority,
        deadline_at=_deadline(at, order.deadline_s, pipeline.deadline_s),
        traceparent=tracing.traceparent(),
        tracestate=tracing.tracestate(),
    )
    refuse_oversized(draft)
    return draft


def brief_of(order: RunOrder, channel: Channel) -> Brief:
    return Brief(
        topic=order.topic,
        channel_id=channel.channel_id,
        brand_name=channel.name,
        language=order.language or channel.language,
        brand_guide=channel.brand_guide,
        aspect=order.aspect,
        dry_run=order.dry_run,
        review=order.review,
    )


def refuse_oversized(draft: RunRequested) -> None:
    """Refuse a request that would be too large to be read again and again.

    Raises:
        OversizedRequestError: it is.
    """
    size = len(draft.model_dump_json().encode())
    if size > MAX_REQUEST_BYTES:
        raise OversizedRequestError(
            f"a run of pipeline {draft.pipeline.pipeline!r} takes {size:,} bytes to ask for, at "
            f"most {MAX_REQUEST_BYTES:,} are taken: use fewer steps or shorter expressions"
        )


def _deadline(at: datetime, *limits_s: float | None) -> datetime | None:
    """Return the earliest of the limits, None when there is none."""
    given = [limit_s for limit_s in limits_s if limit_s is not None]
    return at + timedelta(seconds=min(given)) if given else None


async def accept(connection: Client, draft: RunRequested) -> None:
    """Append a run to the log; one that is there stays as it is.

    Raises:
        TimeoutError, nats.errors.Error: the log does not answer. Nobody knows whether the run
            was recorded; the same run again finds out.
    """
    await failpoints.reach("gateway.middle", draft.run_id)
    await append(connection.jetstream(), draft, timeout_s=APPEND_TIMEOUT_S)
    await failpoints.reach("gateway.after", draft.run_id)
