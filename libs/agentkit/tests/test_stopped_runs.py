"""What an agent does with the steps of a run that is over: winds up, and is done with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit import Agent, Settings, Step
from agentkit.nats import NatsOutcomes, append, connected
from agentkit.provision import provision
from agentkit.pulling import Working
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import Brief
from contracts.events import (
    RunCancelled,
    RunFailed,
)
from contracts.live import StopRun

from .echo import Note, echo, is_done, nobody_holds, request, settings_for


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["echo"])
        yield connection


async def stop_run(connection: Client, run_id: str) -> None:
    stop = StopRun(run_id=run_id).model_dump_json().encode()
    await connection.publish(subjects.control(run_id), stop)


async def cancel_on_log(connection: Client, run_id: str) -> None:
    end = RunCancelled(run_id=run_id, at=datetime.now(UTC))
    await append(connection.jetstream(), end)


def remembering() -> tuple[Agent, list[str]]:
    """Return an agent and the runs of which it has begun a step."""
    agent, began = Agent("echo"), list[str]()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        began.append(step.run_id)
        return Note(text=brief.topic)

    return agent, began


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


async def test_a_step_of_a_run_whose_end_was_not_heard_stops_all_the_same(
    connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.pulling.LOOK_S", 0.1)
    agent, began, wound_up = Agent("echo"), set[str](), list[str]()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        began.add(step.run_id)
        try:
            await asyncio.Event().wait()
        finally:
            wound_up.append(step.run_id)
        return Note(text=brief.topic)

    async with agent.service.start(settings_for(connection)):
        await request(connection, "r1")
        await wait_until(lambda: began == {"r1"})
        await cancel_on_log(connection, "r1")
        await wait_until(lambda: wound_up == ["r1"])
        await wait_until(lambda: nobody_holds(connection))

    assert not await is_done(connection, "r1")


async def test_a_handler_that_does_not_stop_frees_its_worker(
    connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.bounded.GRACE_S", 0.05)
    agent, began, released = Agent("echo"), list[str](), asyncio.Event()

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        began.append(step.run_id)
        while step.run_id == "r1" and not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()
        return Note(text=brief.topic)

    settings = settings_for(connection).model_copy(update={"workers": 1})
    async with agent.service.start(settings):
        await request(connection, "r1")
        await wait_until(lambda: began == ["r1"])
        await stop_run(connection, "r1")
        await request(connection, "r2")
        await wait_until(lambda: is_done(connection, "r2"))
        await wait_until(lambda: nobody_holds(connection))
        released.set()

    assert not await is_done(connection, "r1")


@pytest.mark.parametrize("end", [RunCancelled, RunFailed], ids=["cancelled", "failed"])
async def test_a_queued_step_of_a_run_that_has_ended_is_not_begun(
    connection: Client, end: type[RunCancelled | RunFailed]
) -> None:
    agent, began = remembering()

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
    """The stop comes before the request does."""
    begun, is_left = list[str](), asyncio.Event()

    async def work(message: Msg) -> None:
        begun.append(message.subject)

    await request(connection, "r1")
    js = connection.jetstream()
    queue = await js.pull_subscribe_bind(subjects.durable_of("echo"), subjects.RUNS)
    (message,) = await queue.fetch(1, timeout=5)
    working = Working(connection, work, NatsOutcomes(connection).has_ended)

    working.drop("r1")
    working.take(message, done=is_left.set)
    await is_left.wait()

    await wait_until(lambda: nobody_holds(connection))
    assert begun == []


async def test_a_request_that_comes_after_the_stop_is_not_begun(connection: Client) -> None:
    agent, began = remembering()

    async with agent.service.start(settings_for(connection)):
        await stop_run(connection, "r1")
        await request(connection, "r1")
        await request(connection, "r2")
        await wait_until(lambda: is_done(connection, "r2"))
        await wait_until(lambda: nobody_holds(connection))

    assert began == ["r2"]


async def test_a_request_that_was_long_under_way_is_looked_up(
    connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker stood still meanwhile, and lost the word that its run has ended."""
    monkeypatch.setattr("agentkit.pulling.FRESH", timedelta(0))
    agent, began = remembering()

    async with agent.service.start(settings_for(connection)):
        await cancel_on_log(connection, "r1")
        await request(connection, "r1")
        await request(connection, "r2")
        await wait_until(lambda: is_done(connection, "r2"))
        await wait_until(lambda: nobody_holds(connection))

    assert began == ["r2"]
    assert not await is_done(connection, "r1")
