"""How runs and their projection stand, as it is when somebody asks for the metrics."""

import asyncio
from datetime import UTC, datetime

import asyncpg
from asyncpg import Pool
from nats.aio.client import Client
from nats.errors import Error as NatsError

from agentkit import metrics
from contracts import subjects
from gateway import checkpoint, database, log
from gateway.depths import tell

ANSWER_S = 1.0

ACTIVE = """
SELECT
    CASE
        WHEN paused THEN 'paused'
        WHEN status = 'pending' THEN 'pending'
        WHEN waiting_for_approval THEN 'waiting_for_approval'
        ELSE 'running'
    END AS state,
    count(*) AS runs,
    extract(epoch FROM now() - min(updated_at))::float8 AS idle_s
FROM gateway.runs
WHERE status IN ('pending', 'running')
GROUP BY 1
"""
STATES = ("pending", "running", "paused", "waiting_for_approval")


class Standing:
    """Gauges of what the tables and the log say, the same whichever replica asks for them."""

    def __init__(self, connection: Client, pool: Pool) -> None:
        self._connection = connection
        self._pool = pool

    async def measure(self) -> None:
        """Bring the gauges up to date; what cannot be known now is not told."""
        try:
            async with self._pool.acquire(timeout=ANSWER_S) as session:
                rows = await session.fetch(ACTIVE, timeout=ANSWER_S)
                last_seq = (await checkpoint.read(session)).last_seq
        except (*database.AWAY, asyncpg.PostgresError, TimeoutError):
            for gauge in (metrics.ACTIVE_RUNS, metrics.ACTIVE_RUN_IDLE, metrics.CONSUMER_LAG):
                gauge.clear()
            return
        none = dict.fromkeys(STATES, 0)
        runs, idle_s = ({row["state"]: row[each] for row in rows} for each in ("runs", "idle_s"))
        tell(metrics.ACTIVE_RUNS, none | runs)
        tell(metrics.ACTIVE_RUN_IDLE, none | idle_s)
        await self._measure_lag(last_seq)

    async def _measure_lag(self, last_seq: int) -> None:
        """Tell the age of the oldest event that the tables do not have, 0 when they have all."""
        try:
            async with asyncio.timeout(ANSWER_S):
                first_at = await log.next_at(self._connection, after=last_seq)
        except (NatsError, TimeoutError):
            metrics.CONSUMER_LAG.clear()
            return
        age_s = 0 if first_at is None else (datetime.now(UTC) - first_at).total_seconds()
        tell(metrics.CONSUMER_LAG, {subjects.PROJECTOR: max(0.0, age_s)})
