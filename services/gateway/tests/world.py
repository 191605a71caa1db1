"""All that runs leave behind, where it can be made to be old."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count

import orjson
from asyncpg import Pool
from nats.aio.client import Client

from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append
from agentkit.testing import age_file
from contracts import subjects
from contracts.artifacts import ArtifactRef, BlobRef
from contracts.events import Parent
from gateway import log
from gateway.retention import Deleted, Retention
from gateway.verify import verify

from .story import T0, Story, ref_to

FILES = f"OBJ_{subjects.ARTIFACTS_BUCKET}"
LONG_AGO = T0
KEEP = timedelta(days=30)
WHOLE = 10
"""So many events has a run that completes with one retry in it."""


@dataclass
class World:
    """A log, a journal, a store of files and the tables."""

    connection: Client
    pool: Pool
    project: Callable[[], Awaitable[object]]
    numbers: count = field(default_factory=lambda: count(1))

    @property
    def store(self) -> NatsArtifacts:
        return NatsArtifacts(self.connection)

    @cached_property
    def keeper(self) -> Retention:
        return Retention(self.pool, self.connection, self.project, settle_s=0)

    async def record(self, *stories: Story) -> None:
        for event in (event for each in stories for event in each.events):
            await append(self.connection.jetstream(), event)

    async def pays(self, run_id: str, body: object = None) -> None:
        """Put a call into the journal of a run."""
        subject = subjects.call(run_id, "script", "d" * 32, next(self.numbers))
        await self.connection.jetstream().publish(subject, orjson.dumps(body))

    async def is_billed(self) -> None:
        """Do the work of the usage service, as far as the broker sees it."""
        js = self.connection.jetstream()
        reader = await js.pull_subscribe_bind(subjects.USAGE, stream=subjects.CALLS)
        for message in await reader.fetch(100, timeout=2):
            await message.ack_sync()

    async def put_long_ago(self, data: bytes) -> BlobRef:
        """Put a file as if that had been long ago."""
        ref = await self.store.put(data, media_type="image/png", name="a")
        await age_file(self.connection, ref.sha256, LONG_AGO)
        return ref

    async def notes_what_is_put(
        self, *, since: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    ) -> None:
        """Have it as if nobody had put a file without its being noted since a moment."""
        await self.pool.execute("UPDATE gateway.checkpoint SET files_noted_since = $1", since)

    async def deletes(self, ended_before: datetime | None = None) -> Deleted:
        """Delete what ended thirty days ago, or before another moment, and tell the tables."""
        before = ended_before or datetime.now(UTC) - KEEP
        deleted = await self.keeper.enforce(before, requested_by="ann")
        await self.project()
        return deleted

    async def events_of(self, run_id: str) -> list[str]:
        entries = await log.read_all(self.connection, subjects.of_run(run_id))
        return [entry.event.type for entry in entries]

    async def calls_of(self, run_id: str) -> int:
        calls = subjects.calls_of(run_id)
        return len(await log.read_all(self.connection, calls, stream=subjects.CALLS))

    async def runs(self) -> list[str]:
        rows = await self.pool.fetch("SELECT run_id FROM gateway.runs ORDER BY run_id")
        return [row["run_id"] for row in rows]

    async def bytes_stored(self) -> int:
        """Count the files of which there are bytes."""
        info = await self.connection.jetstream().stream_info(FILES, "$O.*.C.>")
        return len(info.state.subjects or {})

    async def is_consistent(self) -> bool:
        return (await verify(self.pool, self.connection)).is_equal


def repeats(run_id: str) -> Parent:
    return Parent(run_id=run_id, from_step="seo", kind="rerun")


def shown(*blobs: BlobRef) -> ArtifactRef:
    """Return an output with these files in it."""
    return ref_to({"pictures": [blob.model_dump() for blob in blobs]}, "Media")
