"""The tables of the bill: each call counts once, in the events and in every total."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

import asyncpg

from agentkit import failpoints

CALLS_NAMESPACE = UUID("6b9ee2a0-7f0c-5c53-9a5e-0d0a6a1c7a11")
MAX_CONNECTIONS = 4
TIMEOUT_S = 10
READY_TIMEOUT_S = 2
SESSION = {"application_name": "yaa-usage", "synchronous_commit": "on"}
"""A call is acknowledged to the journal only after its bill is on disk, whatever the server's
default: with `off` a crash of PostgreSQL loses the last commits."""


class Bill(NamedTuple):
    """One row of `usage_events`, in the order of the statement's arrays."""

    id: UUID
    run_id: str
    step: str
    attempt: int
    agent: str
    capability: str
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    buckets: str
    cost_usd_micro: int | None
    price_basis: str | None
    simulated: bool
    created_at: datetime


class Saved(NamedTuple):
    """One row of `saved_calls`, in the order of the statement's arrays."""

    id: UUID
    run_id: str
    step: str
    attempt: int
    agent: str
    provider: str
    model: str
    total_tokens: int
    cost_usd_micro: int | None
    price_basis: str | None
    simulated: bool
    saved_at: datetime


class Rejected(NamedTuple):
    """A paid call that cannot be billed: counted as unpriced, kept for a person."""

    id: UUID
    subject: str
    run_id: str
    step: str
    reason: str


class Billed(NamedTuple):
    """What calls come to that were not on the bill before."""

    agent: str
    provider: str
    model: str
    simulated: bool
    cost_usd_micro: int
    calls: int
    unpriced_calls: int


def id_of(subject: str) -> UUID:
    """Return the identity of the call that was recorded under `subject`."""
    return uuid5(CALLS_NAMESPACE, subject)


@asynccontextmanager
async def open_store(database_url: str) -> AsyncIterator["Store"]:
    """Open a small pool; it connects when it is first used, so PostgreSQL may come later."""
    async with asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=MAX_CONNECTIONS,
        timeout=TIMEOUT_S,
        command_timeout=TIMEOUT_S,
        server_settings=SESSION,
    ) as pool:
        yield Store(pool)


