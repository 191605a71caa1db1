"""Deletes what ended long ago: runs with their paid calls, then files that nobody uses.

A run and those that repeat it share a journal and outputs: such a family is deleted as a whole,
when the last of it ended long enough ago. First the log is told, by `RunDeleted`, which takes a run
out of the tables wherever they are made of the log; then what it told of the run is purged. The
next time goes on where a crash has left it. What is on the bill stays there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched

from asyncpg import Pool, PostgresError, Record
from loguru import logger
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from agentkit import failpoints
from agentkit.direct import TooManyError, direct_get, direct_page, sequence_of, subject_of
from agentkit.erasing import erase
from agentkit.errors import SettingsError
from agentkit.nats import append, close, connect, last_on
from agentkit.outage import survives_outage
from agentkit.sweeping import Swept, sweep
from agentkit.wire import Connection
from contracts import subjects
from contracts.events import RunDeleted, RunRequested, parse_event
from gateway import checkpoint, database, histories, log
from gateway.questions import POLICY
from gateway.settings import ProjectorSettings
from gateway.using import Using

TOGETHER = 50
"""Families that are deleted side by side."""
TOLD_FOR = timedelta(days=7)
"""So long a log tells that a run was deleted: to tables that are restored, or catch up."""
SETTLE_S = 10.0
"""A run that is repeated while it is deleted is on the log by then."""
PASS_S = 3600.0
"""How often it is looked for runs that are to be deleted."""
UNNOTED = timedelta(days=1, hours=1)
"""An object may have been put so much later than it is noted, clocks included."""
READ_AT_ONCE = 8
CONNECT_S = 10.0
TIMEOUT_S = 5.0

ALONE = "SELECT pg_try_advisory_lock(hashtextextended('gateway.retention', 0))"
NOT_ALONE = "SELECT pg_advisory_unlock(hashtextextended('gateway.retention', 0))"

FAMILIES = """
WITH RECURSIVE first AS (
    SELECT run_id, completed_at, parent_run_id IS NOT NULL AS is_orphaned
    FROM gateway.runs AS run
    WHERE completed_at < $1
      AND ($2::timestamptz IS NULL OR (completed_at, run_id) > ($2, $3::text))
      AND NOT EXISTS (SELECT FROM gateway.runs AS parent WHERE parent.run_id = run.parent_run_id)
    ORDER BY completed_at, run_id
    LIMIT $4
), member AS (
    SELECT run_id AS first_id, completed_at AS first_at, is_orphaned, run_id, completed_at
    FROM first
    UNION ALL
    SELECT first_id, first_at, is_orphaned, child.run_id, child.completed_at
    FROM member
    JOIN gateway.runs AS child ON child.parent_run_id = member.run_id
)
SELECT first_id, first_at, is_orphaned, array_agg(run_id) AS run_ids,
       bool_and(completed_at IS NOT NULL AND completed_at < $1) AS is_over
