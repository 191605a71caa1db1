"""The only writer of the projection: applies the log to the tables, every event exactly once.

The checkpoint in the database says what was applied, and it moves in the transaction that
applies. Deliveries of the durable `projector` only tell that there is more: what is not the
direct continuation of the checkpoint is read from the log itself. So a redelivery, a crash, a
database restored from a backup and several projectors on one durable all end in the same tables.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import batched

import asyncpg
from asyncpg import Pool
from asyncpg.exceptions._base import DataError as UnencodableError  # asyncpg 0.32 exports it not
from loguru import logger
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from agentkit import failpoints, levels
from agentkit.artifacts import NatsArtifacts
from agentkit.errors import SettingsError
from agentkit.http import Readiness
from agentkit.keys import key_file
from agentkit.nats import connected
from agentkit.reader import Reader
from agentkit.replay import Replay
from agentkit.service import Service, main
from agentkit.wire import Connection
from contracts import subjects
from contracts.events import RunDeleted, RunEvent
from gateway import (
    checkpoint,
    database,
    hours,
    loading,
    log,
    outputs,
    retention,
    tables,
    totals,
)
from gateway.fold import fold
from gateway.known import KnownRuns
from gateway.log import Entry
from gateway.settings import ProjectorSettings
from gateway.state import RunState, without

PARSED_AT_ONCE = 50
"""So many events are parsed before the database is given what it waits for."""
FOLLOWED_AT_ONCE = 1000
"""So many deliveries are applied at most, and twice as many in memory."""
PACE_S = 0.05
"""So long is at least between the beginnings of two transactions that follow the log."""
LOOK_S = 2.0
"""How often it is asked what no delivery has told of: that may lie with the dead."""
IDLE_S = 5.0

UNSTORABLE = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    UnencodableError,
    OverflowError,  # of a row that is copied; of one that is put, asyncpg makes the one above
    UnicodeError,
)

type Told = Callable[[int, int], None]
"""Is told how far the log is read, and how far it goes."""


class Projector:
    def __init__(
        self,
        pool: Pool,
        connection: Connection,
        *,
        batch: int = 500,
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._artifacts = NatsArtifacts(connection)
        self._batch = batch
        self._log_is_known = False
        self._known = KnownRuns()
        self._stands_at = 0
        self._turn = asyncio.Lock()

    async def handle(self, messages: Sequence[Msg]) -> None:
        """Apply the log up to the newest of `messages`."""
        async with self._turn:
            await self._handle(log.delivered(messages))

    async def keep_up(self) -> None:
        """Look now and then, for ever, whether all was applied that was there the last time."""
        stood, was_there = -1, 0
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                stands = await checkpoint.last_seq(self._pool)
                if stands == stood < was_there:  # else deliveries come, and are enough
                    await self.look()
                stood, was_there = stands, await log.last_seq(self._connection)
            except (*database.AWAY, asyncpg.PostgresError, NatsError, SettingsError) as error:
                logger.warning("the projection waits", error=f"{type(error).__name__}: {error}")

    async def look(self) -> None:
        """Apply what is on the log, whether deliveries tell of it or not."""
        async with self._turn:
            await self.catch_up()

    async def _handle(self, entries: Sequence[Entry]) -> None:
        newest = entries[-1].seq
        last = self._stands_at
        if not self._log_is_known or not 0 < last < newest:
            await self.recognise_log()
            last = await checkpoint.last_seq(self._pool)
        while last < newest:
            page = [entry for entry in entries if entry.seq > last]
            if not _continues(page, last):
                page = await self._page_after(last)
            if not page:
                return
            await self._apply(page, after=last)
            last = self._stands_at

    async def catch_up(self, told: Told = lambda _last, _end: None) -> int:
        """Apply everything that is on the log by now and not in the tables; return how much."""
        await self.recognise_log()
        with nothing_collected():
            return await self._catch_up(told)

    async def _catch_up(self, told: Told) -> int:
        end = await log.last_seq(self._connection)
        applied, behind = 0, -1
        async with Replay(self._connection, subjects.RUNS) as replay:
            last = await checkpoint.last_seq(self._pool)
            while True:
                if behind != last:  # the first time, or another was faster, or slower
                    page = await self._next_page(replay, last)
                if not page or last >= end:
                    return applied
                behind = page[-1].seq
                applied += len(page)
                _, page = await asyncio.gather(
                    self._apply(page, after=last), self._next_page(replay, behind)
                )
                last = self._stands_at
                told(behind, max(end, behind))

    async def _next_page(self, replay: Replay, last: int) -> list[Entry]:
        """Read what is behind `last`, and parse it while the database works on what is before."""
        page = [Entry(*recorded) for recorded in await replay.after(last, self._batch)]
        for some in batched(page, PARSED_AT_ONCE, strict=False):
            for entry in some:
                _ = entry.event
            await asyncio.sleep(0)
        return page

    async def _page_after(self, last: int) -> list[Entry]:
        return await log.read_page(self._connection, last + 1, self._batch)

    async def rebuild(self, told: Told = lambda _last, _end: None) -> int:
        """Empty the projection and read the log again; safe while projectors run."""
        async with self._pool.acquire() as session, session.transaction():
            await checkpoint.lock(session)
            await tables.empty(session)
        return await self.catch_up(told)

    async def recognise_log(self) -> None:
        """Remember which log this is the projection of.

        Raises:
            SettingsError: it is the projection of another one, whose sequences mean other events.
        """
        created = await log.created_at(self._connection)
        self._log_is_known = created == (await checkpoint.read(self._pool)).log_created
        if self._log_is_known:
            return
        async with self._pool.acquire() as session, session.transaction():
            known = (await checkpoint.lock(session)).log_created
            if known is None:
                await checkpoint.name_log(session, created)
            elif known != created:
                raise SettingsError(
                    f"the projection was built from a log made {known:%Y-%m-%d %H:%M:%S} and this "
                    f"one was made {created:%Y-%m-%d %H:%M:%S}: connect the pair that belongs "
                    "together or run yaa projections rebuild"
                )
        self._log_is_known = True

    async def _apply(self, entries: Sequence[Entry], *, after: int) -> None:
        """Apply what follows `after`; an event the tables cannot hold is told and left out.

        Applies nothing when the checkpoint is elsewhere by now: it is noted where it stands, and
        the caller goes on from there.
        """
        try:
            await self._transact(entries, after)
        except UNSTORABLE as error:
            if len(entries) == 1:
                await self._skip(entries[0], after, error)
                return
            middle = len(entries) // 2
            await self._apply(entries[:middle], after=after)
            await self._apply(entries[middle:], after=entries[middle - 1].seq)

    async def _transact(self, entries: Sequence[Entry], after: int) -> None:
        """Apply a batch and move the checkpoint."""
        events = [event for entry in entries if (event := entry.event) is not None]
        files = await outputs.files_of(self._artifacts, events)
        async with self._pool.acquire() as session, session.transaction():
            self._stands_at = (await checkpoint.lock(session)).last_seq
            if self._stands_at != after:
                return
            before = await loading.load_for(session, events, self._known.at(after))
            changed, deleted = _after(before, events)
            await tables.delete_runs(session, deleted)
            await tables.put_runs(session, without(before, deleted), changed)
            there = {run.run_id for run in changed}
            await tables.put_artifacts(session, [each for each in files if each[0] in there])
            await totals.move(session, before, changed, deleted)
            await hours.move(session, before, changed, deleted)
            await failpoints.reach("projector.middle", entries[-1].subject)
            await checkpoint.move(session, entries[-1].seq)
        self._known.keep(changed, deleted, entries[-1].seq)
        self._stands_at = entries[-1].seq
        _tell(changed, before)

    async def _skip(self, entry: Entry, after: int, error: Exception) -> None:
        logger.error(
            "event cannot be projected and is left out",
            seq=entry.seq,
            run_id=subjects.run_id_of(entry.subject),
            subject=entry.subject,
            error=f"{type(error).__name__}: {error}",
        )
        async with self._pool.acquire() as session, session.transaction():
            self._stands_at = (await checkpoint.lock(session)).last_seq
            if self._stands_at == after:
                why = f"{type(error).__name__}: {error}"
                await checkpoint.leave_out(session, entry.seq, entry.subject, why)
        if self._stands_at == after:
            self._stands_at = entry.seq


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Look for no garbage in circles: events and states are trees, and a page has many."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _tell(changed: Sequence[RunState], before: Mapping[str, RunState]) -> None:
    """Leave a line for each run of which the tables now know that it has ended."""
    for run in changed:
        known = before.get(run.run_id)
        if run.completed_at is not None and (known is None or known.completed_at is None):
            logger.info("run projected", run_id=run.run_id, status=run.status)


def _after(
    before: Mapping[str, RunState], events: Sequence[RunEvent]
) -> tuple[list[RunState], frozenset[str]]:
    """Return the runs that `events` change, as they are after them, and which ones they delete.

    One that is deleted and begins again is among both.
    """
    after = dict(before)
    deleted = set[str]()
    for event in events:
        if (run := fold(after.get(event.run_id), event)) is not None:
            after[event.run_id] = run
        elif type(event) is RunDeleted:
            after.pop(event.run_id, None)
            deleted.add(event.run_id)
    changed = [run for run in after.values() if before.get(run.run_id) is not run]
    return changed, frozenset(deleted)


def _continues(entries: Sequence[Entry], last: int) -> bool:
    """Tell whether `entries` follow sequence `last` without a gap."""
    return [entry.seq for entry in entries] == list(range(last + 1, last + 1 + len(entries)))


@asynccontextmanager
async def start(settings: ProjectorSettings) -> AsyncIterator[Readiness]:
    """Bring the projection up to the log, then follow it until the block is left."""
    if settings.retention_days:
        key_file(settings, subjects.RETENTION)  # says at once when there is none
    async with (
        connected(settings, name=subjects.PROJECTOR) as connection,
        database.open_pool(settings, size=2, idle_s=IDLE_S) as pool,
    ):
        await levels.obey(connection, subjects.PROJECTOR)
        projector = Projector(pool, connection, batch=settings.projector_batch)
        try:
            await projector.catch_up()
        except database.AWAY as error:
            logger.warning("the projection waits", error=f"{type(error).__name__}: {error}")
        async with (
            _meanwhile(projector.keep_up()),
            _meanwhile(_retain(settings, projector)),
            Reader(
                connection,
                stream=subjects.RUNS,
                durable=subjects.PROJECTOR,
                handle=partial(_paced, projector),
                batch=min(FOLLOWED_AT_ONCE, settings.projector_batch),
                drain_timeout_s=settings.drain_timeout_s,
            ) as reader,
        ):
            logger.info("projector started")
            yield partial(_missing, reader, pool)


async def _retain(settings: ProjectorSettings, projector: Projector) -> None:
    """Delete what is not to be kept any longer, for ever; do nothing when all is."""
    if settings.retention_days:
        await retention.enforce_for_ever(settings, projector.look)


async def _paced(projector: Projector, messages: Sequence[Msg]) -> None:
    """Apply what has come, and let more come before the next time.

    A transaction takes as long for one event as for fifty: whoever applies each at once takes a
    core away from those that make them.
    """
    clock = asyncio.get_running_loop().time
    next_at = clock() + PACE_S
    await projector.handle(messages)
    await asyncio.sleep(next_at - clock())


@asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do `work` until the block is left."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        finally:
            task.cancel()


async def _missing(reader: Reader, pool: Pool) -> list[str]:
    return [*await reader.missing(), *await database.missing(pool)]


service = Service("projector", ProjectorSettings, start)

if __name__ == "__main__":
    main(service)
