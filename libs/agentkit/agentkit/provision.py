"""Create what the broker holds: streams, durables, buckets. Idempotent; nobody else creates any."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    KeyValueConfig,
    ObjectStoreConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from contracts import subjects

AGENT_ACK_WAIT_S = 15.0
"""Agents report progress three times in this time; a silent one is taken for dead."""
READER_ACK_WAIT_S = 30.0
MAX_DELIVER = 5
"""A request that an agent was given so often without an end is a dead letter."""
DEAD_KEPT = timedelta(days=30)
IDEMPOTENCY_TTL = timedelta(hours=24)


async def provision(connection: Client, agents: Iterable[str]) -> None:
    js = connection.jetstream()
    for config in streams():
        await _ensure_stream(js, config)
    for stream, consumer in durables(agents):
        await js.add_consumer(stream, consumer)
    await _ensure_buckets(js)


def streams() -> tuple[StreamConfig, ...]:
    once_per_subject = StreamConfig(
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_msgs_per_subject=1,
        discard=DiscardPolicy.NEW,
        discard_new_per_subject=True,
        allow_direct=True,
    )
    return (
        once_per_subject.evolve(
            name=subjects.RUNS, subjects=[subjects.ALL_RUNS], allow_atomic=True
        ),
        once_per_subject.evolve(name=subjects.CALLS, subjects=[subjects.ALL_CALLS]),
        StreamConfig(
            name=subjects.TIMERS,
            subjects=[subjects.ALL_TIMERS],
            storage=StorageType.FILE,
            max_msgs_per_subject=1,
            allow_msg_schedules=True,
            allow_msg_ttl=True,
            allow_direct=True,
        ),
        StreamConfig(
            name=subjects.DEAD,
            subjects=list(subjects.DEAD_ADVISORIES),
            storage=StorageType.FILE,
            max_age=DEAD_KEPT.total_seconds(),
            allow_direct=True,
        ),
    )


def durables(agents: Iterable[str]) -> tuple[tuple[str, ConsumerConfig], ...]:
    """Return (stream, consumer) for every reader that shares its work among replicas."""
    reader = ConsumerConfig(
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=READER_ACK_WAIT_S,
        max_ack_pending=10_000,
        max_waiting=128,
    )
    return (
        (subjects.RUNS, reader.evolve(durable_name=subjects.ORCHESTRATOR)),
        (
            subjects.TIMERS,
            reader.evolve(
                durable_name=subjects.ORCHESTRATOR_TIMERS, filter_subject=subjects.FIRED_TIMERS
            ),
        ),
        (subjects.DEAD, reader.evolve(durable_name=subjects.ORCHESTRATOR_DEAD)),
        (subjects.RUNS, reader.evolve(durable_name=subjects.PROJECTOR)),
        (subjects.CALLS, reader.evolve(durable_name=subjects.USAGE, headers_only=True)),
        *((subjects.RUNS, agent_durable(agent)) for agent in agents),
    )


def agent_durable(
    agent: str, *, ack_wait_s: float = AGENT_ACK_WAIT_S, max_deliver: int = MAX_DELIVER
) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=subjects.durable_of(agent),
        filter_subject=subjects.requests_to(agent),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait_s,
        max_deliver=max_deliver,
        max_ack_pending=1000,
    )


async def _ensure_stream(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.stream_info(config.name or "")
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


async def _ensure_buckets(js: JetStreamContext) -> None:
    await _ensure_kv(js, KeyValueConfig(bucket=subjects.AGENTS_BUCKET))
    ttl = IDEMPOTENCY_TTL.total_seconds()
    await _ensure_kv(js, KeyValueConfig(bucket=subjects.IDEMPOTENCY_BUCKET, ttl=ttl))
    with suppress(NotFoundError):
        await js.object_store(subjects.ARTIFACTS_BUCKET)
        return
    await js.create_object_store(
        subjects.ARTIFACTS_BUCKET, ObjectStoreConfig(storage=StorageType.FILE)
    )


async def _ensure_kv(js: JetStreamContext, config: KeyValueConfig) -> None:
    try:
        await js.key_value(config.bucket)
    except NotFoundError:
        await js.create_key_value(config)
