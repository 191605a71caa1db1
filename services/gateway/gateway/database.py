"""PostgreSQL as the gateway reaches it: it may come late, go away, and come back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, override

import asyncpg
from asyncpg import Connection, Pool
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from agentkit.settings import Settings

TIMEOUT_S = 10
READY_TIMEOUT_S = 2
WAIT_S = 5
"""How long a request waits for a connection, and how long it may hold one where that is bounded."""
STILL_S = 1.0
"""So long nobody else waits for a server that has just been given up."""

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # it died in the middle of a statement being prepared
)
"""What a statement raises while PostgreSQL is gone, starting or stopping."""


class _Pool(Pool):
    """Gives up a server that stands still. Whoever says how long it waits decides for itself."""

    holds_s: float | None = None
    answered_at = 0.0
    still_until = 0.0

    @override
    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        return _Held(self, WAIT_S) if timeout is None else super().acquire(timeout=timeout)


class _Held(PoolAcquireContext):
    """A connection that is broken off when it is held for too long.

    A statement that is given up must be cancelled before its connection is free, which a server
    that stands still does not do either: that would double the time.
    """

    pool: _Pool
    _end: asyncio.TimerHandle | None = None

    @override
    async def __aenter__(self) -> PoolConnectionProxy:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        if self._began < self.pool.still_until:
            raise TimeoutError("postgresql stood still a moment ago")
        try:
            connection: PoolConnectionProxy = await super().__aenter__()
        except TimeoutError:
            self._note()
            raise
        if self.pool.holds_s is not None:
            self._end = self._loop.call_later(self.pool.holds_s, self._break_off, connection)
        return connection

    @override
    async def __aexit__(self, *exc: object) -> None:
        if exc[0] is None:
            self.pool.answered_at = self._loop.time()
        try:
            await super().__aexit__(*exc)
        finally:
            if self._end is not None:
                self._end.cancel()

    def _break_off(self, connection: PoolConnectionProxy) -> None:
        self._note()
        connection.terminate()

    def _note(self) -> None:
        """Let others not wait, unless one of them was answered: then only this was too much."""
        if self.pool.answered_at < self._began:
            self.pool.still_until = self._loop.time() + STILL_S


_USUAL: Mapping[str, Any] = {
    "connection_class": asyncpg.Connection,
    "record_class": asyncpg.Record,
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300,
    "init_size": None,
    "connect": None,
    "setup": None,
    "init": None,
    "loop": None,
}
"""What `asyncpg.create_pool` would say; it makes no other kind of pool."""


@asynccontextmanager
async def open_pool(
    settings: Settings, *, size: int, idle_s: float | None = None, holds_s: float | None = None
) -> AsyncIterator[Pool]:
    """Open a pool that connects when it is first used.

    Plans are made for the values at hand, so that one statement serves every set of filters. A
    transaction in which nothing happens for `idle_s` is rolled back: whoever stands still holds
    no lock for ever. Whoever waits for a connection gives up after `WAIT_S`, and whoever has one
    loses it after `holds_s`: while the server stands still, requests are not to queue up behind
    one another, nor one that asks several things to wait for each. No session has settings of its
    own, so none is reset when it is given back: that is another round trip for every statement.
    """
    idle = {} if idle_s is None else {"idle_in_transaction_session_timeout": f"{idle_s:.0f}s"}
    async with _Pool(
        settings.database_url.get_secret_value(),
        **_USUAL,
        min_size=0,
        max_size=size,
        timeout=TIMEOUT_S,
        command_timeout=TIMEOUT_S,
        reset=_as_it_is,
        server_settings={
            "application_name": "yaa",
            "plan_cache_mode": "force_custom_plan",
            **idle,
        },
    ) as pool:
        pool.holds_s = holds_s
        yield pool


async def _as_it_is(_: Connection) -> None:
    """Do nothing: what was left open, asyncpg ends by itself."""


async def missing(pool: Pool) -> list[str]:
    """Return what keeps the database from being used, as sentences."""
    try:
        async with pool.acquire(timeout=READY_TIMEOUT_S) as session:
            await session.execute("SELECT 1 FROM gateway.checkpoint", timeout=READY_TIMEOUT_S)
    except asyncpg.UndefinedTableError:
        return ["the database has no tables of the gateway: run python -m agentkit.migrate"]
    except AWAY as error:
        return [f"postgresql does not answer ({type(error).__name__})"]
    return []
