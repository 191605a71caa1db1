"""Files go when no run uses them any more; with the runs, by themselves, where so is wished."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from itertools import count

import orjson
import pytest
from asyncpg import Record
from nats.errors import Error as NatsError

from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.sweeping import Swept
from agentkit.testing import age_file, wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef, BlobRef
from gateway import retention, tables
from gateway.deleting import Deleting
from gateway.projector import Projector, start
from gateway.retention import Deleted, Retention, RetentionError
from gateway.using import Using

from .story import Story
from .world import LONG_AGO, WHOLE, World, repeats, shown


@pytest.fixture(autouse=True)
async def noted(world):
    await world.notes_what_is_put()


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


async def test_files_stay_until_puts_were_noted_for_as_long_as_runs_are_kept(world, recently):
    picture = await world.put_long_ago(b"picture")
    await world.record(Story("a").requested().completes("media", shown(picture)).ends())
    await world.notes_what_is_put(since=recently)

    too_early = await world.deletes()
    await world.notes_what_is_put()
    later = await world.deletes()

    assert (too_early.runs, too_early.files) == (1, 0)
    assert (later.runs, later.files) == (0, 1)


async def test_what_a_run_has_produced_stays_though_nobody_noted_it(world, recently):
    """As of an agent that was made with an older kit."""
    picture = await world.put_long_ago(b"picture")
    young = Story("b", at=recently).requested().completes("media", shown(picture)).ends()
    await world.record(young)

    assert (await world.deletes()).files == 0
    assert await world.store.read(picture) == b"picture"


async def test_no_file_goes_by_tables_that_are_made_anew(world, monkeypatch):
    picture = await world.put_long_ago(b"picture")
    await world.record(Story("a").requested().asks("script"))
    await world.pays("a", {"blob": picture.model_dump()})
    look = Using.runs_to_read

    async def look_at_nothing(self: Using, moment: datetime) -> Sequence[Record]:
        async with world.pool.acquire() as session:
            await tables.empty(session)
        found = await look(self, moment)
        await world.project()
        return found

    monkeypatch.setattr(Using, "runs_to_read", look_at_nothing)
    with pytest.raises(RetentionError, match="the tables are being made anew"):
        await world.deletes()

    assert await world.store.read(picture) == b"picture"


@pytest.fixture
async def left(world) -> BlobRef:
    """Leave a file of a run that was deleted before the file was old enough."""
    picture = await world.store.put(b"picture", media_type="image/png", name="a")
    await world.record(Story("a").requested().completes("media", shown(picture)).ends())
    deleted = await world.deletes()
    assert (deleted.runs, deleted.files) == (1, 0)
    return picture


@pytest.fixture
async def passes(world, projector_settings, monkeypatch) -> AsyncIterator[list[Deleted]]:
    """Let one pass follow the other, and tell how they ended."""
    monkeypatch.setattr(retention, "PASS_S", 0.05)
    done, enforce = list[Deleted](), Retention.enforce

    async def enforce_and_tell(*what: object, **more: object) -> Deleted:
        done.append(await enforce(*what, **more))
        return done[-1]

    monkeypatch.setattr(Retention, "enforce", enforce_and_tell)
    settings = projector_settings.model_copy(update={"retention_days": 30})
    work = asyncio.create_task(retention.enforce_for_ever(settings, world.project))
    yield done
    work.cancel()
    await asyncio.wait([work])


async def test_files_are_looked_for_when_no_run_is_deleted_any_more(
    world, left, monkeypatch, passes
):
    await wait_until(lambda: len(passes) > 1)
    await age_file(world.connection, left.sha256, LONG_AGO)
    monkeypatch.setattr(retention, "SWEEP_S", 0.0)

    await wait_until(lambda: sum(each.files for each in passes) == 1)

    assert sum(each.runs for each in passes) == 0
    assert await world.store.size_of(left.sha256) is None


@pytest.fixture
async def fails_once(world, left, monkeypatch) -> None:
    """Have the file old enough, and the first look for such files broken off."""
    await age_file(world.connection, left.sha256, LONG_AGO)
    sweep, tried = retention.sweep, count(1)

    async def sweep_late(*what: object, **more: object) -> Swept:
        if next(tried) == 1:
            raise TimeoutError
        return await sweep(*what, **more)

    monkeypatch.setattr(retention, "sweep", sweep_late)


@pytest.mark.usefixtures("fails_once")
async def test_files_that_could_not_be_looked_for_are_the_next_time(world, left, passes):
    await wait_until(lambda: sum(each.files for each in passes) == 1)

    assert await world.store.size_of(left.sha256) is None


async def test_a_projector_that_is_told_how_long_deletes_by_itself(
    world, projector_settings, recently
):
    await world.record(Story("a").whole(), Story("b", at=recently).whole())
    settings = projector_settings.model_copy(update={"retention_days": 30})

    async def is_gone() -> bool:
        return await world.events_of("a") == ["run.deleted"]

    async with start(settings):
        await wait_until(is_gone)

    assert await world.runs() == ["b"]


async def test_a_projector_that_is_told_nothing_keeps_all(world, projector_settings):
    await world.record(Story("a").whole())

    async def is_there() -> bool:
        return await world.runs() == ["a", "b"]

    async with start(projector_settings):
        await world.record(Story("b").requested())
        await wait_until(is_there)

    assert len(await world.events_of("a")) == WHOLE


@pytest.mark.timeout(180)
async def test_a_cluster_that_loses_a_node_meanwhile_forgets_all_the_same(
    nats_cluster, pool, recently, monkeypatch
):
    monkeypatch.setattr(retention, "TOGETHER", 5)
    delete = Deleting.delete
    async with connected(Settings(nats_url=nats_cluster.url), name="test") as connection:
        await provision(connection, ["writer", "media"], replicas=3)
        world = World(connection, pool, Projector(pool, connection).catch_up)
        await world.notes_what_is_put()
        files = [await world.put_long_ago(b"old" * n) for n in range(1, 16)]
        kept = await world.store.put(b"young", media_type="image/png", name="a")
        for number, file in enumerate(files):
            old = Story(f"old-{number:02}").requested().completes("media", shown(file)).ends()
            await world.record(old)
        young = Story("young", at=recently).requested().completes("media", shown(kept)).ends()
        await world.record(young)
        leader = (await connection.jetstream().stream_info(subjects.RUNS)).cluster.leader
        node = nats_cluster.node_called(leader)

        async def delete_and_lose_a_node(*what: object) -> None:
            node.kill()
            await delete(*what)

        monkeypatch.setattr(Deleting, "delete", delete_and_lose_a_node)
        await wait_until(partial(_is_done, world), timeout_s=120)
        node.start()

        assert await world.runs() == ["young"]
        assert {run_id: len(await world.events_of(run_id)) for run_id in ("old-00", "old-14")} == {
            "old-00": 1,
            "old-14": 1,
        }
        assert [await world.store.size_of(file.sha256) for file in files] == [None] * len(files)
        assert await world.store.read(kept) == b"young"
        assert await world.is_consistent()


async def _is_done(world: World) -> bool:
    """Try until a pass ends: one that the loss of a node breaks off is gone on with."""
    try:
        await world.deletes()
    except (NatsError, TimeoutError):
        return False
    return True