FROM member
GROUP BY first_id, first_at, is_orphaned
ORDER BY first_at, first_id
"""


type CatchUp = Callable[[], Awaitable[object]]
"""Brings the tables up to the log."""


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
        self._js = connection.jetstream(timeout=TIMEOUT_S)
        self._settle_s = settle_s

    async def count(self, ended_before: datetime) -> int:
        """Return how many runs would be deleted."""
        found = [len(family["run_ids"]) async for family in self._families(ended_before)]
        return sum(found)

    async def enforce(
        self, ended_before: datetime, *, requested_by: str, sweeps: bool = True
    ) -> Deleted:
        """Delete the runs that ended before a moment, and then what nobody uses any more.

        Unless it `sweeps`, the latter is looked for only when runs were deleted.

        Raises:
            RetentionError: another does it right now.
            TimeoutError, nats.errors.Error, asyncpg errors: a server is away; go on later.
        """
        async with self._alone():
            await self._catch_up()
            await self._finish()
            deleted = Deleted()
            async for families in _grouped(self._families(ended_before)):
                billed, unbilled = await self._billed(families)
                await self._delete(billed, requested_by)
                deleted.runs += len(billed)
                deleted.unbilled += len(unbilled)
            if deleted.runs or sweeps:
                await asyncio.sleep(self._settle_s)
                swept = await self._sweep(ended_before)
                deleted.files, deleted.bytes = swept.files, swept.bytes
        return deleted

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self._pool.acquire() as session:
            if not await session.fetchval(ALONE):
                raise RetentionError("runs are being deleted already: try again later")
            try:
                yield
            finally:
                await session.execute(NOT_ALONE)

    async def _families(self, ended_before: datetime) -> AsyncIterator[Record]:
        """Yield what can be deleted, the longest ended first."""
        after: tuple[datetime | None, str] = (None, "")
        while True:
            rows = await self._pool.fetch(FAMILIES, ended_before, *after, TOGETHER)
            for row in rows:
                if row["is_over"]:
                    yield row
            if len(rows) < TOGETHER:
                return
            after = (rows[-1]["first_at"], rows[-1]["first_id"])

    async def _billed(self, families: Sequence[Record]) -> tuple[list[str], list[str]]:
        """Return the runs of which all that was paid is on the bill, and those that must wait."""
        until = await self._billed_until()
        billed, unbilled = list[str](), list[str]()
        for family in families:
            journals = await self._journals_of(family)
            last = await asyncio.gather(*map(self._last_call_in, journals))
            (billed if max(last) <= until else unbilled).extend(family["run_ids"])
        return billed, unbilled

    async def _journals_of(self, family: Record) -> list[str]:
        """Name the journals of a family; an orphan's is that of a run that is gone."""
        run_ids: list[str] = family["run_ids"]
        if not family["is_orphaned"]:
            return run_ids
        beginning = subjects.beginning_of(family["first_id"])
        found = await last_on(self._connection, subjects.RUNS, beginning)
        return run_ids if found is None else [*run_ids, *_journal_in(found.data or b"")]

    @survives_outage
    async def _billed_until(self) -> int:
        """Return up to which sequence of the journal the usage service has done its work."""
        try:
            info = await self._js.consumer_info(subjects.CALLS, subjects.USAGE)
        except NotFoundError:
            return 0
        return 0 if info.ack_floor is None else info.ack_floor.stream_seq

    async def _last_call_in(self, journal_id: str) -> int:
        found = await last_on(self._connection, subjects.CALLS, subjects.calls_of(journal_id))
        return 0 if found is None else found.seq or 0

    async def _delete(self, run_ids: Sequence[str], requested_by: str) -> None:
        now = datetime.now(UTC)
        events = [RunDeleted(run_id=each, at=now, requested_by=requested_by) for each in run_ids]
        await asyncio.gather(*(append(self._js, event) for event in events))
        await self._erase_all(run_ids)
        for run_id in run_ids:
            logger.info("run deleted", run_id=run_id)

    async def _erase_all(self, run_ids: Iterable[str]) -> None:
        few = asyncio.Semaphore(READ_AT_ONCE)

        async def erase_one(run_id: str) -> None:
            async with few:
                await self._erase_run(run_id)

        await asyncio.gather(*map(erase_one, run_ids))

    async def _erase_run(self, run_id: str) -> None:
        """Erase all there is of a run but the word that it was deleted; its beginning comes last.

        As long as that is there, the rest is looked for again after a crash.
        """
        found = await last_on(self._connection, subjects.RUNS, subjects.beginning_of(run_id))
        journals = [run_id] if found is None else [run_id, *_journal_in(found.data or b"")]
        for journal_id in dict.fromkeys(journals):
            await self._purge(subjects.CALLS, subjects.calls_of(journal_id))
        await self._purge(subjects.TIMERS, subjects.timers_of(run_id))
        await failpoints.reach("retention.middle", subjects.deletion_of(run_id))
        beginning = 0 if found is None else found.seq or 0
        rest = [seq for seq in await self._events_of(run_id) if seq != beginning]
        await erase(self._connection, subjects.RUNS, rest)
        if beginning:
            await erase(self._connection, subjects.RUNS, [beginning])

    async def _events_of(self, run_id: str) -> list[int]:
        """Return the sequences of a run's events, without the one that says it was deleted."""
        subject, found, after = subjects.of_run(run_id), list[int](), 0
        try:
            return _told_in(await direct_get(self._connection, subjects.RUNS, [subject]))
        except TooManyError:
            pass
        while True:
            page = await direct_page(self._connection, subjects.RUNS, subject, after=after)
            found += _told_in(page.messages)
            if not page.more or not page.messages:
                return found
            after = sequence_of(page.messages[-1])

    @survives_outage
    async def _purge(self, stream: str, subject: str) -> None:
        await self._js.purge_stream(stream, subject=subject)

    async def _finish(self) -> None:
        """Erase what a crash has left of runs that were deleted, and the word of the oldest."""
        told = await log.read_all(self._connection, subjects.deletion_of("*"))
        if not told:
            return
        run_ids = [subjects.run_id_of(entry.subject) for entry in told]
        for some in batched(run_ids, TOGETHER, strict=False):
            await self._erase_all(await histories.begun(self._connection, some, told[-1].seq))
        last = min(await log.last_seq(self._connection), await checkpoint.last_seq(self._pool))
        since = datetime.now(UTC) - TOLD_FOR
        old = (
            entry.seq
            for entry in told
            if entry.event is not None and entry.event.at < since and entry.seq < last
        )
        await erase(self._connection, subjects.RUNS, old)

    async def _sweep(self, ended_before: datetime) -> Swept:
        """Delete files that no run uses.

        What a run puts is noted as put after the run was asked for, and what it takes over is of
        its family: so only a run that is older than a file's note can use the file.
        """
        await self._catch_up()
        using = Using(self._pool, self._connection)
        used = await using.files_of_runs_before(ended_before)
        return await sweep(self._connection, unused_since=ended_before - UNNOTED, used=used)


async def enforce_for_ever(settings: ProjectorSettings, catch_up: CatchUp) -> None:
    """Delete now and every hour what ended so many days ago; what fails is tried the next time.

    Its connection has a key of its own: nobody else may delete anything.
    """
    keep, is_swept = timedelta(days=settings.retention_days), False
    while True:
        before = datetime.now(UTC) - keep
        try:
            deleted = await _enforce(settings, catch_up, before, sweeps=not is_swept)
        except RetentionError as error:
            logger.info("nothing is deleted", reason=str(error))
        except (*database.AWAY, PostgresError, NatsError, TimeoutError, SettingsError) as error:
            logger.warning("deletion waits", error=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 -- the boundary: the tables are kept up all the same
            logger.opt(exception=error).error("nothing can be deleted, tried again")
        else:
            is_swept = True
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


async def _grouped(families: AsyncIterator[Record]) -> AsyncIterator[list[Record]]:
    group = list[Record]()
    async for family in families:
        group.append(family)
        if len(group) == TOGETHER:
            yield group
            group = []
    if group:
        yield group


def _told_in(messages: Iterable[Msg]) -> list[int]:
    return [sequence_of(each) for each in messages if not subjects.is_deletion(subject_of(each))]


def _journal_in(beginning: bytes) -> list[str]:
    """Return the journal that a run has of another one, if it has."""
    try:
        event = parse_event(beginning)
    except ValueError:
        return []
    if not isinstance(event, RunRequested) or event.journal_id is None:
        return []
    return [event.journal_id]
