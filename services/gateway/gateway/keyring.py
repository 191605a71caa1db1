"""The keys that this process knows: asked for again after half a second, used while asked for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Self

from asyncpg import Pool, PostgresError
from loguru import logger

from gateway import database, key_store
from gateway.keys import ApiKey, KeyRefusedError, PlainKey

LIFE_S = 0.5
"""So long a key is used as it was read."""
PATIENCE_S = 0.4
"""So long a known key is waited for. Together less than the second after which a key that was
deactivated is to open nothing."""
TIMEOUT_S = 3.0
LOOK_S = 0.3
USE_NOTED = timedelta(minutes=1)
_AWAY = (*database.AWAY, TimeoutError)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

UNKNOWN = "the key in X-API-Key is not known here: use one that yaa keys create has made"


@dataclass(slots=True)
class _Known:
    key: ApiKey
    read_at: float

    @property
    def is_fresh(self) -> bool:
        return monotonic() - self.read_at < LIFE_S


@dataclass(frozen=True, slots=True)
class _Question:
    """A key that is being read, for all who wait for it."""

    began: float
    answer: asyncio.Task[ApiKey | None]


class Keyring:
    """Opens with keys. Enter it, so that their use is noted and streams end with their keys."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known = dict[str, _Known]()
        self._asked = dict[str, _Question]()
        self._noted = dict[str, datetime]()
        self._to_note = dict[str, datetime]()
        self._held = dict[str, list[Callable[[], None]]]()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._look_for_ever(), name="keyring")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks = [self._task, *(question.answer for question in self._asked.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(*_AWAY, PostgresError):
            await self._note_uses()

    async def opened_with(self, text: str) -> ApiKey:
        """Return the key that `text` is.

        While the database is away a key that is known here is good as it was read last: nobody
        can deactivate it then either.

        Raises:
            KeyRefusedError: it opens nothing.
            TimeoutError, OSError, asyncpg.PostgresError: nobody can tell.
        """
        plain = PlainKey.parse(text)
        key = None if plain is None else await self._find(plain.key_id)
        if plain is None or key is None or not key.is_opened_by(plain):
            raise KeyRefusedError(UNKNOWN)
        now = datetime.now(UTC)
        key.refuse_unusable(now)
        self._use(key, now)
        return key

    def forget(self, key_id: str) -> None:
        """Ask for a key again: it was changed by this process."""
        self._known.pop(key_id, None)

    @contextmanager
    def holding(self, key: ApiKey, let_go: Callable[[], None]) -> Iterator[None]:
        """Call `let_go` should the key open nothing any more before the block is left."""
        holders = self._held.setdefault(key.key_id, [])
        holders.append(let_go)
        try:
            yield
        finally:
            holders.remove(let_go)
            if not holders:
                self._held.pop(key.key_id, None)

    def held(self, key: ApiKey) -> int:
        """Return how many blocks a key is held in."""
        return len(self._held.get(key.key_id, ()))

    async def _find(self, key_id: str) -> ApiKey | None:
        known = self._known.get(key_id)
        if known is not None and known.is_fresh:
            return known.key
        question = self._asked.get(key_id) or self._ask(key_id)
        if known is None:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.shield(question.answer)
        with suppress(*_AWAY):
            async with asyncio.timeout(question.began + PATIENCE_S - monotonic()):
                return await asyncio.shield(question.answer)
        return known.key

    def _ask(self, key_id: str) -> _Question:
        """Begin to read a key. A silent database is waited for here and by no request."""
        answer = asyncio.create_task(self._read(key_id), name="key")
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        question = self._asked[key_id] = _Question(monotonic(), answer)
        return question

    async def _read(self, key_id: str) -> ApiKey | None:
        asked_at = monotonic()
        try:
            key = await key_store.find_key(self._pool, key_id)
        except _AWAY:
            if (known := self._known.get(key_id)) is not None:
                known.read_at = monotonic()
            raise
        finally:
            del self._asked[key_id]
        if key is None:
            self.forget(key_id)
        else:
            self._known[key_id] = _Known(key, asked_at)
        return key

    def _use(self, key: ApiKey, now: datetime) -> None:
        noted = max(key.last_used_at or _LONG_AGO, self._noted.get(key.key_id, _LONG_AGO))
        if now - noted >= USE_NOTED:
            self._noted[key.key_id] = self._to_note[key.key_id] = now

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            looks = (_tried(partial(self._look_at, key_id)) for key_id in list(self._held))
            await asyncio.gather(_tried(self._note_uses), *looks)

    async def _note_uses(self) -> None:
        if used := self._to_note:
            self._to_note = {}
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await key_store.note_uses(self._pool, used)
            except BaseException:
                self._to_note = used | self._to_note
                raise

    async def _look_at(self, key_id: str) -> None:
        key = await self._find(key_id)
        if key is None or not key.is_usable(datetime.now(UTC)):
            for let_go in list(self._held.get(key_id, ())):
                let_go()


async def _tried(work: Callable[[], Awaitable[None]]) -> None:
    """Do one thing; that the database is away keeps nothing else from being done."""
    try:
        await work()
    except (*_AWAY, PostgresError) as error:
        logger.debug("keys are not looked at", error=type(error).__name__)
