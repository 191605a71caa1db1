"""A run that is too long to be read at once is told page by page, as fast as a browser takes it."""

import asyncio
from collections import deque

import pytest

from agentkit.nats import append
from gateway.api.events import Feed
from gateway.live import Frame, Hub, Watch
from gateway.past import PAGE, Page, Past

from .browser import URL, append_all, collect

MANY = 1100


@pytest.fixture
async def long(connection, record, story):
    """A run of more events than one answer of the broker holds, behind an event of another."""
    told = story("a").whole().events
    await record(story("other").requested())
    await append_all(connection.jetstream(), told[:-1])
    many = [told[1].model_copy(update={"attempt": 100 + n}) for n in range(MANY)]
    await asyncio.gather(*(append(connection.jetstream(), event) for event in many))
    return told


async def test_a_run_of_thousands_of_events_is_sent_whole(api, connection, long):
    await append(connection.jetstream(), long[-1])
    last = len(long) + MANY + 1

    sent = await collect(api)
    rest = await collect(api, after=last - 500)
    of_another = await collect(api, after=1)
    seen = await api.get(URL, headers={"Last-Event-ID": str(last)})

    assert [seq for seq, _ in sent] == list(range(2, last + 1))
    assert rest == sent[-500:]
    assert of_another == sent
    assert seen.status_code == 204


async def test_who_takes_a_long_run_slowly_has_a_page_in_hand_and_misses_nothing(connection, long):
    js = connection.jetstream()
    async with Hub(connection, queue=3) as hub:
        with hub.watch("a") as watch:
            feed = await feed_of(connection, hub, watch)
            frames = feed.frames()
            seen, held = [(await anext(frames)).seq], [len(feed.page.frames)]
            more = (long[1].model_copy(update={"attempt": 9000 + n}) for n in range(20))
            await append_all(js, [*more, long[-1]])
            async for frame in frames:
                seen.append(frame.seq)
                held.append(len(feed.page.frames))

    assert seen == list(range(2, len(long) + MANY + 22))
    assert max(held) < PAGE


async def test_whose_key_is_taken_away_is_told_no_further_page(connection, long):
    assert long
    async with Hub(connection) as hub:
        with hub.watch("a") as watch:
            feed = await feed_of(connection, hub, watch)
            watch.close()

            seen = [frame.seq async for frame in feed.frames()]

    assert seen == list(range(2, PAGE + 2))


async def feed_of(connection, hub: Hub, watch: Watch) -> Feed:
    past = Past(connection, hub, "a")
    page = await past.begin()
    assert page is not None
    return Feed(past, page, watch)


def a_feed(connection, frames: list[Frame], watch: Watch, *, seen: int) -> Feed:
    page = Page(deque(frames), behind=seen, has_ended=False)
    return Feed(Past(connection, Hub(connection), "a"), page, watch)


async def test_an_event_that_is_handed_out_again_is_sent_once(connection):
    watch = Watch(limit=9)
    for seq in (3, 4, 3, 4, 5):
        watch.put(Frame("step.requested", "{}", seq))
    watch.close()

    feed = a_feed(connection, [Frame("run.requested", "{}", 1)], watch, seen=0)

    assert [frame.seq async for frame in feed.frames()] == [1, 3, 4, 5]
