"""Accepting a run: the same order with the same key is one run, whatever crashes in between."""

import hashlib
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Annotated

import uuid_utils
from nats.aio.client import Client
from nats.js.errors import KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agentkit import failpoints
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append
from contracts import subjects
from contracts.artifacts import TOPIC_MAX_CHARS, Aspect, Brief, Language
from contracts.base import Frozen, Name
from contracts.events import RunRequested
from contracts.pipeline import Pipeline, Priority
from gateway.text import Person, refuse_control_characters

APPEND_TIMEOUT_S = 1.0
MAX_DEADLINE_S = 30 * 86_400
MAX_REQUEST_BYTES = 256 * 1024
"""The first event of a run is read with every look at the run."""


class KeyReusedError(Exception):
    """An idempotency key was used before, for another order."""


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
        raise ValueError(f"is {seconds:g} s: give a run from 1 s to {days} days")
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

    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Channel(Frozen):
    """A channel as it is when a run is asked for."""

    channel_id: Name
    name: str
    language: Language
    brand_guide: str


class _Accepted(Frozen):
    """What the idempotency bucket keeps under a key."""

    run_id: str
    digest: str


async def draft_of(
    artifacts: NatsArtifacts, order: RunOrder, channel: Channel, pipeline: Pipeline
) -> RunRequested:
    """Return the run that `order` asks for, under an id of its own.

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


async def accept(connection: Client, draft: RunRequested, *, key: str, digest: str) -> str:
    """Append a run to the log unless its key says that it is there; return the run's id.

    The draft's own id is used when `key` is new or empty. `digest` is that of the order: the
    same key for another order is refused.

    Raises:
        KeyReusedError: `key` stands for another order.
        TimeoutError, nats.errors.Error: the log does not answer. Nobody knows whether the run
            was recorded; the same order with the same key finds out.
    """
    run_id = draft.run_id
    await failpoints.reach("gateway.before", key or draft.run_id)
    if key:
        run_id = await _reserve(connection, key, _Accepted(run_id=run_id, digest=digest))
    await failpoints.reach("gateway.middle", key or draft.run_id)
    event = draft.model_copy(update={"run_id": run_id})
    await append(connection.jetstream(), event, timeout_s=APPEND_TIMEOUT_S)
    await failpoints.reach("gateway.after", key or draft.run_id)
    return run_id


async def _reserve(connection: Client, key: str, mine: _Accepted) -> str:
    """Bind `key` to a run id: whoever comes first chooses it.

    The run is appended after this even when the key is known: a crash between the two is
    repaired by the next try, and on the log a run exists once.
    """
    bucket = await connection.jetstream().key_value(subjects.IDEMPOTENCY_BUCKET)
    name = hashlib.sha256(key.encode()).hexdigest()
    try:
        await bucket.create(name, mine.model_dump_json().encode())
    except KeyWrongLastSequenceError:
        return await _first(bucket, name, mine.digest)
    return mine.run_id


async def _first(bucket: KeyValue, name: str, digest: str) -> str:
    entry = await bucket.get(name)
    first = _Accepted.model_validate_json(entry.value or b"")
    if first.digest != digest:
        raise KeyReusedError
    return first.run_id
