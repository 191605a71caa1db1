"""The hot reader: everything is handled, in order, at least once, by one of the replicas."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit.nats import connected, publish_once
from agentkit.provision import provision
from agentkit.reader import Reader, TryLaterError
from agentkit.settings import Settings
from agentkit.standing import EXPIRES_S, Preference
from agentkit.testing import wait_until
from contracts import subjects
from yaa.testing import NatsUnderTest


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield connection


async def publish(connection: Client, count: int, start: int = 0) -> None:
    js = connection.jetstream()
    numbers = range(start, start + count)
    await asyncio.gather(
        *(
            publish_once(js, subjects.RUNS, f"run.r{n}.requested", str(n).encode(), timeout_s=1)
            for n in numbers
        )
    )


class Seen:
    """Remembers what was handled; fails the first `failures` batches."""

    def __init__(self, expect: int, failures: int = 0) -> None:
        self.numbers: list[int] = []
        self.batches: list[int] = []
        self._expect = expect
        self._failures = failures
        self.all = asyncio.Event()

    async def handle(self, batch: Sequence[Msg]) -> None:
        if self._failures:
            self._failures -= 1
            raise RuntimeError("boom")
        self.batches.append(len(batch))
        self.numbers += [int(message.data) for message in batch]
        if len(set(self.numbers)) >= self._expect:
            self.all.set()


def preferred(connection: Client, seen: Seen, number: int) -> Reader:
    preference = Preference()
    preference.number = number
    return Reader(
        connection,
        stream=subjects.RUNS,
        durable=subjects.ORCHESTRATOR,
        handle=seen.handle,
        preference=preference,
    )


def reader(connection: Client, seen: Seen, batch: int = 500, pause_s: float = 0) -> Reader:
    return Reader(
        connection,
        stream=subjects.RUNS,
        durable=subjects.PROJECTOR,
        handle=seen.handle,
        batch=batch,
        pause_s=pause_s,
    )


async def pending(connection: Client) -> int:
    info = await connection.jetstream().consumer_info(subjects.RUNS, subjects.PROJECTOR)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def wait_until_acknowledged(connection: Client) -> None:
    async def is_empty() -> bool:
        return not await pending(connection)

    await wait_until(is_empty)


async def test_takes_what_has_arrived_as_one_batch(connection: Client) -> None:
    await publish(connection, 300)
    seen = Seen(300)

    async with reader(connection, seen), asyncio.timeout(20):
        await seen.all.wait()
        await wait_until_acknowledged(connection)

    assert sorted(seen.numbers) == list(range(300))
    assert len(seen.batches) < 100


async def test_a_message_that_arrives_later_is_handed_over_at_once(connection: Client) -> None:
    seen = Seen(1)

    async with reader(connection, seen), asyncio.timeout(EXPIRES_S - 1):
        await publish(connection, 1)
        await seen.all.wait()


async def test_a_failed_batch_is_delivered_again(connection: Client) -> None:
    await publish(connection, 5)
    seen = Seen(5, failures=1)

    async with reader(connection, seen), asyncio.timeout(20):
        await seen.all.wait()
        await wait_until_acknowledged(connection)

    assert sorted(seen.numbers) == list(range(5))


async def test_two_readers_share_the_work_without_a_gap(connection: Client) -> None:
    first, second = Seen(400), Seen(400)

    async with reader(connection, first, 16), reader(connection, second, 16), asyncio.timeout(20):
        await publish(connection, 400)
        await wait_until_acknowledged(connection)

    assert sorted(first.numbers + second.numbers) == list(range(400))


async def test_one_of_several_is_given_everything_until_it_leaves(connection: Client) -> None:
    first, second = Seen(1200), Seen(100)

    async with preferred(connection, second, 7), asyncio.timeout(30):
        async with preferred(connection, first, 3):
            await publish(connection, 1200)
            await first.all.wait()
        await publish(connection, 100, start=1200)
        await second.all.wait()

    assert first.numbers == list(range(1200))
    assert second.numbers == list(range(1200, 1300))


async def test_leaving_gives_back_what_was_not_begun(connection: Client) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(batch: Sequence[Msg]) -> None:
        del batch
        began.set()
        await go_on.wait()

    await publish(connection, 10)
    held = Reader(
        connection, stream=subjects.RUNS, durable=subjects.PROJECTOR, handle=slow, batch=2
    )
    async with held:
        await began.wait()
        go_on.set()

    seen = Seen(8)
    async with reader(connection, seen), asyncio.timeout(20):
        await seen.all.wait()


async def test_goes_on_after_the_broker_was_killed(fresh_nats: NatsUnderTest) -> None:
    async with connected(Settings(nats_url=fresh_nats.url), name="test") as connection:
        await provision(connection, [])
        seen = Seen(20)
        async with reader(connection, seen), asyncio.timeout(30):
            await publish(connection, 10)
            fresh_nats.kill()
            fresh_nats.start()
            await wait_until(lambda: connection.is_connected)
            await publish(connection, 10, start=10)
            await seen.all.wait()

    assert set(seen.numbers) == set(range(20))


async def test_a_missing_consumer_is_named(connection: Client) -> None:
    seen = Seen(1)
    async with reader(connection, seen) as running:
        assert await running.missing() == []

        await connection.jetstream().delete_consumer(subjects.RUNS, subjects.PROJECTOR)

        (sentence,) = await running.missing()
        assert subjects.PROJECTOR in sentence


async def test_after_an_outage_no_more_is_taken_than_before(fresh_nats: NatsUnderTest) -> None:
    hold = asyncio.Event()

    async def slow(batch: Sequence[Msg]) -> None:
        del batch
        await hold.wait()

    async with connected(Settings(nats_url=fresh_nats.url), name="test") as connection:
        await provision(connection, [])
        held = Reader(
            connection, stream=subjects.RUNS, durable=subjects.PROJECTOR, handle=slow, batch=2
        )
        async with held:
            fresh_nats.kill()
            await wait_until(lambda: not connection.is_connected)
            await asyncio.sleep(2)  # the time in which it would ask in vain
            fresh_nats.start()
            await wait_until(lambda: connection.is_connected)
            await publish(connection, 20)

            info = await connection.jetstream().consumer_info(subjects.RUNS, subjects.PROJECTOR)
            hold.set()
    assert (info.num_ack_pending or 0) <= 6


async def test_leaving_does_not_wait_for_ever_for_a_batch(connection: Client) -> None:
    began = asyncio.Event()

    async def stuck(batch: Sequence[Msg]) -> None:
        del batch
        began.set()
        await asyncio.Event().wait()

    await publish(connection, 3)
    async with asyncio.timeout(10):
        async with Reader(
            connection,
            stream=subjects.RUNS,
            durable=subjects.PROJECTOR,
            handle=stuck,
            drain_timeout_s=0.2,
        ):
            await began.wait()

    seen = Seen(3)
    async with reader(connection, seen), asyncio.timeout(20):
        await seen.all.wait()


async def test_a_reader_whose_batches_fail_is_not_ready(connection: Client) -> None:
    await publish(connection, 1)
    seen = Seen(1, failures=1)

    async with reader(connection, seen) as running, asyncio.timeout(20):
        await wait_until(lambda: is_missing(running))
        (sentence,) = await running.missing()
        assert "RuntimeError" in sentence

        await seen.all.wait()
        await wait_until_acknowledged(connection)
        assert await running.missing() == []


async def test_a_reader_is_ready_again_when_another_did_what_it_failed_at(
    connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.reader.FAILING_S", 2)
    failing, other = Seen(1, failures=1000), Seen(1)
    async with preferred(connection, failing, number=5) as running, asyncio.timeout(20):
        await publish(connection, 1)
        await wait_until(lambda: is_missing(running))
        async with preferred(connection, other, number=0):
            await other.all.wait()

        await wait_until(lambda: is_ready(running))


async def test_what_comes_while_a_reader_rests_is_one_batch_and_it_stops_at_once_then(
    connection: Client,
) -> None:
    seen = Seen(21)

    async with asyncio.timeout(30), reader(connection, seen, pause_s=1.5):
        await publish(connection, 1)
        await wait_until(lambda: seen.batches == [1])
        await publish(connection, 20, start=1)
        await seen.all.wait()
    resting = Seen(1)
    # below the time in which a reader that does not stop is cut off
    async with asyncio.timeout(10), reader(connection, resting, pause_s=3600):
        await publish(connection, 1, start=21)
        await resting.all.wait()

    assert seen.batches == [1, 20]


class Picky(Seen):
    """Wants one number later than the others, twice."""

    put_off = 0

    async def handle(self, batch: Sequence[Msg]) -> None:
        if any(message.data == b"0" for message in batch) and self.put_off < 2:
            self.put_off += 1
            raise TryLaterError("not now", [0.5] * len(batch))
        await super().handle(batch)


async def test_what_is_wanted_later_comes_then_and_the_reader_is_as_ready_as_before(
    connection: Client,
) -> None:
    seen = Picky(3)

    async with reader(connection, seen, batch=1) as running, asyncio.timeout(20):
        await publish(connection, 1)
        await wait_until(lambda: seen.put_off > 0)
        assert await running.missing() == []
        await publish(connection, 2, start=1)
        await seen.all.wait()
        await wait_until_acknowledged(connection)

    assert seen.numbers[-1] == 0


async def is_ready(running: Reader) -> bool:
    return not await is_missing(running)


async def is_missing(running: Reader) -> bool:
    return bool(await running.missing())
