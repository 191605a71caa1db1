"""The floor: what a broker and nats-py allow, with no engine at all.

One process takes each message of a run and publishes the next one of its six, as fast as it can: a
standing pull request, publishes pipelined, acknowledged when the broker has the next.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

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


class Floor:
    """Moves runs over one stream, one message a step."""

    def __init__(self, connection: Client, *, in_groups: bool) -> None:
        self._acks = Acks(connection)
        self._group = GroupCommit(self._acks) if in_groups else None
        self._asked = self._left = 0
        self._done = asyncio.Event()

    async def move(self, runs: int) -> float:
        """Return the seconds that so many runs take."""
        self._left, first = runs, self._asked
        self._asked += runs
        self._done.clear()
        began = time.perf_counter()
        for run in range(first, self._asked):
            await self._send(str(run), BEGINNING)
        await self._done.wait()
        return time.perf_counter() - began

    async def handle(self, batch: Sequence[Msg]) -> None:
        following = list[asyncio.Future[PubAck]]()
        for message in batch:
            _, run, step = message.subject.split(".")
            if int(step) == LAST:
                self._left -= 1
                continue
            following.append(await self._send(run, int(step) + 1))
        await asyncio.gather(*following)
        if not self._left:
            self._done.set()

    async def _send(self, run: str, step: int) -> asyncio.Future[PubAck]:
        subject = f"floor.{run}.{step}"
        if self._group is not None:
            return self._group.send(subject, PAYLOAD, None, TIMEOUT_S)
        return await self._acks.send(subject, PAYLOAD, None, TIMEOUT_S)


@asynccontextmanager
async def floor(connection: Client, *, in_groups: bool) -> AsyncIterator[Floor]:
    """Give a stream and its only reader; in groups is how one appends to a broker that syncs."""
    js, moved = connection.jetstream(), Floor(connection, in_groups=in_groups)
    config = StreamConfig(name=STREAM, subjects=["floor.>"], max_msgs_per_subject=1)
    await js.add_stream(config.evolve(allow_atomic=True))
    await js.add_consumer(STREAM, ConsumerConfig(durable_name=DURABLE, max_ack_pending=10_000))
    try:
        async with Reader(connection, stream=STREAM, durable=DURABLE, handle=moved.handle):
            yield moved
    finally:
        await js.delete_stream(STREAM)
