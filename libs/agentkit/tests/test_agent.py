"""An agent as a service on a real broker: it works, survives its death, and drains."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client

from agentkit import Agent, Settings, SettingsError, Step, StepRejectedError
from agentkit.artifacts import NatsArtifacts
from agentkit.http import Readiness
from agentkit.nats import NatsOutcomes, append, connected, read_run
from agentkit.provision import agent_durable, provision
from agentkit.pulling import Working
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import Artifact, Brief
from contracts.cards import AgentCard
from contracts.events import (
    RunCancelled,
    RunFailed,
    StepCompleted,
    StepFailed,
    StepRequested,
)
from contracts.live import StopRun
from yaa.testing import NatsUnderTest

BRIEF = Brief(topic="tides", channel_id="demo", brand_name="Demo")


class Note(Artifact):
    text: str


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["echo"])
        yield connection


def settings_for(connection: Client) -> Settings:
    return Settings(
        nats_url=connection.connected_url.geturl(), llm="simulator", workers=2, drain_timeout_s=5
    )


async def request(connection: Client, run_id: str) -> None:
    brief = await NatsArtifacts(connection).put_artifact(BRIEF)
    event = StepRequested(
        run_id=run_id,
        at=datetime.now(UTC),
        step="note",
        attempt=1,
        agent="echo",
        task="note",
        inputs={"brief": brief},
        timeout_s=10,
    )
    await append(connection.jetstream(), event)


async def outcome_of(connection: Client, run_id: str) -> StepCompleted | StepFailed | None:
    for _, event in await read_run(connection, run_id):
        if isinstance(event, StepCompleted | StepFailed):
            return event
    return None


async def is_done(connection: Client, run_id: str) -> bool:
    return await outcome_of(connection, run_id) is not None


def echo() -> Agent:
    agent = Agent("echo")

    @agent.step
    async def note(brief: Brief) -> Note:
        return Note(text=brief.topic)

    return agent


async def test_an_agent_works_on_what_is_requested_of_it(connection: Client) -> None:
    async with echo().service.start(settings_for(connection)) as missing:
        assert await missing() == []
        for n in range(10):
            await request(connection, f"r{n}")
        for n in range(10):
            await wait_until(lambda n=n: is_done(connection, f"r{n}"))

    outcome = await outcome_of(connection, "r0")
    assert isinstance(outcome, StepCompleted)
    assert outcome.simulated
    assert await NatsArtifacts(connection).get_artifact(outcome.output, Note) == Note(text="tides")
    info = await connection.jetstream().consumer_info(subjects.RUNS, subjects.durable_of("echo"))
    assert (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_what_fails_on_the_simulator_says_so(connection: Client) -> None:
    agent = Agent("echo")

    @agent.step
    async def note(brief: Brief) -> Note:
        raise StepRejectedError(f"nothing is known about {brief.topic!r}")

    async with agent.service.start(settings_for(connection)):
        await request(connection, "r1")
        await wait_until(lambda: is_done(connection, "r1"))

    outcome = await outcome_of(connection, "r1")
    assert isinstance(outcome, StepFailed)
    assert outcome.simulated


async def test_an_agent_leaves_its_card(connection: Client) -> None:
    async with echo().service.start(settings_for(connection)):
        bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
        card = AgentCard.model_validate_json((await bucket.get("echo")).value or b"")

    assert card.agent == "echo"
    assert [(task.task, task.inputs, task.output) for task in card.tasks] == [
        ("note", ("Brief",), "Note")
    ]


async def test_no_request_waits_behind_one_that_takes_long(connection: Client) -> None:
    """A worker that is busy has fetched nothing more: the other one takes what comes."""
    agent, hold = Agent("echo"), asyncio.Event()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        if step.run_id == "slow":
            await hold.wait()
        return Note(text=brief.topic)

    async with agent.service.start(settings_for(connection)):
        await request(connection, "slow")
        for n in range(5):
            await request(connection, f"r{n}")
        for n in range(5):
            await wait_until(lambda n=n: is_done(connection, f"r{n}"))

        assert not await is_done(connection, "slow")
        hold.set()
        await wait_until(lambda: is_done(connection, "slow"))


async def test_stopping_finishes_the_step_at_hand(connection: Client) -> None:
    agent, began, hold = Agent("echo"), asyncio.Event(), asyncio.Event()

    @agent.step
    async def note(brief: Brief) -> Note:
        began.set()
        await hold.wait()
        return Note(text=brief.topic)

    async def release() -> None:
        await began.wait()
        await asyncio.sleep(0.2)
        hold.set()

    async with agent.service.start(settings_for(connection)):
        await request(connection, "r1")
        await began.wait()
        releasing = asyncio.create_task(release())
    await releasing

    assert isinstance(await outcome_of(connection, "r1"), StepCompleted)


async def test_an_agent_without_provisioning_says_what_to_do(nats_url: str) -> None:
    settings = Settings(nats_url=nats_url, llm="simulator")

    with pytest.raises(SettingsError, match="yaa provision"):
        async with echo().service.start(settings):
            pass


async def test_a_deleted_consumer_is_told_by_readiness(connection: Client) -> None:
    async with echo().service.start(settings_for(connection)) as missing:
        durable = subjects.durable_of("echo")
        await connection.jetstream().delete_consumer(subjects.RUNS, durable)

        (sentence,) = await missing()

    assert durable in sentence


async def pending(connection: Client) -> tuple[int, int]:
    """Return how many requests wait at the broker, and how many are in somebody's hands."""
    info = await connection.jetstream().consumer_info(subjects.RUNS, subjects.durable_of("echo"))
    return info.num_pending or 0, info.num_ack_pending or 0


