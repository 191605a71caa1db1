"""The shell on a real broker: replicas share the work and a killed broker costs nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import REGISTRY

from agentkit.nats import append, connected, read_run
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.events import (
    CancelRequested,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepRequested,
)
from contracts.live import StopRun
from contracts.pipeline import Pipeline, RetryPolicy, StepSpec
from orchestrator.service import OrchestratorSettings, service
from orchestrator.shell import Shell
from yaa.testing import NatsUnderTest

REF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
RETRY = RetryPolicy(max_attempts=2, initial_s=0.1, max_s=0.1)
PIPELINE = Pipeline(
    pipeline="diamond",
    steps=tuple(
        StepSpec(step=step, agent="writer", task="t", needs=needs, retry=RETRY)
        for step, needs in {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}.items()
    ),
)


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["writer"])
        yield connection


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
    return any(isinstance(event, RunCompleted | RunFailed | RunCancelled) for event in events)


async def all_handled(connection: Client) -> bool:
    js = connection.jetstream()
    info = await js.consumer_info(subjects.RUNS, subjects.ORCHESTRATOR)
    return not info.num_pending and not info.num_ack_pending


def ends_counted() -> float:
    labels = {"status": "completed"}
    return REGISTRY.get_sample_value("yaa_pipeline_runs_total", labels) or 0


async def answer(connection: Client, *, fail_first: str = "") -> None:
    """Play the agents: complete every request, fail the first attempt of one step."""
    js = connection.jetstream()
    queue = await js.pull_subscribe_bind(subjects.durable_of("writer"), subjects.RUNS)
    while True:
        try:
            (message,) = await queue.fetch(1, timeout=1)
        except TimeoutError:
            continue
        asked = StepRequested.model_validate_json(message.data)
        fails = asked.step == fail_first and asked.attempt == 1
        await append(js, failed(asked) if fails else completed(asked))
        await message.ack()


def completed(asked: StepRequested) -> StepCompleted:
    return StepCompleted(
        run_id=asked.run_id,
        at=datetime.now(UTC),
        step=asked.step,
        attempt=asked.attempt,
        agent="writer",
        output=REF,
        duration_ms=1,
    )


def failed(asked: StepRequested) -> StepFailed:
    error = StepError(
        error="X",
        message="x",
        retryable=True,
        step=asked.step,
        attempt=asked.attempt,
        agent="writer",
    )
    return StepFailed(
        run_id=asked.run_id,
        at=datetime.now(UTC),
        step=asked.step,
        attempt=asked.attempt,
        agent="writer",
        error=error,
        duration_ms=1,
    )


async def test_three_replicas_bring_every_run_to_its_end_once(connection: Client) -> None:
    settings = OrchestratorSettings(nats_url=connection.connected_url.geturl())
    runs = [f"r{n}" for n in range(25)]
    counted = ends_counted()
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(service.start(settings))
        agent = asyncio.create_task(answer(connection))
        await asyncio.gather(*(request(connection, run) for run in runs))

        for run in runs:
            await wait_until(lambda run=run: has_ended(connection, run), timeout_s=15)
        await wait_until(lambda: all_handled(connection))
        agent.cancel()

    assert ends_counted() - counted == len(runs)
    for run in runs:
        events = await events_of(connection, run)
        assert len(events) == 1 + 4 * 2 + 1
        assert isinstance(events[-1], RunCompleted)


def retries_counted() -> float:
    return REGISTRY.get_sample_value("yaa_step_retries_total", {"agent": "writer"}) or 0


async def test_a_failed_step_is_tried_again_after_its_wait(connection: Client) -> None:
    before = retries_counted()
    settings = OrchestratorSettings(nats_url=connection.connected_url.geturl())
    async with service.start(settings) as missing:
        assert await missing() == []
        agent = asyncio.create_task(answer(connection, fail_first="c"))
        await request(connection, "r1")

        await wait_until(lambda: has_ended(connection, "r1"))
        agent.cancel()

    events = await events_of(connection, "r1")
    tries = [e.attempt for e in events if isinstance(e, StepRequested) and e.step == "c"]
    assert tries == [1, 2]
    assert isinstance(events[-1], RunCompleted)
    assert retries_counted() - before == 1


async def test_what_has_not_happened_yet_is_told_as_none(connection: Client) -> None:
    async with service.start(OrchestratorSettings(nats_url=connection.connected_url.geturl())):
        for name, labels in (
            ("yaa_pipeline_runs_total", {"status": "failed"}),
            ("yaa_dead_letters_total", {"agent": "publisher"}),
            ("yaa_step_retries_total", {"agent": "publisher"}),
        ):
            assert REGISTRY.get_sample_value(name, labels) is not None


async def test_a_run_that_was_requested_while_nobody_decided_is_picked_up(
    connection: Client,
) -> None:
    await request(connection, "r1")

    async with service.start(OrchestratorSettings(nats_url=connection.connected_url.geturl())):
        agent = asyncio.create_task(answer(connection))
        await wait_until(lambda: has_ended(connection, "r1"))
        agent.cancel()


@pytest.mark.timeout(40)
async def test_a_run_goes_on_after_the_broker_was_killed(fresh_nats: NatsUnderTest) -> None:
    settings = OrchestratorSettings(nats_url=fresh_nats.url)
    async with connected(settings, name="test") as connection:
        await provision(connection, ["writer"])
        async with service.start(settings):
            await request(connection, "r1")
            fresh_nats.kill()
            fresh_nats.start()
            await wait_until(lambda: connection.is_connected)
            agent = asyncio.create_task(answer(connection))

            await wait_until(lambda: has_ended(connection, "r1"), timeout_s=25)
            agent.cancel()


async def has_begun(connection: Client, run_id: str) -> bool:
    return any(isinstance(event, StepRequested) for event in await events_of(connection, run_id))


async def test_a_run_that_cannot_be_read_holds_up_no_other(connection: Client) -> None:
    runs = [f"r{n:03}" for n in range(150)]
    await connection.jetstream().publish("run.bad.requested", b'{"type": "of a later release"}')
    await asyncio.gather(*(request(connection, run) for run in runs))

    async with service.start(OrchestratorSettings(nats_url=connection.connected_url.geturl())):
        for run in runs:
            await wait_until(lambda run=run: has_begun(connection, run))

    waiting = await connection.jetstream().consumer_info(subjects.RUNS, subjects.ORCHESTRATOR)
    assert waiting.num_ack_pending == 1


async def test_a_timer_that_cannot_be_read_holds_up_no_other(connection: Client) -> None:
    js = connection.jetstream()
    await request(connection, "r1")
    await js.publish(subjects.timer_fired("r0", "a", 1), b"{}")
    await js.publish(subjects.timer_fired("r1", "a", 1), b'{"run_id": "r1"}')
    await js.delete_consumer(subjects.RUNS, subjects.ORCHESTRATOR)

    async with service.start(OrchestratorSettings(nats_url=connection.connected_url.geturl())):
        await wait_until(lambda: has_begun(connection, "r1"))


def cancel(run_id: str) -> CancelRequested:
    return CancelRequested(run_id=run_id, at=datetime.now(UTC), reason="enough")


async def test_a_cancelled_run_ends_at_once_and_its_agents_are_told(connection: Client) -> None:
    told = list[str]()

    async def hear(message: Msg) -> None:
        told.append(StopRun.model_validate_json(message.data).run_id)

    await connection.subscribe(subjects.ALL_CONTROL, cb=hear)
    async with service.start(OrchestratorSettings(nats_url=connection.connected_url.geturl())):
        await request(connection, "r1")
        await request(connection, "r2")
        await wait_until(lambda: has_begun(connection, "r1"))
        assert await append(connection.jetstream(), cancel("r1"))

        await wait_until(lambda: has_ended(connection, "r1"))
        await wait_until(lambda: "r1" in told)

    end = (await events_of(connection, "r1"))[-1]
    assert isinstance(end, RunCancelled)
    assert end.reason == "enough"
    assert set(told) == {"r1"}


async def test_agents_are_told_when_the_orchestrator_died_before_it_could(
    connection: Client,
) -> None:
    told = asyncio.Event()

    async def hear(_: Msg) -> None:
        told.set()

    await request(connection, "r1")
    js = connection.jetstream()
    await append(js, cancel("r1"))
    await append(js, RunCancelled(run_id="r1", at=datetime.now(UTC), reason="enough"))
    await connection.subscribe(subjects.ALL_CONTROL, cb=hear)

    async with service.start(OrchestratorSettings(nats_url=connection.connected_url.geturl())):
        async with asyncio.timeout(15):
            await told.wait()


async def test_a_cancel_that_races_with_the_last_outcome_leaves_one_end(
    connection: Client,
) -> None:
    """One replica is at the outcome while another is at the cancel; half of the runs fail."""
    settings, js = (
        OrchestratorSettings(nats_url=connection.connected_url.geturl()),
        connection.jetstream(),
    )
    runs = [f"r{n}" for n in range(60)]
    async with connected(settings, name="test") as one, connected(settings, name="test") as two:
        first, second = Shell(one), Shell(two)

        async def race(run: str, outcome: StepCompleted | StepFailed) -> None:
            await append(js, outcome)
            await asyncio.gather(first.move(run), cancelled(run))

        async def cancelled(run: str) -> None:
            await append(js, cancel(run))
            await second.move(run)

        for n, run in enumerate(runs):
            await request_single(connection, run)
            await first.move(run)
            (_, (_, asked)) = await read_run(connection, run)
            assert isinstance(asked, StepRequested)
            await race(run, completed(asked) if n % 2 else failed(asked))

    async with service.start(settings), service.start(settings):
        await wait_until(lambda: all_is_handled(connection))
    for run in runs:
        types = [event.type for event in await events_of(connection, run)]
        assert len(END_TYPES.intersection(types)) == 1, types


END_TYPES = {"run.completed", "run.failed", "run.cancelled"}


async def request_single(connection: Client, run_id: str) -> None:
    only = StepSpec(step="a", agent="writer", task="t", retry=RetryPolicy(max_attempts=1))
    event = RunRequested(
        run_id=run_id,
        at=datetime.now(UTC),
        pipeline=Pipeline(pipeline="single", steps=(only,)),
        brief=REF,
        channel_id="demo",
        topic="t",
    )
    assert await append(connection.jetstream(), event)


async def all_is_handled(connection: Client) -> bool:
    info = await connection.jetstream().consumer_info(subjects.RUNS, subjects.ORCHESTRATOR)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_an_end_that_was_decided_before_a_cancel_is_decided_again(
    connection: Client,
) -> None:
    """The interleaving itself: the run is read, the cancel comes, the end is appended."""
    js = connection.jetstream()
    await request_single(connection, "r1")
    shell = Shell(connection)
    await shell.move("r1")
    (asked,) = [e for e in await events_of(connection, "r1") if isinstance(e, StepRequested)]
    await append(js, completed(asked))
    stale = (await read_run(connection, "r1"))[-1][0]
    await append(js, cancel("r1"))

    end = RunCompleted(run_id="r1", at=datetime.now(UTC), outputs={})
    assert not await append(js, end, expected_last_seq=stale)
    await shell.move("r1")

    assert [e.type for e in await events_of(connection, "r1")][-1] == "run.cancelled"
