"""The projector on a real log and a real database."""

import asyncio
from collections.abc import Sequence
from itertools import batched, cycle, pairwise, zip_longest
from random import Random

import pytest

from agentkit.artifacts import NatsArtifacts
from agentkit.errors import SettingsError
from agentkit.nats import append
from agentkit.testing import wait_until
from contracts import subjects
from gateway import checkpoint, database, loading, log, tables
from gateway.log import Entry
from gateway.projector import Projector, start

DUMP = """
SELECT
    (SELECT json_agg(r ORDER BY run_id) FROM gateway.runs AS r) AS runs,
    (SELECT json_agg(s ORDER BY run_id, step) FROM gateway.steps AS s) AS steps,
    (SELECT json_agg(i ORDER BY run_id, step, index) FROM gateway.instances AS i) AS instances,
    (SELECT json_agg(a ORDER BY run_id, step, round) FROM gateway.approvals AS a) AS approvals,
    (SELECT json_agg(e ORDER BY run_id, step, attempt) FROM gateway.errors AS e) AS errors,
    (SELECT json_agg(l ORDER BY seq) FROM gateway.left_out AS l) AS left_out,
    (SELECT json_agg(a ORDER BY sha256) FROM gateway.artifacts AS a) AS artifacts,
    (SELECT json_agg(h ORDER BY channel_id, pipeline, hour) FROM gateway.hours AS h) AS hours,
    (SELECT json_agg(t) FROM gateway.totals AS t) AS totals
"""

STATUS = "SELECT status FROM gateway.steps WHERE run_id = $1 AND step = $2"

CRASH = """
CREATE FUNCTION gateway.crash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_terminate_backend(pg_backend_pid());
    RETURN NEW;
END $$;
CREATE TRIGGER crash BEFORE UPDATE ON gateway.checkpoint
FOR EACH ROW EXECUTE FUNCTION gateway.crash();
"""


class Delivered:
    """A message as the durable delivers it, as far as the projector looks."""

    def __init__(self, entry: Entry) -> None:
        self.subject, self.data = entry.subject, entry.payload
        self.metadata = self
        self.sequence = self
        self.stream = entry.seq


async def everything(connection) -> list[Entry]:
    return await log.read_page(connection, 1, 1000)


async def dump(pool) -> dict[str, object]:
    return dict(await pool.fetchrow(DUMP))


async def handle(projector: Projector, entries: Sequence[Entry]) -> None:
    await projector.handle([Delivered(entry) for entry in entries])


async def totals(pool) -> dict[str, int]:
    return dict(await pool.fetchrow("SELECT * FROM gateway.totals"))


@pytest.fixture
def projector(pool, connection) -> Projector:
    return Projector(pool, connection)


@pytest.fixture
async def busy_log(connection, story, wide_story) -> list[Entry]:
    """Runs that happen at once: two complete, one fails, two are cancelled, one goes on.

    One more completes and is deleted.
    """
    stories = [
        story("a").whole(),
        story("b")
        .requested()
        .asks("script")
        .fails("script")
        .ends_badly(story("b").error("script", 1), story("b").error("seo", 1, "never begun")),
        story("c").requested(dry_run=True).asks("script").completes("script").asks("media"),
        story("d").requested().asks("script").is_cancelled("no\0more"),
        wide_story("e").revised_whole(),
        wide_story("f").requested().is_paused().asks_a_person("publish").is_cancelled(),
        wide_story("g").revised_whole().is_deleted(),
    ]
    for events in zip_longest(*(each.events for each in stories)):
        for event in filter(None, events):
            await append(connection.jetstream(), event)
    return await everything(connection)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_every_split_into_batches_ends_in_the_same_tables(projector, pool, busy_log, size):
    await handle(projector, busy_log)
    at_once = await dump(pool)
    async with pool.acquire() as session:
        await tables.empty(session)

    for batch in batched(busy_log, size, strict=False):
        await handle(projector, batch)

    assert await dump(pool) == at_once
    assert (await totals(pool)) == {
        "only_row": True,
        "runs": 6,
        "pending": 0,
        "running": 1,
        "completed": 2,
        "failed": 1,
        "cancelled": 2,
        "finished_duration_ms": 9000 + 3000 + 36_000,
    }


