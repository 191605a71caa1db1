"""Reads a stretch of a stream from a sequence on, as fast as the broker hands it out.

A direct get costs the broker four times as much for each message, and a subscription of nats-py
costs the client as much again: here the broker pushes ahead of what is taken, in bounds that it
is told to keep, and what arrives is taken off the wire as it is.
"""

import asyncio
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential

from agentkit.outage import is_transient
from agentkit.wire import Connection, Raw

SILENCE_S = 5.0
PATIENCE_S = 50.0
HEARTBEAT_S = 1.0
LEFT_S = 1.0
"""What nobody reads any more is forgotten by the broker so soon: it takes a thousand at once."""


class Recorded(NamedTuple):
    """One message of a stream; `seq` is its place there."""

    seq: int
    subject: str
    data: bytes


class _GapError(NatsError):
    """A message was lost on the way, or the consumer with its node: it is begun anew."""


class Replay:
    """Hands out a stream in order. Whoever has opened it closes it."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream
        self._subscription: Subscription | None = None
        self._last = -1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def after(self, last: int, size: int) -> list[Recorded]:
        """Return the next messages behind the sequence `last`, `size` of them at most.

        Cheap when it is where the last page ended.

        Raises:
            TimeoutError, nats.errors.Error: the broker does not hand anything out for long.
        """
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(is_transient),
            wait=wait_exponential(0.1, max=2),
            stop=stop_after_delay(PATIENCE_S),
            reraise=True,
        ):
            with attempt:
                page = await self._page(last, size)
        self._last = page[-1].seq if page else last
        return page

    async def _page(self, last: int, size: int) -> list[Recorded]:
        if not self._goes_on_behind(last):
            await self._begin(last + 1)
        try:
            while len(self._arrived) < size and (self._pending or self._is_broken):
                if self._is_broken:
                    raise _GapError
                await self._let_more_come(self._delivered)
                self._news.clear()
                async with asyncio.timeout(SILENCE_S):
                    await self._news.wait()
        except (NatsError, TimeoutError):
            await self._end()
            raise
        return await self._taken(size)

    def _goes_on_behind(self, last: int) -> bool:
        """Tell whether what comes next is behind `last`, when what is not is passed over."""
        if self._subscription is None or last < self._last:
            return False
        while self._arrived and self._arrived[0].seq <= last:
            self._arrived.popleft()
        return bool(self._arrived) or last == self._last

    async def _taken(self, size: int) -> list[Recorded]:
        page = [self._arrived.popleft() for _ in range(min(size, len(self._arrived)))]
        await self._let_more_come(self._delivered - len(self._arrived))
        return page

    async def _let_more_come(self, taken: int) -> None:
        """Tell a broker that waits until so many messages are taken that they are."""
        while self._go_on and self._go_on[0][0] <= taken:
            await self._connection.publish(self._go_on.popleft()[1])

    async def _begin(self, first: int) -> None:
        await self._end()
        self._arrived = deque[Recorded]()
        self._go_on = deque[tuple[int, str]]()
        self._delivered = 0
        self._is_broken = False
        self._news = asyncio.Event()
        inbox = self._connection.new_inbox()
        self._subscription = await self._connection.subscribe_raw(inbox, self._take)
        made = await self._connection.jetstream().add_consumer(
            self._stream, _consumer(inbox, first), timeout=SILENCE_S
        )
        if not self._delivered:
            self._pending = made.num_pending or 0

    async def _end(self) -> None:
        if self._subscription is not None:
            with suppress(NatsError):
                await self._subscription.unsubscribe()
        self._subscription = None

    def _take(self, message: Raw) -> None:
        self._news.set()
        if message.headers.startswith(b"NATS/1.0 100"):
            self._heed(message)
            return
        _, _, _, _, _, seq, delivered, _, pending = message.reply.split(b".")
        self._is_broken |= int(delivered) != self._delivered + 1
        if not self._is_broken:
            self._delivered += 1
            self._pending = int(pending)
            self._arrived.append(Recorded(int(seq), message.subject.decode(), message.data))

    def _heed(self, message: Raw) -> None:
        """Note that the broker waits until what it has sent is taken, or how much that was."""
        if message.reply:
            self._go_on.append((self._delivered, message.reply.decode()))
        elif (sent := _header(message, b"Nats-Last-Consumer")) is not None:
            self._is_broken |= int(sent) != self._delivered
        stalled = _header(message, b"Nats-Consumer-Stalled")
        if stalled is not None and not self._go_on:
            self._go_on.append((self._delivered, stalled.decode()))


def _header(message: Raw, name: bytes) -> bytes | None:
    _, found, value = message.headers.partition(b"\r\n" + name + b": ")
    return value.partition(b"\r\n")[0] if found else None


def _consumer(inbox: str, first: int) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_subject=inbox,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        mem_storage=True,
        num_replicas=1,
        flow_control=True,
        idle_heartbeat=HEARTBEAT_S,
        inactive_threshold=LEFT_S,
    )
