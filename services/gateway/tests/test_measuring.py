"""What the gateway measures when it is asked for the metrics: of the broker, and of the tables."""

import asyncio
import math
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contracts import subjects

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch):
    monkeypatch.setattr("gateway.measuring.FRESH_S", 0)


async def told(api):
    """Return what a page of metrics says, by name and the values of its labels."""
    page = (await api.get("/metrics")).text
    return {
        (each.name, *each.labels.values()): each.value
        for family in text_string_to_metric_families(page)
        for each in family.samples
    }


async def test_every_reader_of_the_broker_is_told_with_what_it_has_before_it(
    api, connection, record, story
):
    await record(story("a").requested().asks("script"), story("b").requested())
    js = connection.jetstream()
    queue = await js.pull_subscribe_bind(subjects.durable_of("writer"), subjects.RUNS)
    await queue.fetch(1)

    page = await told(api)

    pending = {key[1]: page[key] for key in page if key[0] == "yaa_consumer_pending"}
    assert pending == {
        "orchestrator": 2,
        "projector": 3,
        "agent-writer": 0,
        "agent-media": 0,
        "usage": 0,
        "scheduler": 0,
        "orchestrator-timers": 0,
        "orchestrator-dead": 0,
    }
    assert page["yaa_consumer_unacknowledged", "agent-writer"] == 1
    assert page["yaa_steps_waiting", "writer"] == 0
    assert page["yaa_queue_depth", "pipeline"] == 2
    assert page["yaa_stream_messages", "RUNS"] == 3
    assert page["yaa_stream_bytes", "RUNS"] > 300
    assert page["yaa_stream_messages", "DEAD"] == 0
    assert page["yaa_ready",] == 1
    assert page["yaa_build_info", page_python(page), "0.1.0"] == 1


def page_python(page):
    return next(key[1] for key in page if key[0] == "yaa_build_info")


async def test_runs_are_told_by_what_they_wait_for_and_how_long_they_have(
    api, record, project, wide_story
):
    began = datetime.now(UTC) - timedelta(hours=2)

    def told_at(run_id, hours):
        return wide_story(run_id, at=began - timedelta(hours=hours)).requested()

    await record(
        told_at("waits", 1),
        told_at("works", 2).asks("script"),
        told_at("hangs", 3).asks("script"),
        told_at("stands", 4).asks("script").is_paused(),
        told_at("asks", 5).asks_a_person("publish"),
        told_at("over", 9).asks("script").ends(),
    )
    await project()

    page = await told(api)

    states = {"pending": 1, "running": 2, "paused": 1, "waiting_for_approval": 1}
    assert {state: page["yaa_active_runs", state] for state in states} == states
    idle_h = [page["yaa_active_run_idle_seconds", state] / 3600 for state in states]
    assert idle_h == pytest.approx([3, 5, 6, 7], abs=0.05)


async def test_the_projection_is_as_late_as_the_oldest_event_it_does_not_have(
    api, record, project, story
):
    await record(story("a").requested())
    behind = await told(api)
    await project()
    abreast = await told(api)

    assert 0 < behind["yaa_consumer_lag_seconds", "projector"] < 20
    assert abreast["yaa_consumer_lag_seconds", "projector"] == 0
    assert abreast["yaa_active_runs", "running"] == 0


async def test_two_that_ask_at_once_are_told_the_same(api, record, project, story):
    await record(story("a").requested().asks("script"))
    await project()

    pages = await asyncio.gather(*(told(api) for _ in range(5)))

    assert [page["yaa_active_runs", "running"] for page in pages] == [1] * 5
    assert [page["yaa_consumer_pending", "agent-writer"] for page in pages] == [1] * 5


async def test_a_broker_that_is_away_is_told_as_nothing_known(api, fresh_nats):
    assert (await told(api))["yaa_queue_depth", "pipeline"] == 0
    fresh_nats.kill()

    async with asyncio.timeout(8):
        page = await told(api)

    assert math.isnan(page["yaa_queue_depth", "pipeline"])
    names = {key[0] for key in page}
    of_the_broker = {"yaa_consumer_pending", "yaa_consumer_unacknowledged", "yaa_steps_waiting"}
    assert names.isdisjoint(of_the_broker | {"yaa_stream_bytes", "yaa_consumer_lag_seconds"})
    assert page["yaa_active_runs", "running"] == 0
    assert page["yaa_ready",] == 0


async def test_a_database_that_stands_still_holds_up_no_page(api, postgres_server):
    assert (await told(api))["yaa_active_runs", "pending"] == 0
    stopped = [server := psutil.Process(postgres_server.pid), *server.children(recursive=True)]
    for process in stopped:
        process.suspend()

    try:
        async with asyncio.timeout(8):
            page = await told(api)
    finally:
        for process in stopped:
            process.resume()

    assert not any(key[0].startswith("yaa_active_run") for key in page)
    assert page["yaa_queue_depth", "pipeline"] == 0
    assert page["yaa_ready",] == 0
