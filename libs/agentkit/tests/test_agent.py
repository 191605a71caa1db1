"""An agent as a service on a real broker: it works, survives its death, and drains."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from prometheus_client import REGISTRY

from agentkit import Agent, Settings, SettingsError, Step, StepRejectedError
from agentkit.artifacts import NatsArtifacts
from agentkit.http import Readiness
from agentkit.nats import NatsOutcomes, connected
from agentkit.provision import agent_durable, provision
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import Brief
from contracts.cards import AgentCard
from contracts.events import (
    StepCompleted,
    StepFailed,
)
from yaa.testing import NatsUnderTest

from .echo import Note, echo, is_done, nobody_holds, outcome_of, pending, request, settings_for


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["echo"])
        yield connection


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


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"yaa_{name}", {"agent": "echo", **labels}) or 0


async def test_it_tells_how_attempts_end_and_how_long_they_waited_before(
    connection: Client,
) -> None:
    waits, waited_s = counted("step_wait_seconds_count"), counted("step_wait_seconds_sum")
    completed = counted("steps_total", outcome="completed")
    labels = {"agent": "echo", "outcome": "failed"}
    await request(connection, "r1", ago_s=100)

    async with echo().service.start(settings_for(connection)):
        assert REGISTRY.get_sample_value("yaa_steps_total", labels) is not None
        await wait_until(lambda: counted("steps_total", outcome="completed") == completed + 1)

    assert counted("step_wait_seconds_count") == waits + 1
    assert 100 <= counted("step_wait_seconds_sum") - waited_s < 120


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


async def test_an_agent_that_takes_nothing_any_more_is_not_ready(connection: Client) -> None:
    async with echo().service.start(settings_for(connection)) as missing:
        (pull,) = [task for task in asyncio.all_tasks() if task.get_name() == "pull agent-echo"]
        pull.cancel()
        await asyncio.wait({pull})

        (sentence,) = await missing()

    assert "takes no requests any more" in sentence


async def test_after_an_outage_a_worker_takes_one_request(fresh_nats: NatsUnderTest) -> None:
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
        await wait_until(lambda: is_done(connection, "r1"))


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
            return await outcomes.of("r1", "note", 1, "echo") is not None

        await wait_until(is_told)
        await wait_until(lambda: nobody_holds(connection))


async def test_stopping_without_the_broker_ends_and_leaves_nothing(
    fresh_nats: NatsUnderTest,
) -> None:
    settings = Settings(nats_url=fresh_nats.url, llm="simulator", drain_timeout_s=1)
    async with connected(settings, name="test") as connection:
        await provision(connection, ["echo"])
    before = asyncio.all_tasks()

    async with asyncio.timeout(15):
        async with echo().service.start(settings) as missing:
            fresh_nats.kill()
            await wait_until(lambda: is_missing(missing))

    await wait_until(lambda: asyncio.all_tasks() == before)


async def is_missing(missing: Readiness) -> bool:
    return bool(await missing())
