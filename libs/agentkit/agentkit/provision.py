"""Create what the broker holds: streams, durables, buckets. Idempotent; nobody else creates any."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from loguru import logger
from nats.aio.client import Client
from nats.errors import Error as NatsError
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

from agentkit.outage import survives_outage
from agentkit.standing import READER_ROOM
from contracts import subjects
from contracts.notices import TARGETS, Target

AGENT_ACK_WAIT_S = 15.0
"""Agents report progress three times in this time; a silent one is taken for dead."""
READER_ACK_WAIT_S = 30.0
NOTICE_ACK_WAIT_S = 300.0
"""A message to people may be long under way, another one waits for it, and none is sent twice."""
MAX_DELIVER = 5
"""A request that an agent was given so often without an end is a dead letter."""
DEAD_KEPT = timedelta(days=30)
IDEMPOTENCY_TTL = timedelta(hours=24)
TIMEOUT_S = 5.0


@dataclass
class Durable(ConsumerConfig):
    """What nats-py 2.16 does not know of durables: one reader can be preferred to the others."""

    priority_groups: list[str] | None = None
    priority_policy: str | None = None


async def provision(
    connection: Client,
    agents: Iterable[str],
    *,
    replicas: int = 1,
    notify: Iterable[Target] = (),
) -> None:
    """Create what is missing and bring the rest up to this release.

    The targets in `notify` are told what happens from now on; those that are not in it any more
    are forgotten, and with them what they were not told.

    A cluster that has no leader yet is waited for.

    With `replicas` above 1, which takes a cluster of as many nodes, each stream and bucket
    has so many copies. What has more already keeps them: a setting that was forgotten once
    takes no safety away.
    """
    js = connection.jetstream(timeout=TIMEOUT_S)
    for config in streams():
        await _ensure_stream(js, config, replicas)
    for stream, consumer in durables(agents):
        await survives_outage(js.add_consumer)(stream, consumer)
    await _ensure_buckets(js, replicas)
    await _ensure_notices(js, set(notify))


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
        once_per_subject.evolve(name=subjects.QUEUE, subjects=[subjects.ALL_QUEUED]),
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


def stream_names() -> tuple[str, ...]:
    """Name all that the broker holds; a bucket is a stream as well."""
    plain = (config.name or "" for config in streams())
    bucket = (f"KV_{config.bucket}" for config in buckets())
    return (*plain, *bucket, f"OBJ_{subjects.ARTIFACTS_BUCKET}")


def durables(agents: Iterable[str]) -> tuple[tuple[str, ConsumerConfig], ...]:
    """Return (stream, consumer) for every reader that shares its work among replicas."""
    reader = Durable(
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=READER_ACK_WAIT_S,
        max_ack_pending=READER_ROOM,
        max_waiting=128,
    )
    return (
        (
            subjects.RUNS,
            reader.evolve(
                durable_name=subjects.ORCHESTRATOR,
                filter_subjects=list(subjects.TO_DECIDE_ON),
                priority_groups=[subjects.REPLICAS],
                priority_policy="prioritized",
            ),
        ),
        (
            subjects.TIMERS,
            reader.evolve(
                durable_name=subjects.ORCHESTRATOR_TIMERS, filter_subject=subjects.FIRED_TIMERS
            ),
        ),
        (
            subjects.TIMERS,
            reader.evolve(durable_name=subjects.SCHEDULER, filter_subject=subjects.DUE_SCHEDULES),
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


async def _ensure_notices(js: JetStreamContext, told: AbstractSet[Target]) -> None:
    for target in sorted(told):
        await survives_outage(js.add_consumer)(subjects.RUNS, notices_durable(target))
    await asyncio.gather(*(_forget_notices(js, each) for each in TARGETS if each not in told))


async def _forget_notices(js: JetStreamContext, target: Target) -> None:
    """Forget a target; what cannot be removed now is when this is done next, and costs a count."""
    try:
        await js.delete_consumer(subjects.RUNS, subjects.notices_to(target))
    except NotFoundError:
        pass
    except (NatsError, TimeoutError) as error:
        logger.warning("target is not forgotten yet", target=target, error=type(error).__name__)


def notices_durable(target: Target) -> ConsumerConfig:
    """Return what a target is told: nothing of what happened before it was one."""
    return ConsumerConfig(
        durable_name=subjects.notices_to(target),
        filter_subjects=list(subjects.TO_TELL_OF),
        deliver_policy=DeliverPolicy.NEW,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=NOTICE_ACK_WAIT_S,
        max_ack_pending=READER_ROOM,
    )


@survives_outage
async def _ensure_stream(js: JetStreamContext, config: StreamConfig, replicas: int) -> None:
    try:
        there = (await js.stream_info(config.name or "")).config
    except NotFoundError:
        await js.add_stream(config.evolve(num_replicas=replicas))
    else:
        await js.update_stream(config.evolve(num_replicas=_most(replicas, there)))


async def _ensure_buckets(js: JetStreamContext, replicas: int) -> None:
    for config in buckets():
        create = partial(js.create_key_value, config.evolve(replicas=replicas))
        await _ensure_bucket(js, f"KV_{config.bucket}", replicas, create)
    files = ObjectStoreConfig(storage=StorageType.FILE, replicas=replicas)
    create_files = partial(js.create_object_store, subjects.ARTIFACTS_BUCKET, files)
    await _ensure_bucket(js, f"OBJ_{subjects.ARTIFACTS_BUCKET}", replicas, create_files)


def buckets() -> tuple[KeyValueConfig, ...]:
    return (
        KeyValueConfig(bucket=subjects.AGENTS_BUCKET),
        KeyValueConfig(bucket=subjects.IDEMPOTENCY_BUCKET, ttl=IDEMPOTENCY_TTL.total_seconds()),
        KeyValueConfig(bucket=subjects.ADMISSION_BUCKET),
    )


@survives_outage
async def _ensure_bucket(
    js: JetStreamContext, stream: str, replicas: int, create: Callable[[], Awaitable[object]]
) -> None:
    """Make a bucket, give it its copies, and let nobody empty it who may only put something."""
    try:
        there = (await js.stream_info(stream)).config
    except NotFoundError:
        await create()
        there = (await js.stream_info(stream)).config
    wanted = there.evolve(num_replicas=_most(replicas, there), allow_rollup_hdrs=False)
    if wanted != there:
        await js.update_stream(wanted)


def _most(replicas: int, there: StreamConfig) -> int:
    return max(replicas, there.num_replicas or 1)
