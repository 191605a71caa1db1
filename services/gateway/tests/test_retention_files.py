"""Files go when no run uses them any more; with the runs, by themselves, where so is wished."""

import orjson
import pytest

from agentkit.testing import wait_until
from contracts.artifacts import ArtifactRef
from gateway.projector import start

from .story import Story
from .world import WHOLE, repeats, shown


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