async def test_after_an_outage_a_worker_takes_one_request(
    fresh_nats: NatsUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.agent.FETCH_S", 0.4)
    settings = Settings(nats_url=fresh_nats.url, llm="simulator", workers=1, drain_timeout_s=5)
    agent, hold = Agent("echo"), asyncio.Event()

    @agent.step
    async def note(brief: Brief) -> Note:
        await hold.wait()
        return Note(text=brief.topic)

    async with connected(settings, name="test") as connection:
        await provision(connection, ["echo"])
        async with agent.service.start(settings) as missing:
            fresh_nats.kill()
            await wait_until(lambda: is_missing(missing))
            await asyncio.sleep(2)  # the time in which it asks in vain
            fresh_nats.start()
            await wait_until(lambda: connection.is_connected)
            for n in range(4):
                await request(connection, f"r{n}")
            for _ in range(10):
                _, in_hand = await pending(connection)
                assert in_hand <= 1

            hold.set()
            for n in range(4):
                await wait_until(lambda n=n: is_done(connection, f"r{n}"))


async def test_an_agent_without_its_consumer_is_idle_and_heals(connection: Client) -> None:
    async with echo().service.start(settings_for(connection)):
        await connection.jetstream().delete_consumer(subjects.RUNS, subjects.durable_of("echo"))
        await asyncio.sleep(0.5)  # the broker tells who waits there
        began = time.process_time()
        await asyncio.sleep(1)
        assert time.process_time() - began < 0.2

        await provision(connection, ["echo"])
        await request(connection, "r1")
        await wait_until(lambda: is_done(connection, "r1"))


async def test_a_request_that_comes_again_is_not_worked_on_twice(connection: Client) -> None:
    agent, runs, hold = Agent("echo"), list[str](), asyncio.Event()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        runs.append(step.run_id)
        await hold.wait()
        return Note(text=brief.topic)

    impatient = agent_durable("echo", ack_wait_s=0.3, max_deliver=-1)
    await connection.jetstream().add_consumer(subjects.RUNS, impatient)
    async with agent.service.start(settings_for(connection)):
        await request(connection, "r1")

        async def came_again() -> bool:
            durable = subjects.durable_of("echo")
            info = await connection.jetstream().consumer_info(subjects.RUNS, durable)
            return info.delivered is not None and info.delivered.consumer_seq >= 3

        await wait_until(came_again)
        hold.set()
        await wait_until(lambda: is_done(connection, "r1"))

    assert runs == ["r1"]
    assert await pending(connection) == (0, 0)


async def test_stopping_gives_back_what_takes_too_long(connection: Client) -> None:
    agent, began, wound_up = Agent("echo"), asyncio.Event(), list[bool]()

    @agent.step
    async def note(step: Step) -> Note:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await step.blobs.put(b"paid", media_type="text/plain", name="paid")
            wound_up.append(True)
        raise AssertionError

    settings = settings_for(connection).model_copy(update={"drain_timeout_s": 0.1})
    async with agent.service.start(settings):
        await request(connection, "r1")
        await began.wait()

    assert wound_up == [True]
    async with echo().service.start(settings):
        await wait_until(lambda: is_done(connection, "r1"), timeout_s=3)


async def stop_run(connection: Client, run_id: str) -> None:
    stop = StopRun(run_id=run_id).model_dump_json().encode()
    await connection.publish(subjects.control(run_id), stop)


async def cancel_on_log(connection: Client, run_id: str) -> None:
    end = RunCancelled(run_id=run_id, at=datetime.now(UTC))
    await append(connection.jetstream(), end)


async def test_a_step_of_a_cancelled_run_winds_up_and_is_done_with(connection: Client) -> None:
    """The other run goes on, and the worker is free for the next one."""
    agent, began, wound_up, hold = Agent("echo"), set[str](), list[str](), asyncio.Event()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        began.add(step.run_id)
        try:
            await hold.wait()
        except asyncio.CancelledError:
            await step.blobs.put(b"paid", media_type="text/plain", name="paid")
            wound_up.append(step.run_id)
            raise
        return Note(text=brief.topic)

    async with agent.service.start(settings_for(connection)):
        await request(connection, "r1")
        await request(connection, "r2")
        await wait_until(lambda: began == {"r1", "r2"})
        await connection.publish(subjects.control("r2"), b"no control message")
        await stop_run(connection, "r1")
        await stop_run(connection, "r1")
        await wait_until(lambda: wound_up == ["r1"])
        await request(connection, "r3")
        await wait_until(lambda: "r3" in began)
        hold.set()
        await wait_until(lambda: is_done(connection, "r2"))
        await wait_until(lambda: is_done(connection, "r3"))
        await wait_until(lambda: nobody_holds(connection))

    assert wound_up == ["r1"]
    assert not await is_done(connection, "r1")


@pytest.mark.parametrize("end", [RunCancelled, RunFailed], ids=["cancelled", "failed"])
async def test_a_queued_step_of_a_run_that_has_ended_is_not_begun(
    connection: Client, end: type[RunCancelled | RunFailed]
) -> None:
    agent, began = Agent("echo"), list[str]()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        began.append(step.run_id)
        return Note(text=brief.topic)

    await request(connection, "r1")
    told = {"run_id": "r1", "at": datetime.now(UTC), "errors": ()}
    await append(connection.jetstream(), end.model_validate(told))
    await request(connection, "r2")
    async with agent.service.start(settings_for(connection)):
        await wait_until(lambda: is_done(connection, "r2"))
        await wait_until(lambda: nobody_holds(connection))

    assert began == ["r2"]
    assert not await is_done(connection, "r1")


async def test_what_an_agent_missed_is_made_good_when_the_step_comes_again(
    connection: Client,
) -> None:
    """An agent that died at its step is not told; whoever gets the step then does not do it."""
    agent, began = Agent("echo"), asyncio.Event()

    @agent.step
    async def note(step: Step) -> Note:
        began.set()
        await asyncio.Event().wait()
        return Note(text=step.run_id)

    settings = settings_for(connection).model_copy(update={"drain_timeout_s": 0.1})
    async with agent.service.start(settings):
        await request(connection, "r1")
        await began.wait()
    await cancel_on_log(connection, "r1")

    async with echo().service.start(settings):
        await wait_until(lambda: nobody_holds(connection))

    assert not await is_done(connection, "r1")


async def test_a_request_that_is_dropped_before_it_is_begun_is_done_with(
    connection: Client,
) -> None:
    """The stop comes between taking the request and the first step of the work on it."""
    done = list[str]()

    async def work() -> None:
        done.append("r1")

    await request(connection, "r1")
    js = connection.jetstream()
    queue = await js.pull_subscribe_bind(subjects.durable_of("echo"), subjects.RUNS)
    (message,) = await queue.fetch(1, timeout=5)
    working = Working()

    async with asyncio.TaskGroup() as group:
        taken = group.create_task(working.on(message, work))
        group.create_task(drop(working))
        await taken

    await wait_until(lambda: nobody_holds(connection))
    assert done == []


async def drop(working: Working) -> None:
    working.drop("r1")


@pytest.mark.parametrize("payload", [b"{}", b"no json"])
async def test_a_request_that_cannot_be_read_fails_its_step(
    connection: Client, payload: bytes
) -> None:
    js = connection.jetstream()
    async with echo().service.start(settings_for(connection)):
        await js.publish("run.r1.note.x.requested.echo", payload)
        await js.publish("run.r1.note.1.requested.echo", payload)

        outcomes = NatsOutcomes(connection)

        async def is_told() -> bool:
            return await outcomes.of("r1", "note", 1) is not None

        await wait_until(is_told, timeout_s=3)
        await wait_until(lambda: nobody_holds(connection))


async def nobody_holds(connection: Client) -> bool:
    return await pending(connection) == (0, 0)


async def test_stopping_without_the_broker_ends_and_leaves_nothing(
    fresh_nats: NatsUnderTest,
) -> None:
    settings = Settings(nats_url=fresh_nats.url, llm="simulator", drain_timeout_s=1)
    async with connected(settings, name="test") as connection:
        await provision(connection, ["echo"])
    before = asyncio.all_tasks()

    async with asyncio.timeout(5):
        async with echo().service.start(settings) as missing:
            fresh_nats.kill()
            await wait_until(lambda: is_missing(missing))

    await wait_until(lambda: asyncio.all_tasks() == before, timeout_s=2)


async def is_missing(missing: Readiness) -> bool:
    return bool(await missing())