@pytest.mark.parametrize("seed", range(4))
async def test_projectors_that_take_turns_end_in_the_same_tables(
    projector, connection, pool, busy_log, seed
):
    await handle(projector, busy_log)
    at_once = await dump(pool)
    async with pool.acquire() as session:
        await tables.empty(session)
    cuts = sorted(Random(seed).sample(range(1, len(busy_log)), 12))  # noqa: S311 -- no secret

    turns = cycle([projector, Projector(pool, connection)])
    for (begin, end), whose in zip(pairwise([0, *cuts, len(busy_log)]), turns, strict=False):
        await handle(whose, busy_log[begin:end])

    assert await dump(pool) == at_once


async def test_a_batch_delivered_again_changes_nothing(projector, pool, busy_log):
    await handle(projector, busy_log)
    before = await dump(pool)

    await handle(projector, busy_log)
    await handle(projector, busy_log[3:7])

    assert await dump(pool) == before


async def test_batches_out_of_order_lose_nothing(projector, pool, busy_log):
    await handle(projector, busy_log)
    in_order = await dump(pool)
    async with pool.acquire() as session:
        await tables.empty(session)

    await handle(projector, busy_log[8:])
    await handle(projector, [*busy_log[4:8], *busy_log[:2]])

    assert await dump(pool) == in_order


async def test_a_gap_larger_than_a_batch_is_read_from_the_log(pool, connection, busy_log):
    projector = Projector(pool, connection, batch=2)

    await handle(projector, busy_log[-1:])

    assert await checkpoint.last_seq(pool) == busy_log[-1].seq
    assert (await totals(pool))["runs"] == 6


async def test_events_that_were_erased_from_the_log_hold_nothing_up(
    projector, pool, connection, busy_log
):
    assert busy_log
    await connection.jetstream().purge_stream(subjects.RUNS, subject=subjects.of_run("b"))

    await projector.catch_up()

    assert await pool.fetchval("SELECT array_agg(run_id ORDER BY run_id) FROM gateway.runs") == [
        "a",
        "c",
        "d",
        "e",
        "f",
    ]


async def test_a_crash_before_the_commit_leaves_no_half_of_a_batch(projector, pool, busy_log):
    await handle(projector, busy_log[:5])
    before = await dump(pool)
    await pool.execute(CRASH)

    with pytest.raises(database.AWAY):
        await handle(projector, busy_log)
    after_crash = await dump(pool)
    await pool.execute("DROP TRIGGER crash ON gateway.checkpoint")
    await handle(projector, busy_log)

    assert after_crash == before
    assert (await totals(pool))["completed"] == 2
    assert (await totals(pool))["runs"] == 6


async def test_several_projectors_on_one_log_end_in_the_same_tables(pool, connection, busy_log):
    await handle(Projector(pool, connection), busy_log)
    alone = await dump(pool)
    async with pool.acquire() as session:
        await tables.empty(session)
    projectors = [Projector(pool, connection, batch=size) for size in (1, 2, 3)]

    await asyncio.gather(
        *(
            handle(projector, busy_log[start :: len(projectors)])
            for start, projector in enumerate(projectors)
        )
    )

    assert await dump(pool) == alone
    assert await checkpoint.last_seq(pool) == busy_log[-1].seq


async def test_a_rebuilt_projection_equals_the_first(projector, pool, busy_log):
    await handle(projector, busy_log)
    before = await dump(pool)
    await pool.execute("UPDATE gateway.runs SET topic = 'damaged'")
    await pool.execute("INSERT INTO gateway.channels VALUES ('mine', 'Mine', 'en', '')")

    await projector.rebuild()

    assert await dump(pool) == before
    assert await pool.fetchval("SELECT count(*) FROM gateway.channels") == 2


async def test_an_event_of_a_later_release_is_left_out(projector, pool, connection, story, record):
    js = connection.jetstream()
    await record(story("a").requested())
    await js.publish("run.a.paused", b'{"type": "run.paused", "version": 1}')
    await js.publish("run.a.script.1.outcome.writer", b"{not json")
    await record(story("b").requested())

    await handle(projector, await everything(connection))

    assert (await totals(pool))["pending"] == 2


async def test_an_event_that_no_table_can_hold_is_left_out_alone(
    projector, pool, connection, story, record
):
    await record(
        story("a").requested().asks("script").completes("script", duration_ms=2**63),
        story("b").requested(),
    )

    await handle(projector, await everything(connection))

    assert await checkpoint.last_seq(pool) == 4
    assert await pool.fetchval(STATUS, "a", "script") == "running"
    assert (await totals(pool))["runs"] == 2
    left_out = await pool.fetchrow("SELECT seq, subject, error FROM gateway.left_out")
    assert tuple(left_out)[:2] == (3, "run.a.script.1.outcome.writer")
    assert "DataError" in left_out["error"]


