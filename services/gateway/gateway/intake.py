"""Accepting a run: the same order with the same key is one run, whatever crashes in between."""

import hashlib
import unicodedata
from datetime import UTC, datetime
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
from contracts.pipeline import Pipeline
from gateway.text import refuse_control_characters

APPEND_TIMEOUT_S = 1.0


class KeyReusedError(Exception):
    """An idempotency key was used before, for another order."""


def _topic(text: str) -> str:
    topic = unicodedata.normalize("NFC", text.strip())
    if not topic:
        raise ValueError("is empty: say what the run is about")
    if len(topic) > TOPIC_MAX_CHARS:
        raise ValueError(f"has {len(topic)} characters: use at most {TOPIC_MAX_CHARS}")
    return refuse_control_characters(topic)


class RunOrder(BaseModel):
    """What a person asks for. `language` is the channel's own unless it is given."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"topic": "왜 하늘은 파란가", "channel_id": "demo", "aspect": "9:16"}]
        },
    )

    topic: Annotated[str, AfterValidator(_topic), Field(description="1 to 500 characters")]
    channel_id: Name = "demo"
    pipeline: Name = "video"
    aspect: Aspect = "9:16"
    dry_run: bool = False
    language: Language | None = None

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
    """Return the run that `order` asks for, under an id of its own."""
    brief = Brief(
        topic=order.topic,
        channel_id=channel.channel_id,
        brand_name=channel.name,
        language=order.language or channel.language,
        brand_guide=channel.brand_guide,
        aspect=order.aspect,
        dry_run=order.dry_run,
    )
    return RunRequested(
        run_id=str(uuid_utils.uuid7()),
        at=datetime.now(UTC),
        pipeline=pipeline,
        brief=await artifacts.put_artifact(brief),
        channel_id=channel.channel_id,
        topic=order.topic,
        brand_name=channel.name,
        dry_run=order.dry_run,
    )


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
    await failpoints.reach("gateway.before", key)
    if key:
        run_id = await _reserve(connection, key, _Accepted(run_id=run_id, digest=digest))
    await failpoints.reach("gateway.middle", key)
    event = draft.model_copy(update={"run_id": run_id})
    await append(connection.jetstream(), event, timeout_s=APPEND_TIMEOUT_S)
    await failpoints.reach("gateway.after", key)
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
