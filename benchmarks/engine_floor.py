"""The floor: what a broker and nats-py allow, with no engine at all.

One process takes each message of a run and publishes the next one of its six, as fast as it can: a
standing pull request, publishes pipelined, acknowledged when the broker has the next.
"""

import asyncio
import time
from collections.abc import Sequence

from engine_agent import TEXT
from engine_load import STEPS
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, PubAck, StreamConfig

from agentkit.publishing import Acks, GroupCommit
from agentkit.reader import Reader

STREAM, DURABLE = "FLOOR", "floor"
PAYLOAD = b'{"text":"%s"}' % TEXT.encode()
BEGINNING, LAST = 0, STEPS
TIMEOUT_S = 60.0


async def together(connection: Client, runs: int, *, in_groups: bool) -> float:
    """Return the seconds that so many runs take, appended in groups if the broker syncs always."""
    js, done, left = connection.jetstream(), asyncio.Event(), runs
    config = StreamConfig(name=STREAM, subjects=["floor.>"], max_msgs_per_subject=1)
    await js.add_stream(config.evolve(allow_atomic=True))
    await js.add_consumer(STREAM, ConsumerConfig(durable_name=DURABLE, max_ack_pending=10_000))
    acks = Acks(connection)
    group = GroupCommit(acks)

    async def send(run: int | str, step: int) -> asyncio.Future[PubAck]:
        subject = f"floor.{run}.{step}"
        if in_groups:
            return group.send(subject, PAYLOAD, None, TIMEOUT_S)
        return await acks.send(subject, PAYLOAD, None, TIMEOUT_S)

    async def move(batch: Sequence[Msg]) -> None:
        nonlocal left
        following = list[asyncio.Future[PubAck]]()
        for message in batch:
            _, run, step = message.subject.split(".")
            if int(step) == LAST:
                left -= 1
                continue
            following.append(await send(run, int(step) + 1))
        await asyncio.gather(*following)
        if not left:
            done.set()

    try:
        async with Reader(connection, stream=STREAM, durable=DURABLE, handle=move):
            began = time.perf_counter()
            for run in range(runs):
                await send(run, BEGINNING)
            await done.wait()
            return time.perf_counter() - began
    finally:
        await js.delete_stream(STREAM)
