"""A stretch of the log, handed out in order, however it comes over the wire."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
from nats.aio.subscription import Subscription

from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.replay import Recorded, Replay
from agentkit.settings import Settings
from agentkit.testing import wait_until
from agentkit.wire import Connection, Raw, Take
from contracts import subjects
from yaa.testing import NatsUnderTest

LARGE = b"x" * 60_000
"""A hundred of them are more than the broker sends before it is told that they were taken."""


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Connection]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield connection


async def record(connection: Connection, first: int, size: int, data: bytes = b"{}") -> None:
    js = connection.jetstream()
    for number in range(first, first + size):
        await js.publish(f"run.r{number}.requested", data, headers={"Traceparent": "kept"})


async def everything(replay: Replay, size: int) -> list[Recorded]:
    found = list[Recorded]()
    while page := await replay.after(found[-1].seq if found else 0, size):
        found += page
    return found


@pytest.mark.parametrize("size", [1, 7, 300])
async def test_more_than_the_broker_sends_ahead_arrives_whole_and_in_order(
    connection: Connection, size: int
) -> None:
    await record(connection, 1, 100, LARGE)

    async with Replay(connection, subjects.RUNS) as replay:
        found = await everything(replay, size)

    assert [each.seq for each in found] == list(range(1, 101))
    assert [each.subject for each in found] == [f"run.r{n}.requested" for n in range(1, 101)]
    assert {each.data for each in found} == {LARGE}


async def test_what_was_read_is_forgotten_by_the_broker_before_others_find_no_room(
    connection: Connection,
) -> None:
    async def readers() -> int:
        return (await connection.jetstream().stream_info(subjects.RUNS)).state.consumer_count

    before = await readers()
    for _ in range(3):
        async with Replay(connection, subjects.RUNS) as replay:
            await replay.after(0, 10)

    async def all_have_left() -> bool:
        return await readers() == before

    assert not await all_have_left()
    await wait_until(all_have_left, timeout_s=3)


async def test_an_empty_log_has_nothing_and_what_comes_later_is_found(
    connection: Connection,
) -> None:
    async with Replay(connection, subjects.RUNS) as replay:
        before = await replay.after(0, 10)
        await record(connection, 1, 2)
        async with asyncio.timeout(10):
            while not (after := await replay.after(0, 10)):
                pass

    assert before == []
    assert after[0].seq == 1


async def test_it_goes_back_and_forth_when_it_is_asked_from_elsewhere(
    connection: Connection,
) -> None:
    await record(connection, 1, 9)

    async with Replay(connection, subjects.RUNS) as replay:
        pages = [await replay.after(last, 2) for last in (0, 2, 6, 1, 8, 9)]

    assert [[each.seq for each in page] for page in pages] == [
        *([1, 2], [3, 4], [7, 8], [2, 3], [9], [])
    ]


async def test_what_was_erased_is_passed_over(connection: Connection) -> None:
    await record(connection, 1, 5)
    for gone in (2, 5):
        await connection.jetstream().purge_stream(subjects.RUNS, subject=f"run.r{gone}.requested")

    async with Replay(connection, subjects.RUNS) as replay:
        found = await everything(replay, 2)

    assert [each.seq for each in found] == [1, 3, 4]


@pytest.mark.parametrize("place", [0, 2, 5])
async def test_a_message_that_was_lost_on_the_way_is_asked_for_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    await record(connection, 1, 6)
    arrivals = count()
    subscribe_raw = connection.subscribe_raw

    async def lossy(subject: str, take: Take) -> Subscription:
        def given(message: Raw) -> None:
            if message.headers.startswith(b"NATS/1.0 100") or next(arrivals) != place:
                take(message)

        return await subscribe_raw(subject, given)

    monkeypatch.setattr(connection, "subscribe_raw", lossy)

    async with Replay(connection, subjects.RUNS) as replay:
        found = await everything(replay, 10)

    assert [each.seq for each in found] == [1, 2, 3, 4, 5, 6]


async def test_a_broker_that_starts_again_is_asked_again(
    connection: Connection, fresh_nats: NatsUnderTest
) -> None:
    await record(connection, 1, 6)

    async with Replay(connection, subjects.RUNS) as replay:
        first = await replay.after(0, 2)
        fresh_nats.kill()
        fresh_nats.start()
        rest = await replay.after(2, 10)

    assert [each.seq for each in (*first, *rest)] == [1, 2, 3, 4, 5, 6]
