"""Reading a run from the log, however much was recorded and whichever copy answers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit import nats as adapter
from agentkit.direct import PAGE, TooManyError, direct_get
from agentkit.nats import append, connected, read_run
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.base import instance_of
from contracts.events import RunRequested, StepCompleted
from contracts.pipeline import Pipeline, StepSpec

T0 = datetime(2026, 1, 1, tzinfo=UTC)
REF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
PIPELINE = Pipeline(pipeline="p", steps=(StepSpec(step="a", agent="writer", task="a"),))


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield connection


def requested(run_id: str = "r1") -> RunRequested:
    return RunRequested(
        run_id=run_id, at=T0, pipeline=PIPELINE, brief=REF, channel_id="demo", topic="t"
    )


def completed(index: int, run_id: str = "r1") -> StepCompleted:
    return StepCompleted(
        run_id=run_id,
        at=T0,
        step=instance_of("a", index),
        attempt=1,
        agent="writer",
        output=REF,
        duration_ms=1,
    )


async def test_a_run_of_more_events_than_one_answer_holds_is_read_in_order(
    connection: Client,
) -> None:
    js, count = connection.jetstream(), 2 * PAGE + 100
    await append(js, requested("other"))
    await append(js, requested())
    for start in range(0, count, 100):
        await asyncio.gather(
            *(append(js, completed(index)) for index in range(start, start + 100)),
            append(js, completed(start, "other")),
        )
    with pytest.raises(TooManyError):
        await direct_get(connection, subjects.RUNS, [subjects.of_run("r1")])

    history = await read_run(connection, "r1")

    sequences = [sequence for sequence, _ in history]
    assert sequences == sorted(set(sequences))
    assert history[0] == (2, requested())
    outcomes = [event for _, event in history[1:] if isinstance(event, StepCompleted)]
    assert {event.step for event in outcomes} == {instance_of("a", n) for n in range(count)}
    assert len(outcomes) == count


async def test_only_what_followed_is_read(connection: Client) -> None:
    js = connection.jetstream()
    for event in (requested(), completed(0), requested("other"), completed(1)):
        await append(js, event)

    assert await read_run(connection, "r1", after=2) == [(4, completed(1))]
    assert await read_run(connection, "r1", after=4) == []


async def test_an_event_that_a_copy_of_the_log_does_not_know_yet_is_waited_for(
    connection: Client,
) -> None:
    """One node has no copy that lags: an event that comes a moment later looks the same."""
    js = connection.jetstream()
    await append(js, requested())

    reading = asyncio.create_task(read_run(connection, "r1", until=3))
    await asyncio.sleep(0)
    await append(js, completed(0))
    await append(js, completed(1))

    assert [sequence for sequence, _ in await reading] == [1, 2, 3]


async def test_an_event_that_never_shows_is_given_up(
    connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "READ_TIMEOUT_S", 0.2)
    await append(connection.jetstream(), requested())

    with pytest.raises(TimeoutError):
        await read_run(connection, "r1", until=99)


async def test_a_run_is_unknown_when_whoever_leads_the_log_says_so(connection: Client) -> None:
    asked = list[str]()

    async def hear(message: Msg) -> None:
        asked.append(message.subject)

    await connection.subscribe("$JS.API.STREAM.MSG.GET.RUNS", cb=hear)
    await append(connection.jetstream(), requested())

    assert await read_run(connection, "r2") == []
    await wait_until(lambda: len(asked) == 1)
    assert await read_run(connection, "r1") == [(1, requested())]
    assert len(asked) == 1
