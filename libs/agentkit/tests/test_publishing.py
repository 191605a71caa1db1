"""Publishing to streams: each message is answered for itself, alone or in a group."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.js.errors import APIError, NoStreamResponseError

from agentkit.inbox import inbox_of
from agentkit.nats import connected, publish_once
from agentkit.provision import provision
from agentkit.settings import Settings
from contracts import subjects


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield connection


@pytest.fixture
async def grouping(nats_url: str) -> AsyncIterator[Client]:
    """A connection that commits in groups."""
    settings = Settings(nats_url=nats_url, nats_group_commit=True)
    async with connected(settings, name="test") as connection:
        await provision(connection, [])
        yield connection


async def stored(connection: Client) -> int:
    return (await connection.jetstream().stream_info(subjects.RUNS)).state.messages


async def test_each_of_many_messages_is_told_its_own_place(connection: Client) -> None:
    js = connection.jetstream()

    acks = await asyncio.gather(*(js.publish(f"run.r{n}.requested", b"{}") for n in range(50)))

    assert sorted(ack.seq for ack in acks) == list(range(1, 51))
    for n, ack in enumerate(acks):
        assert (await js.get_msg(subjects.RUNS, ack.seq)).subject == f"run.r{n}.requested"


async def test_a_refusal_is_told_with_its_reason(connection: Client) -> None:
    js = connection.jetstream()
    await js.publish("run.r1.requested", b"{}")

    with pytest.raises(APIError, match="maximum messages per subject"):
        await js.publish("run.r1.requested", b"{}")


async def test_a_subject_that_no_stream_takes_is_told_at_once(connection: Client) -> None:
    with pytest.raises(NoStreamResponseError):
        await connection.jetstream().publish("nobody.takes.this", b"{}", timeout=20)


async def test_what_is_not_answered_in_time_is_given_up_and_forgotten(connection: Client) -> None:
    await connection.subscribe("silent", cb=_ignore)

    with pytest.raises(TimeoutError):
        await connection.jetstream().publish("silent", b"{}", timeout=0.05)

    assert not (await inbox_of(connection)).expected


async def _ignore(_: object) -> None:
    """Take a message and answer nothing."""


async def test_a_group_is_stored_in_order_and_each_is_told_its_place(grouping: Client) -> None:
    js = grouping.jetstream()

    acks = await asyncio.gather(*(js.publish(f"run.r{n}.requested", b"{}") for n in range(700)))

    assert [ack.seq for ack in acks] == list(range(1, 701))
    for n in (0, 1, 350, 699):
        message = await js.get_msg(subjects.RUNS, acks[n].seq)
        assert message.subject == f"run.r{n}.requested"


async def test_one_that_is_refused_takes_no_other_of_its_group_along(grouping: Client) -> None:
    js = grouping.jetstream()
    await js.publish("run.r3.requested", b"{}")

    told = await asyncio.gather(
        *(js.publish(f"run.r{n}.requested", b"{}") for n in range(10)), return_exceptions=True
    )

    assert [n for n, each in enumerate(told) if isinstance(each, APIError)] == [3]
    assert await stored(grouping) == 10


async def test_the_same_fact_twice_in_a_group_is_recorded_once(grouping: Client) -> None:
    js = grouping.jetstream()

    are_news = await asyncio.gather(
        *(publish_once(js, subjects.RUNS, "run.r1.requested", b"{}") for _ in range(5))
    )

    assert sorted(are_news) == [False] * 4 + [True]
    assert await stored(grouping) == 1


async def test_an_expectation_holds_in_a_group_as_well(grouping: Client) -> None:
    js = grouping.jetstream()
    last = (await js.publish("run.r1.requested", b"{}")).seq

    def unless(run_id: str, seq: int) -> dict[str, str]:
        return {
            "Nats-Expected-Last-Subject-Sequence": str(seq),
            "Nats-Expected-Last-Subject-Sequence-Subject": f"run.{run_id}.>",
        }

    told = await asyncio.gather(
        js.publish("run.r1.a.1.requested.x", b"{}", headers=unless("r1", last)),
        js.publish("run.r2.a.1.requested.x", b"{}", headers=unless("r2", 99)),
        js.publish("run.r3.requested", b"{}"),
        return_exceptions=True,
    )

    assert [isinstance(each, APIError) for each in told] == [False, True, False]
    assert await stored(grouping) == 3


async def test_whoever_publishes_in_a_group_on_a_closed_connection_is_told(
    grouping: Client,
) -> None:
    js = grouping.jetstream()
    await grouping.close()

    told = await asyncio.gather(
        *(js.publish(f"run.r{n}.requested", b"{}") for n in range(3)), return_exceptions=True
    )

    assert [type(each) for each in told] == [ConnectionClosedError] * 3
