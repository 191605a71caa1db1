"""An agent as a service on a real broker: it works, survives its death, and drains."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client

from agentkit import Agent, Settings, SettingsError, Step
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append, connected, read_run
from agentkit.provision import provision
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import Artifact, Brief
from contracts.cards import AgentCard
from contracts.events import StepCompleted, StepFailed, StepRequested

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
