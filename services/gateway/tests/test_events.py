"""The live events of a run, by HTTP, as a browser gets them."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count, islice

import orjson
import pytest
from loguru import logger
from nats.aio.client import Client

from agentkit.http import http_server
from agentkit.live import NatsLiveFeed
from agentkit.nats import append
from agentkit.testing import wait_until
from contracts import subjects
from contracts.live import TokensStreamed
from gateway.__main__ import start
from gateway.api.app import create_app
from gateway.keyring import Keyring
from gateway.kit import Kit
from gateway.live import Hub

from .browser import URL, append_all, collect, nothing, past, watching
from .conftest import client_of


@pytest.fixture
async def asked(record, story):
    """A run that goes on."""
    await record(told := story("a").requested())
    return told


async def test_the_history_of_a_run_that_ended_is_sent_and_the_stream_closes(api, record, story):
    await record(story("other").requested(), story("a").whole(), story("b").requested())

    sent = await collect(api)

    assert [kind for _, kind in sent] == [event.type for event in story("a").whole().events]
    assert [seq for seq, _ in sent] == list(range(2, 12))


async def test_the_stream_closes_with_a_run_that_is_cancelled(api, record, story):
    await record(story("a").requested().asks("script").is_cancelled())

    sent = await collect(api)

    assert [kind for _, kind in sent][-2:] == ["run.cancel_requested", "run.cancelled"]


async def test_data_is_the_event(api, record, story):
    told = story("a").whole()
    await record(told)

    async with watching(api) as events:
        first = await anext(events)

    assert first.event == "run.requested"
    assert first.retry in {None, 1000}
    assert orjson.loads(first.data) == told.events[0].model_dump(mode="json")


async def test_who_comes_in_the_middle_gets_history_and_what_happens_once_and_in_order(
    api, connection, story
):
    js = connection.jetstream()
    told = story("a").whole().events
    await append(js, told[0])
    began = asyncio.Event()

    async def watch() -> list[tuple[int, str]]:
        began.set()
        return await collect(api)

    async with asyncio.TaskGroup() as group:
        watchers = []
        for event in told[1:]:
            began.clear()
            watchers.append(group.create_task(watch()))
            await began.wait()
            await append(js, event)

    expected = [(seq, event.type) for seq, event in enumerate(told, 1)]
    assert [watcher.result() for watcher in watchers] == [expected] * len(watchers)


async def test_what_was_handed_out_is_history_whichever_copy_of_the_log_is_asked(connection, story):
    js = connection.jetstream()
    told = story("a").whole().events
    async with Hub(connection) as hub:
        await append(js, told[0])
        await append(js, told[1])
        with hub.watch("a") as watch:
            await append(js, told[2])
            await asyncio.wait_for(anext(watch.frames()), 5)
        await js.purge_stream("RUNS")  # as a copy that has nothing of it yet

        history = await past(connection, hub)

    assert [frame.type for frame in history] == [event.type for event in told[:3]]


async def test_a_browser_that_comes_back_gets_only_what_it_missed(api, record, story):
    await record(story("a").whole())
    whole = await collect(api)

    for position, (seq, _) in enumerate(whole[:-1], 1):
        assert await collect(api, after=seq) == whole[position:]


async def test_a_browser_that_leaves_fifty_times_sees_an_active_run_once_and_in_order(
    api, connection, story
):
    js = connection.jetstream()
    told = story("a").whole().events
    more = (told[1].model_copy(update={"attempt": n}) for n in count(100))
    await append(js, told[0])
    seen = list[tuple[int, str]]()

    for visit in range(50):
        async with asyncio.TaskGroup() as group:
            group.create_task(append_all(js, islice(more, 3)))
            after = seen[-1][0] if seen else None
            seen += await glimpse(api, 2 + visit % 3, after=after)
    await append(js, told[-1])
    seen += await collect(api, after=seen[-1][0])

    kinds = ["run.requested", *["step.requested"] * 150, "run.completed"]
    assert seen == list(enumerate(kinds, 1))


async def glimpse(api, number: int, *, after: int | None) -> list[tuple[int, str]]:
    """Return the next `number` events and go away in the middle of the stream."""
    seen = list[tuple[int, str]]()
    async with watching(api, after) as events:
        while len(seen) < number:
            event = await anext(events)
            seen.append((int(event.id), event.event))
    return seen


async def test_a_browser_that_has_seen_the_end_is_told_not_to_come_back(api, record, story):
    await record(story("a").whole())

    response = await api.get(URL, headers={"Last-Event-ID": "10"})

    assert response.status_code == 204


async def test_the_id_of_something_else_counts_for_nothing(api, record, story):
    await record(story("before").requested(), story("a").whole(), story("b").requested())
    whole = await collect(api)

    for foreign in (1, 12, 999, 2**64):
        assert await collect(api, after=foreign) == whole


async def test_the_id_of_something_else_keeps_nothing_back_that_is_still_to_come(
    api, connection, record, story
):
    told = story("a").requested()
    await record(told)

    async with watching(api, after=99) as events:
        first = await anext(events)
        await append(connection.jetstream(), told.asks("script").events[-1])
        then = await anext(events)

    assert [(int(each.id), each.event) for each in (first, then)] == [
        (1, "run.requested"),
        (2, "step.requested"),
    ]


async def test_live_events_are_passed_on_without_an_id(api, connection, record, story):
    await record(story("a").requested())
    live = NatsLiveFeed(connection)
    now = datetime.now(UTC)
    token = TokensStreamed(run_id="a", step="script", attempt=1, at=now, text="하늘은\n")

    async with watching(api) as events:
        assert (await anext(events)).event == "run.requested"
        await live.send(token.model_copy(update={"run_id": "b"}))
        await live.send(token)
        event = await anext(events)

    assert event.event == "live.tokens"
    assert not event.id or event.id == "1"
    assert orjson.loads(event.data)["text"] == "하늘은\n"
    assert orjson.loads(event.data)["run_id"] == "a"


async def test_events_go_on_when_the_broker_was_killed(api, connection, fresh_nats, story):
    js = connection.jetstream()
    told = story("a").whole().events
    await append(js, told[0])

    async with watching(api) as events:
        seen = [int((await anext(events)).id)]
        fresh_nats.kill()
        fresh_nats.start()
        await wait_until(lambda: connection.is_connected)
        for event in told[1:]:
            await append(js, event)
        seen += [int(event.id) async for event in events]

    assert seen == list(range(1, 11))


async def test_a_server_that_stops_lets_its_browsers_go(settings, key, record, story):
    await record(story("a").requested())
    gateway = AsyncExitStack()
    await gateway.enter_async_context(start(settings))

    async with (
        client_of(settings.http_port, await key("read")) as api,
        watching(api) as events,
    ):
        await anext(events)
        async with asyncio.timeout(3):
            await gateway.aclose()
        rest = [event async for event in events]

    assert rest == []


async def test_a_browser_that_goes_away_is_forgotten(settings, connection, pool, key, asked):
    assert asked
    async with Hub(connection) as hub, Keyring(pool) as keyring:
        app = create_app(Kit.of(settings, connection, pool, hub, keyring), nothing)
        async with (
            http_server(app, "127.0.0.1", 0) as port,
            client_of(port, await key("read")) as api,
        ):
            async with watching(api) as events:
                await anext(events)
                assert hub.watchers == 1

            await wait_until(lambda: hub.watchers == 0)


async def test_a_browser_that_goes_away_in_the_middle_is_no_error(api, record, story):
    logged = list[str]()
    sink = logger.add(logged.append, format="{level} {message}")
    await record(story("a").whole())

    for _ in range(20):
        async with watching(api) as events:
            await anext(events)
    await wait_until(lambda: sum("request answered" in line for line in logged) == 20)
    logger.remove(sink)

    assert [line for line in logged if line.startswith("ERROR")] == []


def test_a_hub_that_is_closed_lets_the_next_browser_go_at_once():
    hub = Hub(Client())
    hub.close()

    with hub.watch("a") as watch:
        assert not watch.is_open


async def test_an_agent_cannot_make_a_watcher_believe_that_a_run_has_ended(
    connection, record, story
):
    told = story("a").requested().asks("script")
    await record(told)
    end = story("a").requested().ends().events[-1].model_dump_json().encode()
    async with Hub(connection) as hub:
        with hub.watch("a") as watch:
            await wait_until(lambda: not hub.missing())
            await connection.publish(subjects.live("a", "script"), end)
            await connection.flush()
            subject = subjects.outcome_of("a", "script", 1, "writer")
            await connection.jetstream().publish(subject, end)
            frames = watch.frames()
            seen = [await anext(frames) for _ in range(2)]
        history = await past(connection, hub)

    assert [(frame.type, frame.ends_run) for frame in seen] == [("unknown", False)] * 2
    assert [frame.type for frame in history] == ["run.requested", "step.requested", "unknown"]


async def test_an_agent_cannot_slip_an_event_in_between(connection, record, story):
    await record(story("a").requested())
    type_ = "live.tokens\rid: 99\revent: run.completed\rdata: {}\r\r"
    async with Hub(connection) as hub:
        with hub.watch("a") as watch:
            await wait_until(lambda: not hub.missing())
            await connection.publish(subjects.live("a", "script"), orjson.dumps({"type": type_}))
            await connection.flush()
            frame = await anext(watch.frames())

    assert frame.type == "unknown"
    assert b"\r" not in frame.wire
    assert b"\nid:" not in frame.wire


async def test_an_agent_cannot_make_a_watcher_believe_the_outcome_of_another(
    connection, record, story
):
    told = story("a").requested().asks("script").asks("media")
    await record(told)
    others = story("a").requested().completes("media").events[-1]
    async with Hub(connection) as hub:
        with hub.watch("a") as watch:
            await wait_until(lambda: not hub.missing())
            subject = subjects.outcome_of("a", "script", 1, "writer")
            await connection.jetstream().publish(subject, others.model_dump_json().encode())
            frame = await anext(watch.frames())

    assert frame.type == "unknown"


async def test_a_hub_that_was_cut_off_takes_up_where_it_was(connection, fresh_nats, record, story):
    """It must not read the log again from its beginning."""
    await record(story("old").whole())
    async with Hub(connection) as hub:
        with hub.watch("old") as old, hub.watch("new") as new:
            await wait_until(lambda: not hub.missing())
            fresh_nats.kill()
            fresh_nats.start()
            await wait_until(lambda: connection.is_connected)
            await record(story("new").whole())
            frames = new.frames()
            seen = [(await anext(frames)).seq for _ in range(10)]
            old.close()
            again = [frame async for frame in old.frames()]

    assert seen == list(range(11, 21))
    assert again == []


async def test_a_stream_of_nothing_is_refused(api, subtests):
    refused = [
        ("nope", {}, 404, "there is no run 'nope'"),
        ("%3E", {}, 404, "there is no run '>'"),
        ("a", {"Last-Event-ID": "abc"}, 422, "Last-Event-ID is 'abc'"),
        ("a", {"Last-Event-ID": "9" * 5000}, 422, "Last-Event-ID is '999"),
    ]

    for run, headers, status, sentence in refused:
        with subtests.test(sentence):
            response = await api.get(f"/api/v1/pipeline/runs/{run}/events", headers=headers)

            assert response.status_code == status
            assert sentence in response.json()["detail"]