class Store:
    """Writes the bill."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def record(
        self,
        bills: Sequence[Bill],
        rejected: Sequence[Rejected],
        saved: Sequence[Saved] = (),
    ) -> list[Billed]:
        """Record calls in one transaction; those recorded before change nothing.

        Returns:
            What was not recorded before; calls that cannot be billed are of the agent "".

        Raises:
            asyncpg.DataError: a value fits no column.
            asyncpg.ProgramLimitExceededError: a value fits no index.
        """
        async with self._pool.acquire(timeout=TIMEOUT_S) as connection, connection.transaction():
            await connection.execute(LOCK_TOTALS)
            rows = await connection.fetch(
                RECORD,
                *_columns(bills, width=len(Bill._fields)),
                *_columns(rejected, width=len(Rejected._fields)),
            )
            if saved:
                await connection.execute(SAVE, *_columns(saved, width=len(Saved._fields)))
            await failpoints.reach("usage.middle", str(bills[0].id) if bills else "")
        return [Billed(*row) for row in rows]

    async def missing(self) -> list[str]:
        """Return what keeps the bill from being written, as sentences."""
        try:
            async with self._pool.acquire(timeout=READY_TIMEOUT_S) as connection:
                await connection.execute(IS_MIGRATED, timeout=READY_TIMEOUT_S)
        except asyncpg.UndefinedTableError:
            return ["schema usage is not migrated: run python -m agentkit.migrate usage"]
        except asyncpg.ClientConfigurationError:
            return ["the address of postgresql cannot be used: correct YAA_DATABASE_URL"]
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return [f"postgresql is not reachable ({type(error).__name__})"]
        return []


def _columns(rows: Sequence[tuple[object, ...]], *, width: int) -> list[list[object]]:
    if not rows:
        return [[] for _ in range(width)]
    return [list(column) for column in zip(*rows, strict=True)]


IS_MIGRATED = "SELECT calls FROM usage.totals"

LOCK_TOTALS = "SELECT FROM usage.totals FOR UPDATE"
"""Every writer changes this row, so taking it first keeps replicas from deadlock."""

RECORD = """
WITH billed AS (
    INSERT INTO usage.usage_events (
        id, run_id, step, attempt, agent, capability, provider, model,
        prompt_tokens, completion_tokens, total_tokens, buckets,
        cost_usd_micro, price_basis, simulated, created_at
    )
    SELECT
        id, run_id, step, attempt, agent, capability, provider, model,
        prompt_tokens, completion_tokens, total_tokens, buckets::jsonb,
        cost_usd_micro, price_basis, simulated, created_at
    FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::bigint[],
        $14::text[], $15::boolean[], $16::timestamptz[]
    ) AS call (
        id, run_id, step, attempt, agent, capability, provider, model,
        prompt_tokens, completion_tokens, total_tokens, buckets,
        cost_usd_micro, price_basis, simulated, created_at
    )
    WHERE NOT EXISTS (
        SELECT FROM usage.rejected_calls AS known WHERE known.id = call.id
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING *
),
refused AS (
    INSERT INTO usage.rejected_calls (id, subject, run_id, step, reason)
    SELECT id, subject, run_id, step, reason
    FROM unnest($17::uuid[], $18::text[], $19::text[], $20::text[], $21::text[])
        AS call (id, subject, run_id, step, reason)
    WHERE NOT EXISTS (
        SELECT FROM usage.usage_events AS known WHERE known.id = call.id
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING run_id, step, rejected_at
),
counted AS (
    SELECT
        run_id,
        step,
        COALESCE(cost_usd_micro, 0) AS cost_usd_micro,
        prompt_tokens,
        completion_tokens,
        total_tokens,
        (cost_usd_micro IS NULL)::integer AS unpriced,
        simulated::integer AS simulated,
        created_at
    FROM billed
    UNION ALL
    SELECT run_id, step, 0, 0, 0, 0, 1, 0, rejected_at
    FROM refused
),
by_run AS (
    INSERT INTO usage.run_totals AS total (
        run_id, cost_usd_micro, total_tokens, unpriced_calls, simulated_calls, calls,
        prompt_tokens, completion_tokens, first_at
    )
    SELECT
        run_id, sum(cost_usd_micro), sum(total_tokens), sum(unpriced), sum(simulated), count(*),
        sum(prompt_tokens), sum(completion_tokens), min(created_at)
    FROM counted
    GROUP BY run_id
    ON CONFLICT (run_id) DO UPDATE SET
        prompt_tokens = total.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = total.completion_tokens + excluded.completion_tokens,
        first_at = least(total.first_at, excluded.first_at),
        cost_usd_micro = total.cost_usd_micro + excluded.cost_usd_micro,
        total_tokens = total.total_tokens + excluded.total_tokens,
        unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
        simulated_calls = total.simulated_calls + excluded.simulated_calls,
        calls = total.calls + excluded.calls
),
by_step AS (
    INSERT INTO usage.step_totals AS total (
        run_id, step, cost_usd_micro, total_tokens, unpriced_calls, simulated_calls, calls
    )
    SELECT
        run_id, step,
        sum(cost_usd_micro), sum(total_tokens), sum(unpriced), sum(simulated), count(*)
    FROM counted
    GROUP BY run_id, step
    ON CONFLICT (run_id, step) DO UPDATE SET
        cost_usd_micro = total.cost_usd_micro + excluded.cost_usd_micro,
        total_tokens = total.total_tokens + excluded.total_tokens,
        unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
        simulated_calls = total.simulated_calls + excluded.simulated_calls,
        calls = total.calls + excluded.calls
),
by_day AS (
    INSERT INTO usage.day_totals AS total (
        day, agent, provider, model, simulated,
        cost_usd_micro, prompt_tokens, completion_tokens, unpriced_calls, calls
    )
    SELECT
        (created_at AT TIME ZONE 'UTC')::date, agent, provider, model, simulated,
        COALESCE(sum(cost_usd_micro), 0), sum(prompt_tokens), sum(completion_tokens),
        count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
    FROM billed
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (day, agent, provider, model, simulated) DO UPDATE SET
        cost_usd_micro = total.cost_usd_micro + excluded.cost_usd_micro,
        prompt_tokens = total.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = total.completion_tokens + excluded.completion_tokens,
        unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
        calls = total.calls + excluded.calls
),
by_hour AS (
    INSERT INTO usage.hour_totals AS total (hour, cost_usd_micro, unpriced_calls, calls)
    SELECT
        date_trunc('hour', created_at, 'UTC'), COALESCE(sum(cost_usd_micro), 0),
        count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
    FROM billed
    GROUP BY 1
    ON CONFLICT (hour) DO UPDATE SET
        cost_usd_micro = total.cost_usd_micro + excluded.cost_usd_micro,
        unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
        calls = total.calls + excluded.calls
),
in_all AS (
    UPDATE usage.totals AS total SET
        cost_usd_micro = total.cost_usd_micro + batch.cost_usd_micro,
        total_tokens = total.total_tokens + batch.total_tokens,
        unpriced_calls = total.unpriced_calls + batch.unpriced_calls,
        simulated_calls = total.simulated_calls + batch.simulated_calls,
        calls = total.calls + batch.calls
    FROM (
        SELECT
            sum(cost_usd_micro) AS cost_usd_micro,
            sum(total_tokens) AS total_tokens,
            sum(unpriced) AS unpriced_calls,
            sum(simulated) AS simulated_calls,
            count(*) AS calls
        FROM counted
    ) AS batch
    WHERE batch.calls > 0
)
SELECT
    agent, provider, model, simulated,
    COALESCE(sum(cost_usd_micro), 0)::bigint, count(*),
    count(*) FILTER (WHERE cost_usd_micro IS NULL)
FROM billed
GROUP BY 1, 2, 3, 4
UNION ALL
SELECT '', '', '', false, 0, count(*), count(*)
FROM refused
HAVING count(*) > 0
"""

SAVE = """
WITH noted AS (
    INSERT INTO usage.saved_calls (
        id, run_id, step, attempt, agent, provider, model, total_tokens,
        cost_usd_micro, price_basis, simulated, saved_at
    )
    SELECT *
    FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[],
        $8::bigint[], $9::bigint[], $10::text[], $11::boolean[], $12::timestamptz[]
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING *
),
by_run AS (
    INSERT INTO usage.run_totals AS total (
        run_id, cost_usd_micro, total_tokens, unpriced_calls, simulated_calls, calls, first_at
    )
    SELECT run_id, 0, 0, 0, 0, 0, min(saved_at)
    FROM noted
    GROUP BY run_id
    ON CONFLICT (run_id) DO UPDATE SET first_at = least(total.first_at, excluded.first_at)
),
by_hour AS (
    INSERT INTO usage.hour_savings AS total (hour, saved_usd_micro, unpriced_calls, calls)
    SELECT
        date_trunc('hour', saved_at, 'UTC'), COALESCE(sum(cost_usd_micro), 0),
        count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
    FROM noted
    GROUP BY 1
    ON CONFLICT (hour) DO UPDATE SET
        saved_usd_micro = total.saved_usd_micro + excluded.saved_usd_micro,
        unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
        calls = total.calls + excluded.calls
)
INSERT INTO usage.day_savings AS total (
    day, agent, provider, model, simulated, saved_usd_micro, unpriced_calls, calls
)
SELECT
    (saved_at AT TIME ZONE 'UTC')::date, agent, provider, model, simulated,
    COALESCE(sum(cost_usd_micro), 0), count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
FROM noted
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (day, agent, provider, model, simulated) DO UPDATE SET
    saved_usd_micro = total.saved_usd_micro + excluded.saved_usd_micro,
    unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
    calls = total.calls + excluded.calls
"""

STATEMENTS = (IS_MIGRATED, LOCK_TOTALS, RECORD, SAVE)