async def test_characters_that_postgresql_refuses_are_kept_or_replaced(
    projector, pool, connection, story, record
):
    output = {"text": "a\0b"}
    told = story("a").requested().asks("script").fails("script", message="bad \0 byte")
    told.asks("script", 2).completes("script", attempt=2)
    told.events[-1] = told.events[-1].model_copy(
        update={"output": told.events[-1].output.model_copy(update={"inline": output})}
    )
    await record(told)

    await handle(projector, await everything(connection))

    assert await pool.fetchval("SELECT message FROM gateway.errors") == "bad \ufffd byte"
    async with pool.acquire() as session:
        runs = await loading.load_runs(session, ["a"])
    assert runs["a"].steps["script"].output.inline == output


async def test_an_event_of_a_run_that_was_never_requested_is_passed_over(
    projector, pool, connection, story, record
):
    await record(story("ghost").asks("script").completes("script").ends())

    await handle(projector, await everything(connection))

    assert await checkpoint.last_seq(pool) == 3
    assert (await totals(pool))["runs"] == 0


async def test_the_projection_of_another_log_is_refused(projector, pool, connection, busy_log):
    await handle(projector, busy_log)
    js = connection.jetstream()
    config = (await js.stream_info(subjects.RUNS)).config
    await js.delete_stream(subjects.RUNS)
    await js.add_stream(config)

    with pytest.raises(SettingsError, match="built from a log made"):
        await Projector(pool, connection).catch_up()
    with pytest.raises(SettingsError, match="yaa projections rebuild"):
        await handle(projector, busy_log[:1])

    await projector.rebuild()
    assert (await totals(pool))["runs"] == 0


async def test_files_are_found_in_outputs_inline_or_stored(
    projector, pool, connection, story, record
):
    store = NatsArtifacts(connection)
    picture = await store.put(b"png", media_type="image/png", name="scene-1.png")
    movie = await store.put(b"mp4", media_type="video/mp4", name="video.mp4")
    large = await store.put(
        movie.model_dump_json().encode(), media_type="application/json", name="Video"
    )
    told = story("a").requested().asks("script").completes("script")
    inline = {"scenes": [{"image": picture.model_dump()}]}
    refs = [
        told.events[-1].output.model_copy(update={"inline": inline}),
        told.events[-1].output.model_copy(
            update={"inline": None, "sha256": large.sha256, "size_bytes": large.size_bytes}
        ),
    ]
    told.asks("seo").asks("media").completes("seo", refs[0]).completes("media", refs[1])
    await record(told)

    await handle(projector, await everything(connection))

    rows = await pool.fetch("SELECT sha256, media_type, name, run_id FROM gateway.artifacts")
    assert {tuple(row) for row in rows} == {
        (picture.sha256, "image/png", "scene-1.png", "a"),
        (movie.sha256, "video/mp4", "video.mp4", "a"),
        (large.sha256, "application/json", "Anything.json", "a"),
    }


async def test_a_stored_output_that_is_lost_holds_nothing_up(
    projector, pool, connection, story, record
):
    told = story("a").requested().asks("script").completes("script")
    lost = told.events[-1].output.model_copy(update={"inline": None, "sha256": "0" * 64})
    told.events[-1] = told.events[-1].model_copy(update={"output": lost})
    await record(told)

    await handle(projector, await everything(connection))

    assert await checkpoint.last_seq(pool) == 3


async def test_the_service_follows_the_log_and_takes_up_where_it_stopped(
    projector_settings, pool, story, record
):
    await record(story("before").whole())
    async with start(projector_settings) as readiness:
        await record(story("while").whole())
        await wait_until(lambda: _is(pool, completed=2))
        assert await readiness() == []
    await record(story("after").whole())

    async with start(projector_settings):
        await wait_until(lambda: _is(pool, completed=3))

    assert (await totals(pool))["runs"] == 3


@pytest.mark.timeout(40)
async def test_the_service_outlives_a_database_that_goes_away(
    projector_settings, pool, postgres_server, story, record
):
    async with start(projector_settings) as readiness:
        postgres_server.kill()
        await record(story("a").whole())
        assert any("postgresql" in sentence for sentence in await readiness())
        postgres_server.start()
        await wait_until(lambda: _is(pool, completed=1), timeout_s=20)

    assert (await totals(pool))["runs"] == 1


async def _is(pool, **expected: int) -> bool:
    now = await totals(pool)
    return all(now[name] == value for name, value in expected.items())
