"""The log on a real broker: a fact is recorded once, a whole run is read at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import APIError

from agentkit.nats import (
    NatsOutcomes,
    UnsettledError,
    append,
    connected,
    latest_at,
    publish_once,
    read_run,
)
from agentkit.provision import (
    AGENT_ACK_WAIT_S,
    DEAD_KEPT,
    MAX_DELIVER,
    agent_durable,
    provision,
)
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.events import (
    CancelRequested,
    RunCancelled,
    RunCompleted,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepRequested,
)
from contracts.pipeline import Pipeline, StepSpec
from yaa.testing import NatsUnderTest

T0 = datetime(2026, 1, 1, tzinfo=UTC)
REF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
PIPELINE = Pipeline(pipeline="p", steps=(StepSpec(step="a", agent="writer", task="a"),))


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["writer"])
        yield connection


def requested(run_id: str = "r1") -> RunRequested:
    return RunRequested(
        run_id=run_id, at=T0, pipeline=PIPELINE, brief=REF, channel_id="demo", topic="t"
    )


def asked() -> StepRequested:
    return StepRequested(
        run_id="r1", at=T0, step="a", attempt=1, agent="writer", task="a", inputs={}, timeout_s=1
    )


def completed() -> StepCompleted:
    return StepCompleted(
        run_id="r1", at=T0, step="a", attempt=1, agent="writer", output=REF, duration_ms=1
    )


def failed() -> StepFailed:
    error = StepError(error="X", message="x", retryable=True, step="a", attempt=1, agent="writer")
    return StepFailed(
        run_id="r1", at=T0, step="a", attempt=1, agent="writer", error=error, duration_ms=1
    )


async def test_a_fact_is_recorded_once(connection: Client) -> None:
    js = connection.jetstream()

    first = await append(js, requested())
    second = await append(js, requested())

    assert (first, second) == (True, False)
    assert (await js.stream_info(subjects.RUNS)).state.messages == 1


async def test_an_event_can_be_bound_to_what_was_read_of_its_run(connection: Client) -> None:
    js = connection.jetstream()
    end = RunCompleted(run_id="r1", at=T0, outputs={})
    await append(js, requested())
    (last_seq, _) = (await read_run(connection, "r1"))[-1]
    await append(js, requested("other"))
    await append(js, asked())

    assert not await append(js, end, expected_last_seq=last_seq)
    (last_seq, _) = (await read_run(connection, "r1"))[-1]
    assert await append(js, end, expected_last_seq=last_seq)
    assert not await append(js, end, expected_last_seq=last_seq)


async def test_an_event_can_be_bound_to_a_part_of_what_was_read(connection: Client) -> None:
    js = connection.jetstream()
    turns = subjects.turns_of("r1")
    await append(js, requested())
    (last_turn, _) = (await read_run(connection, "r1"))[-1]
    await append(js, asked())
    cancel = CancelRequested(run_id="r1", at=T0)
    end = RunCompleted(run_id="r1", at=T0, outputs={})

    assert await append(js, cancel, expected_last_seq=last_turn, among=turns)
    assert not await append(js, end, expected_last_seq=last_turn, among=turns)


async def test_a_run_has_ended_when_one_of_its_ends_is_there(connection: Client) -> None:
    outcomes, js = NatsOutcomes(connection), connection.jetstream()
    cancel = CancelRequested(run_id="r1", at=T0)
    for event in (requested(), asked(), completed(), cancel):
        await append(js, event)
    assert not await outcomes.has_ended("r1")

    await append(js, RunCancelled(run_id="r1", at=T0))

    assert await outcomes.has_ended("r1")
    assert not await outcomes.has_ended("r10")


async def test_a_run_is_read_in_the_order_of_its_events(connection: Client) -> None:
    js = connection.jetstream()
    history = [requested(), asked(), completed(), RunCompleted(run_id="r1", at=T0, outputs={})]
    for event in history:
        await append(js, event)
        await append(js, requested(f"other-{event.type.replace('.', '-')}"))

    found = await read_run(connection, "r1")

    assert [event for _, event in found] == history
    assert [sequence for sequence, _ in found] == [1, 3, 5, 7]


async def test_what_an_agent_writes_in_place_of_an_outcome_is_its_failure(
    connection: Client,
) -> None:
    js = connection.jetstream()
    await append(js, requested())
    end = RunCompleted(run_id="r1", at=T0, outputs={})
    for step, payload in (("a", b"{not json"), ("b", end.model_dump_json().encode())):
        await js.publish(subjects.outcome_of("r1", step, 1, "writer"), payload)
    await js.publish(subjects.outcome_of("r1", "c", "x", "writer"), b"")

    _, *told = [event for _, event in await read_run(connection, "r1")]

    assert [(event.type, event.agent, event.step) for event in told] == [
        ("step.failed", "writer", "a"),
        ("step.failed", "writer", "b"),
    ]


async def test_an_event_on_the_subject_of_another_is_not_taken_for_it(connection: Client) -> None:
    await connection.jetstream().publish(
        subjects.beginning_of("r1"), requested("r2").model_dump_json().encode()
    )

    with pytest.raises(subjects.MisplacedError):
        await read_run(connection, "r1")


async def test_a_run_that_was_never_requested_has_no_events(connection: Client) -> None:
    assert await read_run(connection, "nobody") == []


async def test_the_first_outcome_of_an_attempt_stands(connection: Client) -> None:
    outcomes = NatsOutcomes(connection)
    await append(connection.jetstream(), asked())
    assert await outcomes.of("r1", "a", 1, "writer") is None

    stored = await asyncio.gather(outcomes.record(failed()), outcomes.record(completed()))

    assert stored[0] == stored[1]
    assert await outcomes.of("r1", "a", 1, "writer") == stored[0]
    assert await outcomes.record(completed()) == stored[0]


async def test_outcomes_of_attempts_do_not_hide_each_other(connection: Client) -> None:
    outcomes = NatsOutcomes(connection)
    await outcomes.record(failed())

    second = completed().model_copy(update={"attempt": 2})

    assert await outcomes.record(second) == second


async def test_provisioning_again_keeps_what_is_there(connection: Client) -> None:
    js = connection.jetstream()
    await append(js, requested())
    before = (await js.stream_info(subjects.RUNS)).config

    await provision(connection, ["writer", "researcher"])

    after = await js.stream_info(subjects.RUNS)
    assert after.state.messages == 1
    assert after.config == before
    info = await js.consumer_info(subjects.RUNS, subjects.durable_of("researcher"))
    assert info.config.filter_subject == subjects.requests_to("researcher")


async def test_provisioning_updates_the_durables_and_streams_of_an_earlier_release(
    connection: Client,
) -> None:
    js = connection.jetstream()
    writer = subjects.durable_of("writer")
    await js.add_consumer(subjects.RUNS, agent_durable("writer", ack_wait_s=60, max_deliver=-1))
    dead = (await js.stream_info(subjects.DEAD)).config
    await js.update_stream(dead.evolve(max_age=0))
    assert (await js.consumer_info(subjects.RUNS, writer)).config.max_deliver == -1

    await provision(connection, ["writer"])

    config = (await js.consumer_info(subjects.RUNS, writer)).config
    assert (config.max_deliver, config.ack_wait) == (MAX_DELIVER, AGENT_ACK_WAIT_S)
    dead = (await js.stream_info(subjects.DEAD)).config
    assert (dead.max_age, dead.allow_direct) == (DEAD_KEPT.total_seconds(), True)
    projector = await js.consumer_info(subjects.RUNS, subjects.PROJECTOR)
    assert projector.config.max_deliver == -1


async def test_appending_goes_on_after_the_broker_was_killed(fresh_nats: NatsUnderTest) -> None:
    async with connected(Settings(nats_url=fresh_nats.url), name="test") as connection:
        await provision(connection, [])
        js = connection.jetstream()
        assert await append(js, requested("r1"))
        fresh_nats.kill()

        pending = asyncio.create_task(append(js, requested("r2"), timeout_s=1))
        fresh_nats.start()

        assert await pending
        assert await append(js, requested("r1")) is False


async def test_a_refusal_that_is_no_duplicate_is_an_error(connection: Client) -> None:
    js = connection.jetstream()
    config = (await js.stream_info(subjects.RUNS)).config
    await js.update_stream(config.evolve(max_msg_size=10))

    with pytest.raises(APIError):
        await append(js, requested())


async def test_nothing_is_tried_again_on_a_connection_that_was_closed(nats_url: str) -> None:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])

    async with asyncio.timeout(10):
        with pytest.raises(ConnectionClosedError):
            await append(connection.jetstream(), requested())
        with pytest.raises(ConnectionClosedError):
            await read_run(connection, "r1")


async def test_leaving_ends_while_the_broker_is_away(fresh_nats: NatsUnderTest) -> None:
    async with asyncio.timeout(15):
        async with connected(Settings(nats_url=fresh_nats.url), name="test") as connection:
            fresh_nats.kill()
            await wait_until(lambda: not connection.is_connected)
            await connection.publish("unsent", b"x")

    assert connection.is_closed


async def test_a_message_for_which_there_is_no_room_is_not_taken_for_recorded(
    connection: Client,
) -> None:
    js = connection.jetstream()
    await js.add_stream(
        StreamConfig(
            name="SMALL",
            subjects=["small.>"],
            max_bytes=300,
            max_msgs_per_subject=1,
            discard=DiscardPolicy.NEW,
            discard_new_per_subject=True,
            allow_direct=True,
        )
    )

    assert await publish_once(js, "SMALL", "small.1", b"x" * 200)
    assert not await publish_once(js, "SMALL", "small.1", b"x" * 200)
    with pytest.raises(APIError, match="maximum bytes exceeded"):
        await publish_once(js, "SMALL", "small.2", b"x" * 200, patience_s=0.2)


async def test_what_is_refused_for_a_message_that_is_not_there_is_published_until_it_is(
    connection: Client,
) -> None:
    """A broker that lost its lead refuses what it drops then: the log looks empty until it is."""
    js = connection.jetstream()
    await append(js, requested())
    subject = subjects.beginning_of("r1")

    publishing = asyncio.create_task(publish_once(js, subjects.CALLS, subject, b"again"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(publishing), 0.5)
    await js.purge_stream(subjects.RUNS, subject=subject)

    assert await publishing
    assert (await js.get_last_msg(subjects.RUNS, subject)).data == b"again"


async def test_a_subject_that_shows_no_message_for_ever_is_told(connection: Client) -> None:
    js = connection.jetstream()
    await append(js, requested())

    with pytest.raises(UnsettledError, match="has no message yet"):
        await publish_once(
            js, subjects.CALLS, subjects.beginning_of("r1"), b"again", patience_s=0.2
        )


async def test_the_newest_event_of_a_run_is_that_of_whoever_leads_the_log(
    connection: Client,
) -> None:
    js = connection.jetstream()
    await append(js, requested())
    assert await latest_at(connection, "r1") == 1

    await append(js, completed())

    assert await latest_at(connection, "r1") == 2
    assert await latest_at(connection, "r2") == 0
