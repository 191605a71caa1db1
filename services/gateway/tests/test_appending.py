"""A broker that answers and stores nothing is no broker; who asks that adds nothing to the log."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import APIError

from agentkit.nats import append, connected, latest_at
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from gateway.appending import Appending
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.running import Running

pytestmark = pytest.mark.timeout(90)

ROOM = "3MB"
FULL = "the event log stores nothing (insufficient resources): is the disk of the broker full?"


@pytest.fixture
def nats_url(tmp_path: Path, _access: str) -> Iterator[str]:
    """The address of a broker that has little room."""
    home = tmp_path / "nats"
    room = f'jetstream {{ store_dir: "{home}", max_file_store: {ROOM} }}\n'
    running = Running(NatsServer(home, free_port(), room + _access))
    running.start()
    yield running.server.url
    running.stop()


async def fill(connection: Client) -> None:
    """Buy answers of models until there is no room for another one."""
    js = connection.jetstream()
    calls = (js.publish(f"call.r.s.1.{number}", os.urandom(100_000)) for number in count())

    with pytest.raises(APIError, match="insufficient resources"):
        [await call for call in calls]


async def test_a_log_without_room_is_not_ready_until_it_has_some(api, connection, record, story):
    await record(story("a").requested())
    before = await api.get("/health/ready")
    await fill(connection)

    full = await api.get("/health/ready")
    page = (await api.get("/metrics")).text
    await connection.jetstream().purge_stream(subjects.CALLS)

    assert before.status_code == 200
    assert (full.status_code, full.json()["missing"]) == (503, [FULL])
    assert "yaa_ready 0.0" in page

    async def is_ready() -> bool:
        return (await api.get("/health/ready")).status_code == 200

    await wait_until(is_ready)


async def test_asking_adds_nothing_to_the_log_whatever_was_purged(connection, record, story):
    js, appending = connection.jetstream(), Appending(connection)
    empty = await appending.missing()
    await record(story("a").requested(), story("b").requested())

    asked = [await appending.missing(), await appending.missing()]
    for run in ("b", "a"):
        await js.purge_stream(subjects.RUNS, subject=subjects.of_run(run))
        asked += [await appending.missing(), await appending.missing()]

    assert empty == []
    assert asked == [[]] * 6
    assert (await js.stream_info(subjects.RUNS)).state.messages == 0


async def test_asking_a_cluster_holds_up_nobody(nats_cluster, story):
    requested, asked = story("a").requested().asks("script").events
    async with connected(Settings(nats_url=nats_cluster.url), name="test") as connection:
        await provision(connection, [], replicas=3)
        js, appending = connection.jetstream(), Appending(connection)
        assert await append(js, requested)

        said = [await appending.missing() for _ in range(3)]
        last_seq = await latest_at(connection, "a")
        is_appended = await append(js, asked, expected_last_seq=last_seq)

        assert said == [[]] * 3
        assert is_appended
        assert (await js.stream_info(subjects.RUNS)).state.messages == 2
