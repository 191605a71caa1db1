"""From a backup to a broker and a database that go on where they were.

A backup is of several moments, so what can follow from the log does follow from it. Durables begin
at the first event: the orchestrator looks at every run again and asks for what is missing, agents
find what they have done, calls that are not on the bill are billed. Timers of runs are set anew.
Tables that are behind the log catch up, and tables of another log, or ahead of it, are made anew.
"""

import asyncio
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from agentkit.provision import provision
from agentkit.service import agent_names
from agentkit.settings import NotifySettings, Settings
from agentkit.wire import Connection
from contracts import subjects
from gateway import checkpoint, database, log
from gateway.projector import Projector
from yaa.backup import database as tables
from yaa.backup import streams
from yaa.backup.manifest import DATABASE, Manifest, read, stream_file
from yaa.backup.servers import as_operator
from yaa.errors import UsageError, YaaError
from yaa.stack.preflight import settings

POOL = 2

PARTS = frozenset({"broker", "database"})


@dataclass(frozen=True, slots=True)
class Restored:
    """`events` is how many the tables lacked; `anew` that all of them were applied again."""

    manifest: Manifest
    events: int
    anew: bool


def restore(
    settings: Settings, folder: Path, *, replace: bool, parts: AbstractSet[str] = PARTS
) -> Restored:
    """Put a backup, or a part of it, in the place of what the servers hold.

    Raises:
        UsageError: it is no backup, services are at work, or there is something to lose.
        YaaError: a server does not answer, or refuses.
    """
    manifest = read(folder)
    work = _Restoring(settings, folder, manifest, parts)
    return asyncio.run(work.run(replace=replace))


@dataclass(frozen=True, slots=True)
class _Restoring:
    settings: Settings
    folder: Path
    manifest: Manifest
    parts: AbstractSet[str]

    @property
    def _url(self) -> str:
        return self.settings.database_url.get_secret_value()

    async def run(self, *, replace: bool) -> Restored:
        notify = settings(NotifySettings).notify
        async with as_operator(self.settings) as connection:
            await _refuse_work(connection)
            if not replace:
                await self._refuse_loss(connection)
            if "broker" in self.parts:
                await self._restore_streams(connection)
            else:
                await _forget_bills(connection)
            replicas = self.settings.nats_replicas
            await provision(connection, agent_names(), replicas=replicas, notify=notify)
            if "database" in self.parts:
                await asyncio.to_thread(tables.restore, self._url, self.folder / DATABASE)
            events, anew = await self._project(connection)
        return Restored(self.manifest, events, anew)

    async def _refuse_loss(self, connection: Client) -> None:
        held = await streams.messages_in(connection, subjects.RUNS)
        if "broker" in self.parts and held:
            raise UsageError(
                f"the log at {self.settings.nats_url} holds {held:,} events: "
                "restore elsewhere, or give --replace to lose them"
            )
        if "database" in self.parts and await asyncio.to_thread(tables.hold_runs, self._url):
            raise UsageError(
                "the database holds runs: restore elsewhere, or give --replace to lose it"
            )

    async def _restore_streams(self, connection: Client) -> None:
        for name, kept in self.manifest.streams.items():
            await streams.remove(connection, name)
            with stream_file(self.folder, name).open("rb") as content:
                await streams.restore(
                    connection, name, kept.told, content, replicas=self.settings.nats_replicas
                )
        await _forget_timers(connection)

    async def _project(self, connection: Connection) -> tuple[int, bool]:
        """Bring the tables to where the log is; return by how many events, and whether anew."""
        async with database.open_pool(self.settings, size=POOL) as pool:
            if missing := await database.missing(pool):
                raise YaaError("; ".join(missing))
            known, projector = await checkpoint.read(pool), Projector(pool, connection)
            created = await log.created_at(connection)
            theirs = self.manifest.streams[subjects.RUNS].created
            expected = theirs if "broker" in self.parts else created
            is_ahead = known.last_seq > await log.last_seq(connection)
            if is_ahead or known.log_created not in {None, expected}:
                return await projector.rebuild(), True
            async with pool.acquire() as session:  # the same log, which the broker made anew
                await checkpoint.name_log(session, created)
            return await projector.catch_up(), False


async def _refuse_work(connection: Client) -> None:
    """Refuse while somebody reads the log: he would read on in another one."""
    for consumer in await _consumers(connection):
        if consumer.num_waiting:
            raise UsageError(
                f"{consumer.name} is at work on the log: stop all services, then restore"
            )


async def _consumers(connection: Client) -> list[ConsumerInfo]:
    try:
        return await connection.jetstream().consumers_info(subjects.RUNS)
    except NotFoundError:
        return []


async def _forget_timers(connection: Client) -> None:
    """Remove what is to wake runs: it may speak of events that are not on the log any more."""
    for which in (subjects.SET_TIMERS, subjects.FIRED_TIMERS):
        await connection.jetstream().purge_stream(subjects.TIMERS, subject=which)


async def _forget_bills(connection: Client) -> None:
    """Let the journal be read from its beginning: the bill may have lost its end."""
    with suppress(NotFoundError):
        await connection.jetstream().delete_consumer(subjects.CALLS, subjects.USAGE)
