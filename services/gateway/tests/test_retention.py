"""What ended long ago is deleted with all there is of it, and nothing else is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import orjson
import pytest
from asyncpg import Pool
from nats.aio.client import Client

from agentkit import failpoints
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append
from agentkit.testing import age_file, wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef, BlobRef
from contracts.events import Parent, RunDeleted
from gateway import log, retention, tables
from gateway.projector import start
from gateway.retention import Deleted, Retention, RetentionError
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

    @property
    def retention(self) -> Retention:
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

    async def deletes(self, ended_before: datetime | None = None) -> Deleted:
        """Delete what ended thirty days ago, or before another moment, and tell the tables."""
        before = ended_before or datetime.now(UTC) - KEEP
        deleted = await self.retention.enforce(before, requested_by="ann")
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


@pytest.fixture
def world(connection, pool, project) -> World:
    return World(connection, pool, project)


@pytest.fixture
def recently() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def repeats(run_id: str) -> Parent:
    return Parent(run_id=run_id, from_step="seo", kind="rerun")


def shown(*blobs: BlobRef) -> ArtifactRef:
    """Return an output with these files in it."""
    return ref_to({"pictures": [blob.model_dump() for blob in blobs]}, "Media")


async def test_what_ended_long_ago_is_gone_and_the_rest_is_whole(world, recently):
    unfinished = Story("c").requested().asks("script")
    await world.record(Story("a").whole(), Story("b", at=recently).whole(), unfinished)

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.events_of("a") == ["run.deleted"]
    assert len(await world.events_of("b")) == WHOLE
    assert len(await world.events_of("c")) == 2
    assert await world.runs() == ["b", "c"]
    assert await world.is_consistent()


async def test_tables_that_are_made_anew_are_the_same(world, recently):
    await world.record(Story("a").whole(), Story("b", at=recently).whole())
    await world.deletes()
    totals = dict(await world.pool.fetchrow("SELECT * FROM gateway.totals"))

    async with world.pool.acquire() as session:
        await tables.empty(session)
    await world.project()

    assert await world.runs() == ["b"]
    assert dict(await world.pool.fetchrow("SELECT * FROM gateway.totals")) == totals
    assert await world.is_consistent()


async def test_who_deleted_a_run_is_on_the_log(world):
    await world.record(Story("a").whole())

    await world.deletes()

    [told] = await log.read_all(world.connection, subjects.of_run("a"))
    assert isinstance(told.event, RunDeleted)
    assert told.event.requested_by == "ann"


async def test_a_run_stays_as_long_as_one_that_repeats_it(world, recently):
    await world.record(
        Story("a").whole(),
        Story("b", at=LONG_AGO + KEEP).requested(parent=repeats("a")).ends(),
        Story("c", at=recently).requested(parent=repeats("b")).ends(),
    )

    too_early = await world.deletes()
    kept = await world.runs()
    later = await world.deletes(datetime.now(UTC))

    assert (too_early.runs, kept) == (0, ["a", "b", "c"])
    assert later.runs == 3
    for run_id in kept:
        assert await world.events_of(run_id) == ["run.deleted"]


async def test_a_run_under_way_keeps_the_one_that_it_repeats(world):
    await world.record(Story("a").whole(), Story("b").requested(parent=repeats("a")).asks("seo"))

    assert (await world.deletes(datetime.now(UTC))).runs == 0


async def test_a_run_whose_parent_is_gone_goes_as_well(world):
    await world.record(Story("b").requested(parent=repeats("nobody")).ends())

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.runs() == []
    assert await world.is_consistent()


async def test_the_journal_of_a_run_that_is_gone_goes_with_its_last_repetition(world):
    await world.record(Story("b").requested(parent=repeats("a"), journal_id="a").ends())
    await world.pays("a")

    unbilled = await world.deletes()
    await world.is_billed()
    billed = await world.deletes()

    assert (unbilled.runs, unbilled.unbilled, billed.runs) == (0, 1, 1)
    assert await world.calls_of("a") == 0


async def test_nobody_is_woken_for_a_run_that_is_deleted(world):
    far = {"Nats-Schedule": "@at 2099-01-01T00:00:00Z"}
    await world.record(Story("a").whole(), Story("b").requested())
    for run_id in ("a", "b"):
        target = {"Nats-Schedule-Target": subjects.timer_fired(run_id, subjects.DEADLINE, 1)}
        timer = subjects.timer(run_id, subjects.DEADLINE, 1)
        await world.connection.jetstream().publish(timer, b"{}", headers=far | target)

    await world.deletes()

    left = await log.read_all(world.connection, subjects.SET_TIMERS, stream=subjects.TIMERS)
    assert [each.subject for each in left] == [subjects.timer("b", subjects.DEADLINE, 1)]


async def test_a_run_of_more_events_than_an_answer_holds_goes_whole(world, wide_story):
    items = 1100
    long = wide_story("a").requested().plans("media", count=items)
    await world.record(long.runs_each("media", items).ends())

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.events_of("a") == ["run.deleted"]
    assert await world.is_consistent()


async def test_many_go_page_by_page(world, recently, monkeypatch):
    monkeypatch.setattr(retention, "TOGETHER", 3)
    old = [Story(f"old-{n:02}", at=LONG_AGO).requested().ends() for n in range(10)]
    young = [Story(f"young-{n}", at=recently).requested().ends() for n in range(2)]
    kept = Story("a", at=LONG_AGO).requested().ends()
    child = Story("child", at=recently).requested(parent=repeats("a")).ends()
    await world.record(kept, *old, *young, child)

    counted = await world.retention.count(datetime.now(UTC) - KEEP)
    deleted = await world.deletes()

    assert counted == 0  # the tables know of none of them yet
    assert deleted.runs == 10
    assert await world.runs() == ["a", "child", "young-0", "young-1"]


async def test_paid_calls_go_once_they_are_on_the_bill(world):
    await world.record(Story("a").whole(), Story("b").requested().asks("script"))
    await world.pays("a")
    await world.pays("b")

    unbilled = await world.deletes()
    kept = await world.events_of("a")
    await world.is_billed()
    billed = await world.deletes()

    assert (unbilled.runs, unbilled.unbilled, len(kept)) == (0, 1, WHOLE)
    assert (billed.runs, billed.unbilled) == (1, 0)
    assert await world.calls_of("a") == 0
    assert await world.calls_of("b") == 1


@pytest.fixture
async def crashed(world, tmp_path) -> list[str]:
    """Delete two runs and crash in the middle of one; return the one of which events are left."""
    await world.record(Story("a").whole(), Story("b").whole())
    for run_id in ("a", "b"):
        await world.pays(run_id)
    await world.is_billed()
    (tmp_path / "retention.middle").touch()
    failpoints.use(tmp_path)
    try:
        work = asyncio.create_task(world.deletes())
        await wait_until(lambda: any(_held_in(tmp_path)))
        work.cancel()
        await asyncio.wait([work])
    finally:
        failpoints.use(None)
    return [run_id for run_id in ("a", "b") if len(await world.events_of(run_id)) > 1]


def _held_in(folder: Path) -> list[Path]:
    return list(folder.glob("retention.middle@*"))


async def test_a_crash_in_the_middle_is_made_good_the_next_time(world, crashed):
    assert crashed

    await world.deletes()

    for run_id in ("a", "b"):
        assert await world.events_of(run_id) == ["run.deleted"]
        assert await world.calls_of(run_id) == 0
    assert await world.runs() == []
    assert await world.is_consistent()


async def test_after_a_week_the_log_does_not_even_tell_that_a_run_was_deleted(world):
    await world.record(Story("a").whole().is_deleted(), Story("b").requested())

    await world.deletes()

    assert await world.events_of("a") == []
    assert await world.events_of("b") == ["run.requested"]


async def test_the_last_event_of_the_log_stays(world):
    await world.record(Story("b").requested(), Story("a").whole().is_deleted())

    await world.deletes()

    assert await world.events_of("a") == ["run.deleted"]
    assert await world.is_consistent()


async def test_one_at_a_time_deletes(world):
    async with world.pool.acquire() as other:
        await other.execute(retention.ALONE)

        with pytest.raises(RetentionError, match="being deleted already"):
            await world.deletes()

        await other.execute(retention.NOT_ALONE)
    assert (await world.deletes()).runs == 0


async def test_files_of_what_is_deleted_go_with_it(world):
    picture, large = [await world.put_long_ago(data) for data in (b"picture", b"x" * 3_000_000)]
    output = shown(picture, large)
    await world.record(Story("a").requested().completes("media", output).ends())

    deleted = await world.deletes()

    assert (deleted.files, deleted.bytes) == (2, 3_000_007)
    assert await world.store.size_of(picture.sha256) is None
    assert await world.store.size_of(large.sha256) is None
    assert await world.bytes_stored() == 0


async def test_a_file_that_another_run_has_made_as_well_stays(world, recently):
    picture = await world.put_long_ago(b"picture")
    await world.record(Story("a").requested().completes("media", shown(picture)).ends())
    again = await world.store.put(b"picture", media_type="image/png", name="b")
    young = Story("b", at=recently).requested().completes("media", shown(again)).ends()
    await world.record(young)

    deleted = await world.deletes()

    assert (deleted.runs, deleted.files) == (1, 0)
    assert await world.store.read(picture) == b"picture"
    [file] = await world.pool.fetch("SELECT name, run_id FROM gateway.artifacts")
    assert dict(file) == {"name": "b", "run_id": "b"}


async def test_what_runs_use_that_are_not_deleted_stays(world, recently):
    """Whatever way they come by it: in an output, in one that lies elsewhere, in a paid call."""
    files = [b"direct", b"nested", b"bought", b"lost"]
    direct, nested, bought, lost = [await world.put_long_ago(name) for name in files]
    elsewhere = await world.put_long_ago(orjson.dumps({"picture": nested.model_dump()}))
    output = ArtifactRef(kind="Media", sha256=elsewhere.sha256, size_bytes=elsewhere.size_bytes)
    await world.record(
        Story("a").requested().completes("media", shown(direct)).asks("script"),
        Story("b", at=recently).requested(parent=repeats("gone"), reused={"media": output}),
    )
    await world.pays("a", {"blob": bought.model_dump()})

    deleted = await world.deletes()

    assert deleted.files == 1
    assert await world.store.size_of(lost.sha256) is None
    for kept in (direct, nested, bought, elsewhere):
        assert await world.store.size_of(kept.sha256) == kept.size_bytes


async def test_a_deleted_run_is_unknown_to_the_api(api, world):
    await world.record(Story("a").whole(), Story("b").requested())
    await world.deletes(datetime.now(UTC))
    await world.record(Story("c").whole().is_deleted())  # the tables do not know of it yet

    for run in ("/api/v1/pipeline/runs/a", "/api/v1/pipeline/runs/c"):
        assert (await api.get(run)).status_code == 404
        assert (await api.get(f"{run}/events")).status_code == 404
        assert (await api.post(f"{run}/retry", json={})).status_code == 404

    summary = (await api.get("/api/v1/dashboard/summary")).json()
    assert (summary["total_runs"], summary["active_runs"]) == (1, 1)


async def test_a_projector_that_is_told_how_long_deletes_by_itself(
    world, projector_settings, recently
):
    await world.record(Story("a").whole(), Story("b", at=recently).whole())
    settings = projector_settings.model_copy(update={"retention_days": 30})

    async def is_gone() -> bool:
        return await world.runs() == ["b"]

    async with start(settings):
        await wait_until(is_gone)

    assert await world.events_of("a") == ["run.deleted"]


async def test_a_projector_that_is_told_nothing_keeps_all(world, projector_settings):
    await world.record(Story("a").whole())

    async def is_there() -> bool:
        return await world.runs() == ["a", "b"]

    async with start(projector_settings):
        await world.record(Story("b").requested())
        await wait_until(is_there)

    assert len(await world.events_of("a")) == WHOLE
