"""Whether the tables say what the log says: on a real log and a real database."""

import asyncio
from datetime import timedelta
from itertools import zip_longest

import orjson
import pytest

from agentkit.artifacts import NatsArtifacts
from agentkit.errors import SettingsError
from agentkit.nats import append
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from gateway import checkpoint, tables
from gateway.migrations.versions import v0008_hours, v0009_published, v0013_files_of_runs
from gateway.projector import Projector, start
from gateway.verify import verify

from .story import T0, ref_to

MANY = 1500

STRANGER = """
INSERT INTO gateway.runs
SELECT 'z', channel_id, topic, brand_name, pipeline, brief, dry_run, simulated, status,
       current_agent, created_at, updated_at
FROM gateway.runs
WHERE run_id = 'a'
"""


@pytest.fixture
async def stories(connection, story, wide_story):
    """Runs of every kind, one of them with files that another has as well."""
    store = NatsArtifacts(connection)
    picture = await store.put(b"png", media_type="image/png", name="scene-1.png")
    inline = {"scenes": [{"image": picture.model_dump()}]}
    output = ArtifactRef(kind="Media", sha256="a" * 64, size_bytes=9, inline=inline)
    failed = story("b").requested().asks("script").fails("script", message="no\0more")
    told = [
        story("a").whole(),
        failed.ends_badly(failed.error("script", 1)),
        story("c").requested().asks("media").completes("media", output),
        story("d").requested().asks("media").completes("media", output).is_cancelled(),
        wide_story("e").revised_whole(),
        wide_story("f").requested().is_paused().asks_a_person("publish"),
        story("g").requested().asks("media").completes("media", output).ends().is_deleted(),
    ]
    for events in zip_longest(*(each.events for each in told)):
        for event in filter(None, events):
            await append(connection.jetstream(), event)


@pytest.fixture
async def projected(stories, project):
    assert stories is None
    await project()


def differences(found) -> dict[str, str]:
    return {name: table.difference for name, table in found.tables.items() if table.difference}


async def test_several_that_catch_up_at_once_leave_nothing_out(pool, connection, story):
    js = connection.jetstream()
    for run_id in map(str, range(40)):
        await asyncio.gather(*(append(js, event) for event in story(run_id).whole().events))

    for size in range(7, 12):
        async with pool.acquire() as session:
            await tables.empty(session)
        catching_up = (Projector(pool, connection, batch=n).catch_up() for n in (3, 5, size))
        await asyncio.gather(*catching_up)

        assert differences(await verify(pool, connection)) == {}


@pytest.mark.usefixtures("projected")
async def test_what_the_projector_wrote_is_equal_to_the_log(pool, connection):
    found = await verify(pool, connection)

    assert found.is_equal, differences(found)
    rows = {name: table.rows for name, table in found.tables.items()}
    assert rows == {
        "runs": 6,
        "steps": 4 * 3 + 2 * 5,
        "instances": 3,
        "approvals": 3,
        "errors": 3,
        "artifacts": 2,
        "totals": 1,
        "hours": 2 * 3,
    }


@pytest.mark.usefixtures("projected")
async def test_the_checksum_does_not_depend_on_the_order_of_the_rows(pool, connection):
    before = await verify(pool, connection)
    await pool.execute("UPDATE gateway.runs SET topic = topic WHERE run_id = 'a'")
    same = await verify(pool, connection)
    await pool.execute("UPDATE gateway.runs SET topic = 'x' WHERE run_id = 'a'")
    other = await verify(pool, connection)

    assert same.tables["runs"].checksum == before.tables["runs"].checksum
    assert other.tables["runs"].checksum != before.tables["runs"].checksum


@pytest.mark.usefixtures("projected")
@pytest.mark.parametrize(
    ("damage", "table", "sentence"),
    [
        ("UPDATE gateway.runs SET topic = 'x' WHERE run_id = 'b'", "runs", "b: another topic"),
        (
            "UPDATE gateway.steps SET status = 'x', attempt = 9 WHERE run_id || step = 'aseo'",
            "steps",
            "a seo: another status, attempt than by the log",
        ),
        ("DELETE FROM gateway.steps WHERE run_id = 'c'", "steps", "c script: on the log and not"),
        ("DELETE FROM gateway.instances WHERE index = 2", "instances", "e media 2: on the log"),
        ("UPDATE gateway.approvals SET comment = 'x'", "approvals", "another comment than"),
        (
            "INSERT INTO gateway.errors VALUES ('a', 'seo', 7, 'writer', 'E', 'm', true)",
            "errors",
            "a seo 7: in the table and not on the log",
        ),
        ("UPDATE gateway.artifacts SET name = 'x'", "artifacts", "another name than by the log"),
        ("DELETE FROM gateway.artifacts", "artifacts", "on the log and not in the table"),
        (
            "INSERT INTO gateway.artifacts VALUES ('0', 1, 'a/b', 'n', 'a')",
            "artifacts",
            "1 rows: in the table and not on the log",
        ),
        (
            STRANGER,
            "runs",
            "z: in the table and not on the log",
        ),
        (
            "UPDATE gateway.hours SET failed = 7 WHERE channel_id || pipeline = 'demowide'",
            "hours",
            "demo wide 2026-01-01 00: 2 1 7 0 36000 in the table, 2 1 0 0 36000 by the log",
        ),
        (
            "DELETE FROM gateway.hours WHERE channel_id || pipeline = ''",
            "hours",
            "all all 2026-01-01 00: on the log and not in the table",
        ),
        (
            "INSERT INTO gateway.hours VALUES ('x', '', '2026-01-01', 1, 0, 0, 0, 0)",
            "hours",
            "x all 2026-01-01 00: 1 0 0 0 0 in the table, none by the log",
        ),
        ("UPDATE gateway.totals SET failed = failed + 1", "totals", "in the table, 6 0 2"),
    ],
)
async def test_a_difference_is_named_with_its_key(pool, connection, damage, table, sentence):
    await pool.execute(damage)

    found = await verify(pool, connection)

    assert sentence in differences(found)[table]
    assert list(differences(found)) == [table]


