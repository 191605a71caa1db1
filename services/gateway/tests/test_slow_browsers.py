"""Browsers that are slower than events come, or of which nothing is heard."""

import asyncio
import re
from contextlib import suppress

from agentkit.http import http_server
from agentkit.nats import append
from agentkit.testing import wait_until
from gateway.api.app import create_app
from gateway.keyring import Keyring
from gateway.kit import Kit
from gateway.live import Frame, Hub, Watch

from .browser import URL, append_all, collect, nothing, past
from .conftest import client_of
from .story import ref_to


async def test_a_browser_that_reads_nothing_is_hung_up_on_and_can_resume(
    settings, connection, pool, key, story
):
    js, told = connection.jetstream(), story("a").whole().events
    wide = told[1].model_copy(update={"inputs": {"brief": ref_to({"text": "x" * 60_000}, "Brief")}})
    flood = [wide.model_copy(update={"attempt": n}) for n in range(100, 300)]
    await append(js, told[0])
    reads = await key("read")
    async with Hub(connection, queue=20) as hub, Keyring(pool) as keyring:
        app = create_app(Kit.of(settings, connection, pool, hub, keyring), nothing)
        async with (
            http_server(app, "127.0.0.1", 0, stall_s=0.2) as port,
            client_of(port, reads) as api,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {URL} HTTP/1.1\r\nHost: x\r\nX-API-Key: {reads}\r\n\r\n".encode())
            await reader.readuntil(b"id: 1\n")

            await append_all(js, flood)
            await wait_until(lambda: hub.watchers == 0)
            taken = await received(reader)
            writer.close()
            await append(js, told[-1])
            rest = [seq for seq, _ in await collect(api, after=taken[-1])]

    assert 0 < len(taken) < len(flood)
    assert [1, *taken, *rest] == list(range(1, len(flood) + 3))


async def received(reader: asyncio.StreamReader) -> list[int]:
    """Return the ids of all events that came whole before the connection was cut."""
    data = bytearray()
    with suppress(ConnectionResetError):
        while part := await reader.read(2**20):
            data += part
    return [int(seq) for seq in re.findall(rb"\nid: (\d+)\n\n", bytes(data))]


async def test_a_browser_that_lags_is_let_go_before_it_misses_an_event(connection, record, story):
    told = story("a").whole()
    async with Hub(connection, queue=3) as hub:
        with hub.watch("a") as watch:
            await record(told)
            await wait_until(lambda: not watch.is_open)
            sent = [frame async for frame in watch.frames()]
        history = await past(connection, hub)

    assert [frame.type for frame in sent] == [event.type for event in told.events[:3]]
    assert history[: len(sent)] == sent
    assert len(history) == len(told.events)


async def test_a_browser_that_is_let_go_is_sent_nothing_behind_the_event_it_misses():
    watch = Watch(limit=2)
    frames = watch.frames()
    for seq in (1, 2, 3):
        watch.put(Frame("step.requested", "{}", seq))

    first = await anext(frames)
    watch.put(Frame("step.requested", "{}", 4))
    rest = [frame.seq async for frame in frames]

    assert [first.seq, *rest] == [1, 2]


async def test_a_stream_that_is_closed_ends_however_fast_events_come():
    watch = Watch(limit=9)
    watch.put(Frame("step.requested", "{}", 1))
    watch.close()

    seen = list[int]()
    async for frame in watch.frames():
        seen.append(frame.seq)
        watch.put(Frame("step.requested", "{}", frame.seq + 1))

    assert seen == [1]


async def test_live_events_give_way_when_a_browser_lags():
    watch = Watch(limit=2)
    live, fact = Frame("live.tokens", "{}"), Frame("step.completed", "{}", seq=1)

    for frame in (live, fact, live, live):
        watch.put(frame)
    still_open = watch.is_open
    watch.close()

    assert still_open
    assert [frame async for frame in watch.frames()] == [live, fact]


async def test_a_browser_hears_that_we_are_there_while_nothing_happens():
    watch = Watch(limit=9, ping_s=0.01)
    frames = watch.frames()

    pings = [await anext(frames) for _ in range(2)]
    watch.put(Frame("step.requested", "{}", 7))
    event = await anext(frames)

    assert [ping.wire for ping in pings] == [b": ping\n\n"] * 2
    assert event.wire == b"event: step.requested\ndata: {}\nid: 7\n\n"
