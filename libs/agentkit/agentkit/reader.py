"""The one hot reader: a standing pull, batches as large as what has arrived."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import zip_longest
from types import TracebackType
from typing import Self

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from agentkit import failpoints, metrics
from agentkit.standing import READER_ROOM, Preference, StandingPull
from agentkit.wire import ours

type Handle = Callable[[Sequence[Msg]], Awaitable[None]]

RETRY_DELAY_S = 1.0
FAILING_S = 30.0
"""A failure is told of for so long: what failed may have gone to another reader, which did it."""
DRAIN_TIMEOUT_S = 15.0


class TryLaterError(Exception):
    """Raised by `handle` for what others do not take now: it reads on, and is as ready as before.

    `delays_s` has for each message of the batch when it is to come again.
    """

    def __init__(self, why: str, delays_s: Sequence[float]) -> None:
        super().__init__(why)
        self.delays_s = delays_s


class Reader:
    """Reads one durable, one batch at a time.

    `handle` gets the messages in order of arrival. When it returns, all are acknowledged;
    when it raises, none is, and they are delivered again a second later. With a `preference`
    one of several readers is given all there is. Between two batches pass `pause_s`: what comes
    meanwhile is one batch.
    """

    def __init__(  # noqa: PLR0913 -- one reader, and every part has a name
        self,
        connection: Client,
        *,
        stream: str,
        durable: str,
        handle: Handle,
        batch: int = 500,
        preference: Preference | None = None,
        drain_timeout_s: float = DRAIN_TIMEOUT_S,
        pause_s: float = 0.0,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._durable = durable
        self._handle = handle
        self._batch = batch
        self._drain_timeout_s = drain_timeout_s
        self._pause_s = pause_s
        self._arrived = deque[Msg]()
        self._wake = asyncio.Event()
        self._pull = StandingPull(
            connection,
            stream=stream,
            durable=durable,
            # one batch is handled while the next arrives; who is to be given all asks for all
            room=2 * batch if preference is None else READER_ROOM,
            take=self._take,
            preference=preference,
        )
        self._failure = ""
        self._failed_at = 0.0
        self._stopping = asyncio.Event()

    async def __aenter__(self) -> Self:
        for outcome in ("handled", "later", "failed"):
            metrics.READER_BATCHES.labels(self._durable, outcome)  # counted from zero
        await self._pull.__aenter__()
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
        self._wake.set()
        await self._pull.__aexit__(kind, error, trace)
        await asyncio.wait({self._task}, timeout=self._drain_timeout_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._give_back(self._drain())

    async def missing(self) -> list[str]:
        """Return what keeps this reader from reading, as sentences."""
        if not self._connection.is_connected:
            return ["nats is not reachable"]
        if self._task.done() or self._pull.has_ended:
            return [f"reading {self._durable!r} has ended: start the service again"]
        if self._failure and asyncio.get_running_loop().time() < self._failed_at + FAILING_S:
            return [f"handling {self._durable!r} fails with {self._failure}: the log says why"]
        try:
            await self._connection.jetstream().consumer_info(self._stream, self._durable, timeout=2)
        except (NatsError, TimeoutError):
            return [f"consumer {self._durable!r} on {self._stream} does not answer"]
        return []

    async def _work(self) -> None:
        while not self._stopping.is_set():
            if batch := self._drain(self._batch):
                await self._process(batch)
                self._pull.done(len(batch))
                if self._pause_s:
                    await self._rest()
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._stopping.wait()

    def _take(self, message: Msg) -> None:
        self._arrived.append(message)
        self._wake.set()

    def _drain(self, limit: int | None = None) -> list[Msg]:
        """Take what has arrived."""
        count = len(self._arrived) if limit is None else min(limit, len(self._arrived))
        return [self._arrived.popleft() for _ in range(count)]

    async def _process(self, batch: Sequence[Msg]) -> None:
        try:
            await failpoints.reach(f"{self._durable}.before", batch[-1].subject)
            await self._handle(batch)
            await failpoints.reach(f"{self._durable}.after", batch[-1].subject)
        except asyncio.CancelledError:
            await self._give_back(batch)
            raise
        except TryLaterError as error:
            metrics.READER_BATCHES.labels(self._durable, "later").inc()
            logger.warning(
                "batch is not taken, will be delivered again",
                durable=self._durable,
                size=len(batch),
                reason=str(error),
            )
            await self._give_back(batch, error.delays_s)
            return
        except Exception as error:  # noqa: BLE001 -- a reader outlives whatever its handler meets
            self._failure = type(error).__name__
            self._failed_at = asyncio.get_running_loop().time()
            metrics.READER_BATCHES.labels(self._durable, "failed").inc()
            logger.opt(exception=error).error(
                "batch failed, will be delivered again", durable=self._durable, size=len(batch)
            )
            await self._give_back(batch, [RETRY_DELAY_S] * len(batch))
            return
        self._failure = ""
        metrics.READER_BATCHES.labels(self._durable, "handled").inc()
        with suppress(NatsError):
            await ours(self._connection).acknowledge(batch)

    async def _give_back(self, batch: Sequence[Msg], delays_s: Sequence[float] = ()) -> None:
        for message, delay_s in zip_longest(batch, delays_s):
            with suppress(NatsError):
                await message.nak(delay=delay_s or None)
