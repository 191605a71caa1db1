"""Decides what ended so long ago that it is deleted: runs, then files that nobody uses.

A run and those that repeat it share a journal and outputs: such a family is deleted as a whole,
when the last of it ended long enough ago. What is on the bill stays there.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from asyncpg import Pool, PostgresError, Record
from loguru import logger
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from agentkit.errors import SettingsError
from agentkit.nats import close, connect, last_on
from agentkit.outage import survives_outage
from agentkit.sweeping import Swept, sweep
from agentkit.wire import Connection
from contracts import subjects
from gateway import database, log
from gateway.deleting import TIMEOUT_S, TOGETHER, CatchUp, Deleting
from gateway.questions import POLICY
from gateway.settings import ProjectorSettings
from gateway.using import Using

SETTLE_S = 10.0
"""A run that is repeated while it is deleted is on the log by then."""
PASS_S = 3600.0
"""How often it is looked for runs that are to be deleted."""
SWEEP_S = 24 * 3600.0
"""How often it is looked for files that nobody uses."""
UNNOTED = timedelta(days=1, hours=1)
"""An object may have been put so much later than it is noted, clocks included."""
CLOCKS_DIFFER = timedelta(hours=1)
CONNECT_S = 10.0

KEY = "hashtextextended('gateway.retention', 0)"
ALONE = f"SELECT pg_try_advisory_lock({KEY}), clock_timestamp()"
NOT_ALONE = f"SELECT pg_advisory_unlock({KEY})"
BESIDE_OTHERS = f"SELECT pg_advisory_lock_shared({KEY})"
NOT_BESIDE_OTHERS = f"SELECT pg_advisory_unlock_shared({KEY})"
"""For whoever must not see runs deleted; it is waited for."""

FAMILIES = """
WITH RECURSIVE first AS (
    SELECT run_id, completed_at
    FROM gateway.runs AS run
    WHERE completed_at < $1
      AND ($2::timestamptz IS NULL OR (completed_at, run_id) > ($2, $3::text))
      AND NOT EXISTS (SELECT FROM gateway.runs AS parent WHERE parent.run_id = run.parent_run_id)
    ORDER BY completed_at, run_id
    LIMIT $4
), member AS (
    SELECT run_id AS first_id, completed_at AS first_at, run_id, completed_at, 0 AS depth
    FROM first
    UNION ALL
    SELECT first_id, first_at, child.run_id, child.completed_at, depth + 1
    FROM member
    JOIN gateway.runs AS child ON child.parent_run_id = member.run_id
), family AS (
    SELECT first_id, first_at, array_agg(run_id ORDER BY depth) AS run_ids,
           bool_and(completed_at IS NOT NULL AND completed_at < $1) AS is_over
    FROM member
    GROUP BY first_id, first_at
)
SELECT last_seq, family.*
FROM gateway.checkpoint
LEFT JOIN family ON true
ORDER BY first_at, first_id
"""
"""Each first run that ended by then, with all that repeat it, the repeated ones first."""


class RetentionError(Exception):
    """Nothing can be deleted now. The message is a sentence for a person."""


@dataclass(slots=True)
class Deleted:
    """What was deleted. `unbilled` runs were kept: not all that they paid is on the bill yet."""

    runs: int = 0
    unbilled: int = 0
    files: int = 0
    bytes: int = 0


class Retention:
    """Deletes on one log and its projection. Several may try: one at a time does."""

    def __init__(
        self, pool: Pool, connection: Connection, catch_up: CatchUp, *, settle_s: float = SETTLE_S
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._catch_up = catch_up
        self._deleting = Deleting(connection, catch_up)
        self._js = connection.jetstream(timeout=TIMEOUT_S)
        self._settle_s = settle_s

    async def count(self, ended_before: datetime) -> int:
        """Return how many runs would be deleted.

        Raises:
            RetentionError: the tables are being made anew.
        """
        found = [len(family["run_ids"]) async for family in self._families(ended_before)]
        return sum(found)

    async def enforce(
        self, ended_before: datetime, *, requested_by: str, sweeps: bool = True
    ) -> Deleted:
        """Delete the runs that ended before a moment and, if it `sweeps`, files nobody uses.

        Raises:
            RetentionError: not now, and why.
            TimeoutError, nats.errors.Error, asyncpg errors: a server is away; go on later.
        """
        deleted = Deleted()
        async with self._alone():
            await self._catch_up()
            await self._deleting.finish()
            async for families in _grouped(self._families(ended_before)):
                billed, unbilled = await self._billed(families)
                await self._deleting.delete(billed, requested_by)
                deleted.runs += len(billed)
                deleted.unbilled += len(unbilled)
            if sweeps:
                await asyncio.sleep(self._settle_s if deleted.runs else 0)
                swept = await self._sweep(ended_before)
                deleted.files, deleted.bytes = swept.files, swept.bytes
        return deleted

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self._pool.acquire() as session:
            row = await session.fetchrow(ALONE)
            assert row is not None  # noqa: S101 -- a row of functions is a row
            is_alone, now = row
            if not is_alone:
                raise RetentionError(
                    "runs are being deleted or the tables verified right now: try again later"
                )
            try:
                if abs(now - datetime.now(UTC)) > CLOCKS_DIFFER:
                    raise RetentionError(
                        f"the database's clock says {now:%Y-%m-%d %H:%M} UTC and this machine's "
                        "another hour: nothing is deleted before they agree"
                    )
                yield
            finally:
                await session.execute(NOT_ALONE)

    async def _families(self, ended_before: datetime) -> AsyncIterator[Record]:
        """Yield what can be deleted, the longest ended first."""
        after: tuple[datetime | None, str] = (None, "")
        while True:
            end = await self._caught_up()
            rows = await self._pool.fetch(FAMILIES, ended_before, *after, TOGETHER)
            _refuse_behind(rows, end)
            found = [row for row in rows if row["first_id"] is not None]
            for row in found:
                if row["is_over"]:
                    yield row
            if len(found) < TOGETHER:
                return
            after = (found[-1]["first_at"], found[-1]["first_id"])

    async def _caught_up(self) -> int:
        """Bring the tables up to the log; return to where."""
        end = await log.last_seq(self._connection)
        await self._catch_up()
        return end

    async def _billed(self, families: Sequence[Record]) -> tuple[list[str], list[str]]:
        """Return the runs of which all that was paid is on the bill, and those that must wait."""
        until = await self._billed_until()
        billed, unbilled = list[str](), list[str]()
        for family in families:
            last = await asyncio.gather(*map(self._last_call_of, family["run_ids"]))
            (billed if max(last) <= until else unbilled).extend(family["run_ids"])
        return billed, unbilled

    @survives_outage
    async def _billed_until(self) -> int:
        """Return up to which sequence of the journal the usage service has done its work."""
        try:
            info = await self._js.consumer_info(subjects.CALLS, subjects.USAGE)
        except NotFoundError:
            return 0
        return 0 if info.ack_floor is None else info.ack_floor.stream_seq

    async def _last_call_of(self, run_id: str) -> int:
        found = await last_on(self._connection, subjects.CALLS, subjects.calls_of(run_id))
        return 0 if found is None else found.seq or 0

    async def _sweep(self, ended_before: datetime) -> Swept:
        """Delete files that no run uses.

        What a run puts is noted as put after the run was asked for, and what it takes over is of
        its family: so only a run that is older than a file's note can use the file. Releases
        before this one did not note what was put again: until as much time has gone by as runs
        are kept, nothing is deleted.
        """
        unused_since = ended_before - UNNOTED
        using = Using(self._pool, self._connection)
        if await using.noted_since() > unused_since:
            return Swept()
        end = await self._caught_up()
        rows = await using.runs_to_read(ended_before)
        _refuse_behind(rows, end)
        await using.read(row["run_id"] for row in rows if row["run_id"] is not None)
        return await sweep(
            self._connection, unused_since=unused_since, in_use=partial(self._in_use, using, end)
        )

    async def _in_use(self, using: Using, end: int, files: Collection[str]) -> Collection[str]:
        rows = await using.produced(files)
        _refuse_behind(rows, end)
        return using.among(files) | {row["sha256"] for row in rows if row["sha256"] is not None}


def _refuse_behind(rows: Iterable[Record], end: int) -> None:
    """Refuse to go by tables that have less of the log than they had a moment ago."""
    if any(row["last_seq"] < end for row in rows):
        raise RetentionError("the tables are being made anew: try again when that is done")


async def _grouped(families: AsyncIterator[Record]) -> AsyncIterator[list[Record]]:
    group = list[Record]()
    async for family in families:
        group.append(family)
        if len(group) == TOGETHER:
            yield group
            group = []
    if group:
        yield group


async def enforce_for_ever(settings: ProjectorSettings, catch_up: CatchUp) -> None:
    """Delete now and every hour what ended so many days ago; what fails is tried the next time.

    Its connection has a key of its own: nobody else may delete anything.
    """
    clock, keep = asyncio.get_running_loop().time, timedelta(days=settings.retention_days)
    swept_at = clock() - SWEEP_S
    while True:
        began, before = clock(), datetime.now(UTC) - keep
        sweeps = began >= swept_at + SWEEP_S
        try:
            deleted = await _enforce(settings, catch_up, before, sweeps=sweeps)
        except RetentionError as error:
            logger.info("nothing is deleted", reason=str(error))
        except (*database.AWAY, PostgresError, NatsError, TimeoutError, SettingsError) as error:
            logger.warning("deletion waits", error=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 -- the boundary: the tables are kept up all the same
            logger.opt(exception=error).error("nothing can be deleted, tried again")
        else:
            swept_at = began if sweeps else swept_at
            logger.info("retention enforced", **asdict(deleted))
        await asyncio.sleep(PASS_S)


async def _enforce(
    settings: ProjectorSettings, catch_up: CatchUp, before: datetime, *, sweeps: bool
) -> Deleted:
    async with asyncio.timeout(CONNECT_S):  # who is not let in would try for ever
        connection = await connect(settings, name=subjects.RETENTION)
    try:
        async with database.open_pool(settings, size=2) as pool:
            keeper = Retention(pool, connection, catch_up)
            return await keeper.enforce(before, requested_by=POLICY, sweeps=sweeps)
    finally:
        await close(connection)
