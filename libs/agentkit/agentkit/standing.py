"""A standing pull: a durable's messages as soon as they are there, never more than there is room.

Why not nats-py's `fetch(n)`: with two readers on one durable it holds messages that have already
arrived until its timeout. Here one inbox stays subscribed, and the broker is kept asked for as many
messages as there is room for.
"""

import asyncio
import math
import random
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import orjson
from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from agentkit.wire import Message, ours
from contracts import subjects

EXPIRES_S = 5.0
"""A request for messages ends by itself after this time."""
PREFERRED_EXPIRES_S = 2.0
"""One with a preference does after this time: that may be another by then."""
LOST_AFTER_S = 0.5
"""A request of which nothing was heard so long after its end is lost: a restart takes it along."""
LOOK_S = 0.5
"""How often it is looked whether the connection was lost meanwhile, and the requests with it."""
PAUSE_S = 1.0
"""After a refusal: a consumer that is gone is refused at once, over and over."""
READER_ROOM = 10_000
"""So many messages of a durable at most are in the hands of all its readers together."""
NUMBERS = 10
"""The broker tells so many preferences apart."""
NOTHING_CAME = frozenset({"404", "408"})


class Preference:
    """Which of those that ask for the messages of one durable is given all: the lowest number.

    Others are given something while that one does not ask. Numbers are drawn. Two may draw the
    same, and share until one of them sees it.
    """

    def __init__(self) -> None:
        self.number = self._drawn()
        self._settled_at = 0.0

    def share(self) -> None:
        """Take note that another was given something: draw again, unless that has still to tell."""
        now = asyncio.get_running_loop().time()
        if now >= self._settled_at:
            self.number = self._drawn()
            self._settled_at = now + PREFERRED_EXPIRES_S + LOOK_S

    def _drawn(self) -> int:
        return random.randrange(NUMBERS)  # noqa: S311 -- no secret


class StandingPull:
    """Asks for messages of one durable while the block runs; `take` gets each as it arrives.

    At most `room` messages are asked for or in hand: `done` tells that some no longer are.
    """

    def __init__(  # noqa: PLR0913 -- each part has a name
        self,
        connection: Client,
        *,
        stream: str,
        durable: str,
        room: int,
        take: Callable[[Msg], None],
        preference: Preference | None = None,
    ) -> None:
        self._connection = connection
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._durable = durable
        self._room = room
        self._take = take
        self._preference = preference
        self._in_hand = 0
        self._asked = dict[str, _Request]()
        self._count = 0
        self._connects = connection.stats["reconnects"]
        self._pause_until = 0.0
        self._changed = asyncio.Event()
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._inbox = self._connection.new_inbox()
        self._subscription = await ours(self._connection).subscribe_directly(
            f"{self._inbox}.*", self._hear
        )
        self._task = asyncio.create_task(self._keep_asked(), name=f"pull {self._durable}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(NatsError):
            await self._subscription.unsubscribe()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def has_ended(self) -> bool:
        return self._task.done()

    def done(self, count: int = 1) -> None:
        """Make room for as many messages more."""
        self._in_hand -= count
        if self._wanted:
            self._changed.set()

    @property
    def _wanted(self) -> int:
        """How many messages to ask for: none while there is half of the room asked for."""
        now = asyncio.get_running_loop().time()
        asked = sum(each.left for each in self._asked.values() if now < each.old_at)
        free = self._room - self._in_hand - asked
        return free if free > 0 and (not asked or free >= self._room // 2) else 0

    async def _keep_asked(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
            self._changed.clear()
            self._forget_lost()
            if wanted := self._wanted:
                await self._ask(wanted)

    def _forget_lost(self) -> None:
        """Forget the requests that the broker no longer has."""
        if not self._connection.is_connected:
            self._asked.clear()
            return
        if (connects := self._connection.stats["reconnects"]) != self._connects:
            self._connects = connects
            self._asked.clear()
        now = asyncio.get_running_loop().time()
        for token in [token for token, each in self._asked.items() if each.lost_at <= now]:
            del self._asked[token]

    async def _ask(self, count: int) -> None:
        """Ask for `count` messages; nobody is asked who is away, for nats-py would keep it."""
        now = asyncio.get_running_loop().time()
        if not self._connection.is_connected or now < self._pause_until:
            return
        self._count += 1
        token = str(self._count)
        expires_s = EXPIRES_S if self._preference is None else PREFERRED_EXPIRES_S
        old_s = math.inf if self._preference is None else expires_s / 2
        self._asked[token] = _Request(count, now + old_s, now + expires_s + LOST_AFTER_S)
        request: dict[str, object] = {"batch": count, "expires": int(expires_s * 1e9)}
        if self._preference is not None:
            request |= {"group": subjects.REPLICAS, "priority": self._preference.number}
        asked = orjson.dumps(request)
        with suppress(NatsError):
            await self._connection.publish(self._next, asked, reply=f"{self._inbox}.{token}")

    def _hear(self, message: Message) -> None:
        """Take a delivery, or hear that a request has ended."""
        if status := message.status:
            self._asked.pop(message.subject[len(self._inbox) + 1 :], None)
            if status not in NOTHING_CAME:
                self._refused(status, (message.headers or {}).get("Description", ""))
            self._changed.set()
            return
        if self._asked:
            # a delivery does not say by which request it came: the broker serves the oldest first
            token, oldest = next(iter(self._asked.items()))
            oldest.left -= 1
            if not oldest.left:
                del self._asked[token]
                self._changed.set()
        self._in_hand += 1
        self._take(message)

    def _refused(self, status: str, why: str) -> None:
        self._pause_until = asyncio.get_running_loop().time() + PAUSE_S
        logger.warning("messages cannot be pulled", durable=self._durable, status=status, why=why)


class _Request:
    """How many messages a request may still bring, and when it is old and when it counts as lost.

    Beside an old one there is asked again: so somebody who is preferred asks all the time.
    """

    __slots__ = ("left", "lost_at", "old_at")

    def __init__(self, left: int, old_at: float, lost_at: float) -> None:
        self.left = left
        self.old_at = old_at
        self.lost_at = lost_at
