"""Streams, tables and the folder of a backup, on a real broker and a real database."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError

from agentkit.nats import append, connected
from agentkit.objects import ObjectStore
from agentkit.provision import provision, stream_names
from agentkit.reader import Reader
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.events import RunFailed, RunRequested
from contracts.pipeline import Pipeline, StepSpec
from yaa.backup import streams
from yaa.backup.making import make
from yaa.backup.restoring import restore
from yaa.errors import UsageError

BRIEF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
PIPELINE = Pipeline(pipeline="small", steps=(StepSpec(step="script", agent="writer", task="x"),))
T0 = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name=subjects.OPERATOR) as connection:
        await provision(connection, ["writer"])
        yield connection


@pytest.fixture
def settings(nats_url: str, migrated_database_url: str) -> Settings:
    return Settings.model_validate({"nats_url": nats_url, "database_url": migrated_database_url})


def request(run_id: str) -> RunRequested:
    return RunRequested(
        run_id=run_id, at=T0, pipeline=PIPELINE, brief=BRIEF, channel_id="demo", topic="sky"
    )


async def lost_and_restored(connection: Client, tmp_path: Path) -> None:
    """Save all streams, remove them, and restore them."""
    told = {}
    for name in stream_names():
        with (tmp_path / name).open("wb") as out:
            told[name] = await streams.save(connection, name, out)
        await streams.remove(connection, name)
    for name, each in told.items():
        with (tmp_path / name).open("rb") as content:
            await streams.restore(connection, name, each, content, replicas=1)


async def test_a_stream_is_restored_with_its_sequences_and_its_rules(
    connection: Client, tmp_path: Path
) -> None:
    js = connection.jetstream()
    for run_id in ("a", "gone", "b"):
        await append(js, request(run_id))
    await js.purge_stream(subjects.RUNS, subject=subjects.of_run("gone"))
    before = await js.stream_info(subjects.RUNS)

    await lost_and_restored(connection, tmp_path)

    after = await js.stream_info(subjects.RUNS)
    assert (after.state.last_seq, after.state.messages) == (3, 2)
    assert after.state.consumer_count == 0
    assert after.config == before.config
    with pytest.raises(APIError, match="maximum messages per subject"):
        await js.publish(subjects.beginning_of("b"), b"again")
    assert (await js.publish(subjects.beginning_of("c"), b"new")).seq == 4


async def test_files_and_buckets_are_restored_whole(connection: Client, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    store = ObjectStore(connection)
    video = await store.put(content, media_type="video/mp4", name="video.mp4")
    bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    await bucket.put("writer", b"card")

    await lost_and_restored(connection, tmp_path)

    assert await store.read(video) == content
    again = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    assert (await again.get("writer")).value == b"card"


async def test_a_schedule_still_wakes_us_after_it_was_restored(
    connection: Client, tmp_path: Path
) -> None:
    js = connection.jetstream()
    at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    headers = {"Nats-Schedule": f"@at {at}", "Nats-Schedule-Target": subjects.schedule_due("s1")}
    await js.publish(subjects.schedule("s1"), b"wake", headers=headers)

    await lost_and_restored(connection, tmp_path)

    async def has_fired() -> bool:
        state = (await js.stream_info(subjects.TIMERS, subjects_filter=">")).state
        return subjects.schedule_due("s1") in (state.subjects or {})

    await wait_until(has_fired, timeout_s=10)


async def test_only_tables_ahead_of_the_log_are_made_anew(
    settings: Settings, connection: Client, tmp_path: Path
) -> None:
    await append(connection.jetstream(), request("a"))
    await asyncio.to_thread(make, settings, tmp_path / "early")
    await append(connection.jetstream(), RunFailed(run_id="a", at=T0, errors=()))
    first = await asyncio.to_thread(restore, settings, tmp_path / "early", replace=True)
    await asyncio.to_thread(make, settings, tmp_path / "whole")
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("UPDATE gateway.checkpoint SET last_seq = 7")
    await asyncio.to_thread(make, settings, tmp_path / "ahead")

    second = await asyncio.to_thread(restore, settings, tmp_path / "ahead", replace=True)

    third = await asyncio.to_thread(restore, settings, tmp_path / "whole", replace=True)
    assert (first.events, first.anew) == (1, False)
    assert (second.events, second.anew) == (1, True)
    assert (third.events, third.anew) == (0, False)
    with psycopg.connect(url) as database:
        rows = database.execute("SELECT run_id, status FROM gateway.runs").fetchall()
    assert rows == [("a", "pending")]


async def test_what_would_do_harm_is_refused_in_one_sentence(
    settings: Settings, connection: Client, tmp_path: Path
) -> None:
    await append(connection.jetstream(), request("a"))
    await asyncio.to_thread(make, settings, tmp_path / "b")

    def refusal(*, replace: bool = False) -> str:
        with pytest.raises(UsageError) as caught:
            restore(settings, tmp_path / "b", replace=replace)
        return str(caught.value)

    assert "holds 1 events: restore elsewhere, or give --replace" in await asyncio.to_thread(
        refusal
    )
    async with Reader(connection, stream=subjects.RUNS, durable=subjects.PROJECTOR, handle=nothing):
        await wait_until(lambda: is_waited_for(connection))
        said = await asyncio.to_thread(refusal, replace=True)
    assert said == "projector is at work on the log: stop all services, then restore"
    with pytest.raises(UsageError, match="is not empty: choose a new folder"):
        make(settings, tmp_path / "b")
    with (tmp_path / "b" / "RUNS.stream").open("ab") as file:
        file.write(b"x")
    assert "RUNS.stream' is not what it was" in await asyncio.to_thread(refusal, replace=True)
    (tmp_path / "b" / "backup.json").unlink()
    assert "is no backup: name a folder" in await asyncio.to_thread(refusal)
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0


async def nothing(_: Sequence[Msg]) -> None: ...


async def is_waited_for(connection: Client) -> bool:
    consumer = await connection.jetstream().consumer_info(subjects.RUNS, subjects.PROJECTOR)
    return bool(consumer.num_waiting)


async def test_one_of_the_two_is_restored_beside_the_other(
    settings: Settings, connection: Client, tmp_path: Path
) -> None:
    await append(connection.jetstream(), request("a"))
    await asyncio.to_thread(make, settings, tmp_path / "b")
    await append(connection.jetstream(), request("b"))
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("DROP SCHEMA gateway CASCADE")

    lost = await asyncio.to_thread(
        restore, settings, tmp_path / "b", replace=False, parts={"database"}
    )
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("UPDATE gateway.channels SET name = 'newer'")
    back = await asyncio.to_thread(
        restore, settings, tmp_path / "b", replace=True, parts={"broker"}
    )

    assert (lost.events, lost.anew) == (2, False)
    assert (back.events, back.anew) == (1, True)
    with psycopg.connect(url) as database:
        names = {name for (name,) in database.execute("SELECT name FROM gateway.channels")}
        runs = database.execute("SELECT run_id FROM gateway.runs").fetchall()
    assert (names, runs) == ({"newer"}, [("a",)])