@pytest.mark.usefixtures("projected")
async def test_a_rebuild_mends_what_was_damaged(pool, connection):
    await pool.execute("DELETE FROM gateway.runs WHERE run_id IN ('a', 'e')")
    assert not (await verify(pool, connection)).is_equal
    told = list[tuple[int, int]]()

    events = await Projector(pool, connection, batch=20).rebuild(lambda *at: told.append(at))

    assert (await verify(pool, connection)).is_equal
    assert events == told[-1][0] == told[-1][1]


ADDED_UP = """
SELECT (SELECT json_agg(h ORDER BY channel_id, pipeline, hour) FROM gateway.hours AS h) AS hours,
       (SELECT json_object_agg(run_id, published_at) FROM gateway.runs) AS published
"""


@pytest.fixture
async def published(record, project, story):
    """One run that published nothing, one that did, one that took that over."""
    output = ref_to({"destination": "local"}, "Publication")
    published = story("p", at=T0 + timedelta(minutes=59, microseconds=1500))
    published.requested().asks("script").completes("script", output)
    reused = story("r", "mine").requested(reused={"seo": output}).asks("script")
    await record(story("a").whole(), published.ends(), reused.completes("script").ends())
    await project()


@pytest.mark.usefixtures("published")
async def test_what_migrations_add_up_is_what_the_projector_would_have(pool, connection):
    before = await pool.fetchrow(ADDED_UP)

    for revision in (v0009_published, v0008_hours):
        await pool.execute(revision.DOWN)
    for revision in (v0008_hours, v0009_published):
        await pool.execute(revision.UP)

    assert (await verify(pool, connection)).is_equal
    assert await pool.fetchrow(ADDED_UP) == before
    published = orjson.loads(before["published"])
    assert {run_id: at is not None for run_id, at in published.items()} == {
        "a": False,
        "p": True,
        "r": True,
    }


@pytest.mark.usefixtures("projected")
async def test_tables_of_the_release_before_are_made_anew(pool, connection, project):
    await pool.execute(v0013_files_of_runs.DOWN)
    await project()
    await pool.execute(v0013_files_of_runs.UP)
    emptied = await pool.fetchval("SELECT count(*) FROM gateway.runs")
    await project()

    assert emptied == 0
    assert await pool.fetchval("SELECT count(*) FROM gateway.runs") == 6
    found = await verify(pool, connection)
    assert found.is_equal, differences(found)


async def test_an_event_that_is_left_out_is_left_out_of_the_comparison(
    pool, connection, record, project, story
):
    await record(story("a").requested().asks("script").completes("script", duration_ms=2**63))
    await project()

    found = await verify(pool, connection)

    assert found.is_equal, differences(found)
    assert found.left_out == 1


async def test_events_behind_the_checkpoint_are_not_looked_at(
    pool, connection, record, project, story
):
    await record(story("a").requested())
    await project()
    await record(story("b").whole(), story("c").requested())

    found = await verify(pool, connection)

    assert (found.is_equal, found.last_seq) == (True, 1)


async def test_a_run_with_more_events_than_one_answer_holds_is_read_in_pages(
    pool, connection, record, project, wide_story
):
    story = wide_story("e").requested().plans("media", count=MANY)
    for index in range(MANY):
        story.asks(f"media:{index}")
    await record(story)
    await project()

    found = await verify(pool, connection)

    assert found.is_equal, differences(found)
    assert found.tables["instances"].rows == MANY


@pytest.mark.timeout(40)
async def test_it_can_be_verified_while_projectors_write(
    projector_settings, pool, connection, record, story
):
    async with start(projector_settings):
        for number in range(30):
            await record(story(f"run-{number}").whole())
            if number % 10 == 0:
                found = await verify(pool, connection)
                assert found.is_equal, differences(found)
        await wait_until(lambda: _applied(pool, 30 * 10))

    assert (await verify(pool, connection)).is_equal


async def _applied(pool, events: int) -> bool:
    return await checkpoint.last_seq(pool) == events


@pytest.mark.usefixtures("projected")
async def test_the_projection_of_another_log_is_refused(pool, connection):
    js = connection.jetstream()
    config = (await js.stream_info(subjects.RUNS)).config
    await js.delete_stream(subjects.RUNS)
    await js.add_stream(config)

    with pytest.raises(SettingsError, match="built from another log"):
        await verify(pool, connection)
