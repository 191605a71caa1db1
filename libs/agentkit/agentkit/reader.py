"""The one hot reader: a standing pull request, batches as large as what has arrived.

Why not nats-py's `fetch(n)`: with two readers on one durable it holds messages that have
already arrived until its timeout. Here one inbox stays subscribed and requests are kept
outstanding, so that a message is handed over the moment it arrives.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from agentkit import failpoints, metrics

type Handle = Callable[[Sequence[Msg]], Awaitable[None]]

EXPIRES_S = 5.0
"""A pull request ends by itself after this time. It bounds how long a request that was
lost in a server's restart goes unnoticed."""
RENEW_S = 4.5
"""Renewed before it ends, so that a message never finds no request waiting."""
RETRY_DELAY_S = 1.0
AWAY_S = 0.1
DRAIN_TIMEOUT_S = 15.0


class Reader:
    """Reads one durable, one batch at a time.

    `handle` gets the messages in order of arrival. When it returns, all are acknowledged;
    when it raises, none is, and they are delivered again a second later.
    """

    def __init__(  # noqa: PLR0913 -- one reader, and every part has a name
        self,
        connection: Client,
        *,
        stream: str,
        durable: str,
        handle: Handle,
        batch: int = 500,
        drain_timeout_s: float = DRAIN_TIMEOUT_S,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._durable = durable
        self._handle = handle
        self._batch = batch
        self._drain_timeout_s = drain_timeout_s
        self._arrived = asyncio.Queue[Msg]()
        self._requests = 0
        self._outstanding = 0
        self._renew_at = 0.0
        self._failure = ""
        self._stopping = asyncio.Event()

    async def __aenter__(self) -> Self:
        for outcome in ("handled", "failed"):
            metrics.READER_BATCHES.labels(self._durable, outcome)  # counted from zero
        self._inbox = self._connection.new_inbox()
        self._subscription = await self._connection.subscribe(
            f"{self._inbox}.*", cb=self._on_message
        )
        self._task = asyncio.create_task(self._work(), name=f"reader {self._durable}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the batch at hand in the time for it; the rest is given back."""
        self._stopping.set()
        with suppress(NatsError):
            await self._subscription.unsubscribe()
        await asyncio.wait({self._task}, timeout=self._drain_timeout_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._give_back(self._drain())

    async def missing(self) -> list[str]:
        """Return what keeps this reader from reading, as sentences."""
        if not self._connection.is_connected:
            return ["nats is not reachable"]
        if self._task.done():
            return [f"reading {self._durable!r} has ended: start the service again"]
        if self._failure:
            return [f"handling {self._durable!r} fails with {self._failure}: the log says why"]
        try:
            await self._connection.jetstream().consumer_info(self._stream, self._durable, timeout=2)
        except (NatsError, TimeoutError):
            return [f"consumer {self._durable!r} on {self._stream} does not answer"]
        return []

    async def _work(self) -> None:
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                await self._keep_request()
                if batch := await self._next_batch(stop):
                    await self._process(batch)
        finally:
            stop.cancel()

    async def _keep_request(self) -> None:
        """Renew the pull request when it is half used up, or ended."""
        now = asyncio.get_running_loop().time()
        if self._outstanding > self._batch // 2 and now < self._renew_at:
            return
        self._renew_at = now + AWAY_S
        if not self._connection.is_connected:
            # nats-py would keep the request: after an outage there would be one for each
            self._outstanding = 0
            return
        self._requests += 1
        request = {"batch": self._batch, "expires": int(EXPIRES_S * 1e9)}
        with suppress(NatsError):
            await self._connection.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._durable}",
                json.dumps(request).encode(),
                reply=f"{self._inbox}.{self._requests}",
            )
            self._outstanding = self._batch
            self._renew_at = now + RENEW_S

    async def _next_batch(self, stop: asyncio.Task[bool]) -> list[Msg]:
        """Wait for a message until the request ends, then take all that has arrived."""
        arrival = asyncio.create_task(self._arrived.get())
        wait_s = max(0.01, self._renew_at - asyncio.get_running_loop().time())
        await asyncio.wait({arrival, stop}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if not arrival.done():
            arrival.cancel()
            return []
        return [arrival.result(), *self._drain(self._batch - 1)]

    def _drain(self, limit: int | None = None) -> list[Msg]:
        messages = list[Msg]()
        while not self._arrived.empty() and (limit is None or len(messages) < limit):
            messages.append(self._arrived.get_nowait())
        return messages

    async def _process(self, batch: Sequence[Msg]) -> None:
        try:
            await failpoints.reach(f"{self._durable}.before", batch[-1].subject)
            await self._handle(batch)
            await failpoints.reach(f"{self._durable}.after", batch[-1].subject)
        except asyncio.CancelledError:
            await self._give_back(batch)
            raise
        except Exception as error:  # noqa: BLE001 -- a reader outlives whatever its handler meets
            self._failure = type(error).__name__
            metrics.READER_BATCHES.labels(self._durable, "failed").inc()
            logger.opt(exception=error).error(
                "batch failed, will be delivered again", durable=self._durable, size=len(batch)
            )
            await self._give_back(batch, delay_s=RETRY_DELAY_S)
            return
        self._failure = ""
        metrics.READER_BATCHES.labels(self._durable, "handled").inc()
        for message in batch:
            with suppress(NatsError):
                await message.ack()

    async def _give_back(self, batch: Sequence[Msg], delay_s: float = 0) -> None:
        for message in batch:
            with suppress(NatsError):
                await message.nak(delay=delay_s or None)

    async def _on_message(self, message: Msg) -> None:
        """Take a delivery; a status message tells that a request has ended."""
        if message.headers and "Status" in message.headers:
            if message.subject == f"{self._inbox}.{self._requests}":
                self._outstanding = 0
            return
        self._outstanding -= 1
        self._arrived.put_nowait(message)
