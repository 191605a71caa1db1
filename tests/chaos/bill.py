"""What the tables say: how far the projection and the bill are, and whether they add up."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from contracts import subjects
from usage.store import id_of

TIMEOUT_S = 5

PROJECTED = "SELECT last_seq FROM gateway.checkpoint"
NOTED = """
SELECT (SELECT count(*) FROM usage.usage_events) + (SELECT count(*) FROM usage.saved_calls)
    + (SELECT count(*) FROM usage.rejected_calls)
"""
IS_BILLED = """
SELECT (SELECT count(*) FROM usage.usage_events WHERE id = $1)
    + (SELECT count(*) FROM usage.saved_calls WHERE id = $1)
"""
UNKNOWN = "SELECT count(*) FROM usage.usage_events WHERE total_tokens = 0"
REJECTED = "SELECT count(*) FROM usage.rejected_calls"
RUNS = "SELECT run_id, status FROM gateway.runs"
TABLES = """
SELECT table_name
FROM information_schema.tables
WHERE table_schema = 'gateway' AND table_type = 'BASE TABLE'
    AND table_name NOT IN ('channels', 'checkpoint', 'alembic_version')
ORDER BY table_name
"""
CHECKSUM = """
SELECT md5(coalesce(string_agg(line, '|' ORDER BY line), ''))
FROM (SELECT whole::text AS line FROM gateway.{table} AS whole) AS lines
"""
TOTALS = """
SELECT totals.calls, totals.total_tokens, totals.cost_usd_micro,
    events.calls, events.total_tokens, events.cost_usd_micro,
    runs.calls, runs.total_tokens, runs.cost_usd_micro
FROM usage.totals,
    (SELECT count(*) AS calls, coalesce(sum(total_tokens), 0)::bigint AS total_tokens,
        coalesce(sum(cost_usd_micro), 0)::bigint AS cost_usd_micro
     FROM usage.usage_events) AS events,
    (SELECT coalesce(sum(calls), 0)::bigint AS calls,
        coalesce(sum(total_tokens), 0)::bigint AS total_tokens,
        coalesce(sum(cost_usd_micro), 0)::bigint AS cost_usd_micro
     FROM usage.run_totals) AS runs
"""
AWAY = (
    *(OSError, TimeoutError),
    *(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError),
)


class Books:
    """The database, which may be away."""

    def __init__(self, pool: asyncpg.Pool, js: JetStreamContext) -> None:
        self._pool = pool
        self._js = js

    async def projected(self) -> int:
        """Return the last event that is in the projection, -1 while that cannot be asked."""
        return await self._number(PROJECTED)

    def is_billed(self, call: str) -> Callable[[], Awaitable[bool]]:
        """Return the check whether a call is billed; its subject names it, or its id."""
        if not call:  # it was a note of what was saved
            return _true
        identity = id_of(call) if call.startswith("call.") else UUID(call)

        async def check() -> bool:
            return await self._number(IS_BILLED, identity) == 1

        return check

    async def calls_on_record(self) -> int:
        """Return how many calls the journal holds, -1 while that cannot be asked."""
        try:
            info = await self._js.stream_info(subjects.CALLS)
        except (NatsError, TimeoutError):
            return -1
        return info.state.messages

    async def _number(self, statement: str, *arguments: object) -> int:
        try:
            return int(await self._pool.fetchval(statement, *arguments, timeout=TIMEOUT_S))
        except AWAY:
            return -1

    async def unknown(self) -> int:
        """Return how many calls are billed of which nobody told what they used."""
        return int(await self._pool.fetchval(UNKNOWN))

    async def rejected(self) -> int:
        return int(await self._pool.fetchval(REJECTED))

    async def noted(self) -> int:
        """Return how many entries of the journal are in the tables: paid, saved or refused."""
        return int(await self._pool.fetchval(NOTED))

    async def totals(self) -> Sequence[int]:
        """Return calls, tokens and micro-USD three times: kept totals, events, runs' totals."""
        (row,) = await self._pool.fetch(TOTALS)
        return tuple(row)

    async def statuses(self) -> dict[str, str]:
        return {row["run_id"]: row["status"] for row in await self._pool.fetch(RUNS)}

    async def checksums(self) -> dict[str, Any]:
        tables = [row["table_name"] for row in await self._pool.fetch(TABLES)]
        return {table: await self._pool.fetchval(CHECKSUM.format(table=table)) for table in tables}


async def _true() -> bool:
    return True


@asynccontextmanager
async def opened(database_url: str, js: JetStreamContext) -> AsyncIterator[Books]:
    async with asyncpg.create_pool(
        database_url, min_size=0, max_size=4, timeout=TIMEOUT_S, command_timeout=60
    ) as pool:
        yield Books(pool, js)
