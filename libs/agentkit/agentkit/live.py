"""Live events over core NATS: sent and forgotten."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.errors import Error as NatsError

from agentkit.ports import LiveFeed
from contracts import subjects
from contracts.live import LiveEvent, StepStarted

TOLD_AFTER_S = 0.05
"""Nobody sees that an attempt has begun which ends sooner: it would be a fifth of what is sent."""


class NatsLiveFeed:
    def __init__(self, connection: Client) -> None:
        self._connection = connection

    async def send(self, event: LiveEvent) -> None:
        """Tell whoever watches; a broker that is away right now loses nothing of worth."""
        with suppress(NatsError):
            await self._connection.publish(
                subjects.live(event.run_id, event.step), event.model_dump_json().encode()
            )


class AttemptFeed:
    """Tells of one attempt while it is worked on in the block.

    That it has begun is told before anything else of it, or when it takes longer than a moment.
    """

    def __init__(self, feed: LiveFeed, begun: Callable[[], StepStarted]) -> None:
        self._feed = feed
        self._begun: Callable[[], StepStarted] | None = begun

    def __enter__(self) -> Self:
        self._timer = asyncio.get_running_loop().call_later(TOLD_AFTER_S, self._tell_begun)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    async def send(self, event: LiveEvent) -> None:
        if (begun := self._begun) is not None:
            self._begun = None
            await self._feed.send(begun())
        await self._feed.send(event)

    def _tell_begun(self) -> None:
        if (begun := self._begun) is not None:
            self._begun = None
            self._telling = asyncio.create_task(self._feed.send(begun()))
