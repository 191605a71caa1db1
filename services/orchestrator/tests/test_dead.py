"""Dead letters on a real broker: what no agent can end fails its run, and says why."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client
from orjson import dumps
from prometheus_client import REGISTRY

from agentkit.nats import NatsOutcomes, append, connected, read_run
from agentkit.provision import agent_durable, provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.events import (
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
    StepCompleted,
    StepFailed,
)
from contracts.pipeline import Pipeline, RetryPolicy, StepSpec
from orchestrator.service import OrchestratorSettings, service

REF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
PIPELINE = Pipeline(
    pipeline="one",
    steps=(StepSpec(step="edit", agent="media", task="edit", retry=RetryPolicy(max_attempts=3)),),
)
MAX_DELIVER = 2


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    """A broker that loses patience with the media agent after two short silences."""
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["media"])
        impatient = agent_durable("media", ack_wait_s=0.2, max_deliver=MAX_DELIVER)
        await connection.jetstream().add_consumer(subjects.RUNS, impatient)
        yield connection


def counted() -> float:
    return REGISTRY.get_sample_value("yaa_dead_letters_total", {"agent": "media"}) or 0.0


def settings_for(connection: Client) -> OrchestratorSettings:
    return OrchestratorSettings(nats_url=connection.connected_url.geturl())


async def request(connection: Client, run_id: str) -> None:
    event = RunRequested(
        run_id=run_id,
        at=datetime.now(UTC),
        pipeline=PIPELINE,
        brief=REF,
        channel_id="demo",
        topic="t",
    )
    assert await append(connection.jetstream(), event)


async def events_of(connection: Client, run_id: str) -> list[RunEvent]:
    return [event for _, event in await read_run(connection, run_id)]


async def has_ended(connection: Client, run_id: str) -> bool:
    events = await events_of(connection, run_id)
    return any(isinstance(event, RunCompleted | RunFailed) for event in events)


async def take_and_die(connection: Client, times: int = MAX_DELIVER) -> None:
    """Play an agent that is killed by the request, `times` times; the next try is refused."""
    js = connection.jetstream()
    queue = await js.pull_subscribe_bind(subjects.durable_of("media"), subjects.RUNS)
    taken = 0
    while taken < times:
        try:
            taken += len(await queue.fetch(1, timeout=1))
        except TimeoutError:
            continue
    with pytest.raises(TimeoutError):
        await queue.fetch(1, timeout=0.5)  # what asks the broker for the delivery it refuses


async def is_requested(connection: Client, run_id: str) -> bool:
    return len(await events_of(connection, run_id)) == 2


async def dead_letters(connection: Client) -> int:
    return (await connection.jetstream().stream_info(subjects.DEAD)).state.messages


async def nothing_is_left(connection: Client) -> bool:
    info = await connection.jetstream().consumer_info(subjects.DEAD, subjects.ORCHESTRATOR_DEAD)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


def completed(run_id: str) -> StepCompleted:
    return StepCompleted(
        run_id=run_id,
        at=datetime.now(UTC),
        step="edit",
        attempt=1,
        agent="media",
        output=REF,
        duration_ms=1,
    )


async def dead_before_the_orchestrator_saw_it(connection: Client, run_id: str) -> None:
    async with service.start(settings_for(connection)):
        await request(connection, run_id)
        await wait_until(lambda: is_requested(connection, run_id))
    await take_and_die(connection)
    assert await dead_letters(connection) == 1


async def test_a_request_that_kills_its_agent_fails_its_run_with_the_reason(
    connection: Client,
) -> None:
    before = counted()
    async with AsyncExitStack() as replicas:
        for _ in range(2):
            missing = await replicas.enter_async_context(service.start(settings_for(connection)))
            assert await missing() == []
        await request(connection, "r1")
        await take_and_die(connection)
        await wait_until(lambda: has_ended(connection, "r1"))
        await wait_until(lambda: nothing_is_left(connection))

    _, _, failed, end = await events_of(connection, "r1")
    assert isinstance(failed, StepFailed)
    assert isinstance(end, RunFailed)
    assert end.errors == (failed.error,)
    assert failed.error.model_dump(exclude_defaults=True) == {
        "error": "DeliveriesExhausted",
        "message": "agent 'media' was given this attempt 2 times and died or fell silent each "
        "time: look at its log, then redrive with yaa dead redrive 1",
        "retryable": False,
        "step": "edit",
        "attempt": 1,
        "agent": "media",
    }
    assert 200 <= failed.duration_ms < 10_000
    assert counted() == before + 1


async def test_an_outcome_that_the_agent_recorded_after_all_stands(connection: Client) -> None:
    await dead_before_the_orchestrator_saw_it(connection, "r1")
    answer = completed("r1")
    await NatsOutcomes(connection).record(answer)
    before = counted()

    async with service.start(settings_for(connection)):
        await wait_until(lambda: nothing_is_left(connection))
        await wait_until(lambda: has_ended(connection, "r1"))

    _, _, stands, end = await events_of(connection, "r1")
    assert stands == answer
    assert isinstance(end, RunCompleted)
    assert counted() == before


async def test_a_dead_letter_of_a_run_that_has_ended_changes_nothing(connection: Client) -> None:
    await dead_before_the_orchestrator_saw_it(connection, "r1")
    await append(connection.jetstream(), RunFailed(run_id="r1", at=datetime.now(UTC), errors=()))
    before = await events_of(connection, "r1")

    async with service.start(settings_for(connection)):
        await wait_until(lambda: nothing_is_left(connection))

    assert await events_of(connection, "r1") == before


async def test_a_request_that_nobody_could_read_fails_its_step_too(connection: Client) -> None:
    await connection.jetstream().publish("run.r1.edit.1.requested.media", b"\x00 kills its reader")

    async with service.start(settings_for(connection)):
        await take_and_die(connection)
        await wait_until(lambda: nothing_is_left(connection))

    failed = await NatsOutcomes(connection).of("r1", "edit", 1, "media")
    assert isinstance(failed, StepFailed)
    assert failed.error.error == "DeliveriesExhausted"


async def test_advisories_that_speak_of_no_request_are_passed_over(connection: Client) -> None:
    js = connection.jetstream()
    told = {
        "type": "io.nats.jetstream.advisory.v1.max_deliver",
        "timestamp": "2026-01-01T00:00:00.123456789Z",
        "stream": "RUNS",
        "consumer": "agent-media",
        "stream_seq": 1,
        "deliveries": 5,
    }
    await js.publish("run.r1.requested", b"not a request of a step")
    await js.publish("run.r1.Edit!.1.requested.media", b"{}")
    await js.publish("run.r1.edit.1.requested.media", b"a request that is not dead")
    for advisory in (
        b"no json",
        b"{}",
        dumps(told),
        dumps(told | {"stream_seq": 2}),
        dumps(told | {"stream_seq": 99}),
        dumps(told | {"consumer": "projector", "stream_seq": 3}),
        dumps(told | {"stream": "CALLS", "stream_seq": 3}),
    ):
        await js.publish(f"{subjects.DEAD_ADVISORIES[0][:-2]}.RUNS.agent-media", advisory)

    async with service.start(settings_for(connection)) as missing:
        await wait_until(lambda: nothing_is_left(connection))
        assert await missing() == []

    assert (await js.stream_info(subjects.RUNS)).state.messages == 3
