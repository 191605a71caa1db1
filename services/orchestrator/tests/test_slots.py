"""Caps through running orchestrators: kept, shared, and never held by who does nothing."""

import asyncio
from datetime import UTC, datetime

import pytest

from agentkit.admission import AdmissionBook
from agentkit.nats import append
from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import (
    ApprovalRequested,
    CancelRequested,
    RunAdmitted,
    RunCompleted,
    RunPaused,
    RunResumed,
    StepRequested,
)

from .world import World, completed, spec, yes

CHANNELS = ("cats", "dogs", "birds")


@pytest.mark.timeout(60)
async def test_replicas_that_are_stopped_and_started_serve_all_and_leak_no_slot(
    world: World,
) -> None:
    active, most = set[str](), 0

    def play(asked: StepRequested) -> object:
        nonlocal most
        active.add(asked.run_id)
        most = max(most, len(active))
        if asked.step == "b":
            active.discard(asked.run_id)
        return completed(asked)

    runs = {f"r{n}": CHANNELS[0] if n < 12 else CHANNELS[n % 3] for n in range(18)}
    caps = {"max_active_runs": 3, "max_active_runs_per_channel": 2}
    async with world.agent(play), world.replica(**caps):
        async with world.replica(**caps):
            for run_id, channel_id in runs.items():
                await world.request(run_id, spec("a"), spec("b", "a"), channel_id=channel_id)
            await world.end_of("r2")
        async with world.replica(**caps):
            for run_id in runs:
                assert isinstance(await world.end_of(run_id, timeout_s=30), RunCompleted)
            await wait_until(lambda: no_slot_is_held(world))

    assert most <= 3
    assert await world.messages(subjects.QUEUE) == 0


async def no_slot_is_held(world: World) -> bool:
    return (await AdmissionBook(world.connection).ledger()).active == {}


async def test_a_run_that_waits_for_a_person_or_is_paused_holds_no_slot(world: World) -> None:
    js = world.js
    async with world.replica(max_active_runs=1), world.agent():
        await world.request("asks", spec("a", approval={}))
        await wait_until(lambda: world.has(ApprovalRequested, "asks"))
        await world.request("r2", spec("a"))
        assert isinstance(await world.end_of("r2"), RunCompleted)
        (question,) = [e for e in await world.events("asks") if isinstance(e, ApprovalRequested)]
        await append(js, yes(question))
        assert isinstance(await world.end_of("asks"), RunCompleted)
        await wait_until(lambda: no_slot_is_held(world))


async def test_a_paused_run_lets_another_begin_and_goes_on_when_it_is_resumed(
    world: World,
) -> None:
    js, answers = world.js, asyncio.Event()

    def play(asked: StepRequested) -> object:
        return completed(asked) if asked.run_id != "held" or answers.is_set() else None

    now = datetime.now(UTC)
    async with world.replica(max_active_runs=1), world.agent(play):
        await world.request("held", spec("a"), spec("b", "a"))
        await wait_until(lambda: world.has(StepRequested, "held"))
        await world.request("r2", spec("a"))
        await wait_until(world.is_handled)
        assert await world.types("r2") == ["run.requested"]

        await append(js, RunPaused(run_id="held", at=now, n=1))
        assert isinstance(await world.end_of("r2"), RunCompleted)

        answers.set()
        (asked,) = [e for e in await world.events("held") if isinstance(e, StepRequested)]
        await append(js, completed(asked))
        await append(js, RunResumed(run_id="held", at=now, n=1))
        assert isinstance(await world.end_of("held"), RunCompleted)
        await wait_until(lambda: no_slot_is_held(world))


async def test_a_run_that_is_paused_while_it_waits_is_passed_over_and_jumps_no_queue(
    world: World,
) -> None:
    js, now = world.js, datetime.now(UTC)
    async with world.replica(max_active_runs=1):
        await world.request("first", spec("a"))
        await wait_until(lambda: world.has(StepRequested, "first"))
        await world.request("held", spec("a"))
        await wait_until(lambda: is_waiting(world))
        await append(js, RunPaused(run_id="held", at=now, n=1))
        await wait_until(lambda: nobody_waits(world))
        await world.request("third", spec("a"))
        await wait_until(lambda: is_waiting(world))

        async with world.agent(lambda asked: completed(asked) if asked.run_id == "first" else None):
            await world.end_of("first")
            await wait_until(lambda: world.has(StepRequested, "third"))
        await append(js, RunResumed(run_id="held", at=now, n=1))
        await wait_until(lambda: is_waiting(world))

    assert not await world.has(RunAdmitted, "held")
    assert set((await AdmissionBook(world.connection).ledger()).active) == {"third"}


async def test_a_run_that_is_cancelled_while_it_waits_ends_and_leaves_the_queue(
    world: World,
) -> None:
    async with world.replica(max_active_runs=1):
        await world.request("first", spec("a"))
        await wait_until(lambda: world.has(RunAdmitted, "first"))
        await world.request("second", spec("a"))
        await wait_until(lambda: is_waiting(world))

        await append(world.js, CancelRequested(run_id="second", at=datetime.now(UTC)))
        await world.end_of("second")
        await wait_until(lambda: nobody_waits(world))

    assert not await world.has(RunAdmitted, "second")
    assert set((await AdmissionBook(world.connection).ledger()).active) == {"first"}


async def is_waiting(world: World) -> bool:
    return await world.messages(subjects.QUEUE) == 1


async def nobody_waits(world: World) -> bool:
    return await world.messages(subjects.QUEUE) == 0


async def test_without_a_cap_nothing_is_counted_and_nobody_is_admitted(world: World) -> None:
    async with world.replica(), world.agent():
        await world.request("r1", spec("a"))
        await world.end_of()

    assert not await world.has(RunAdmitted)
    assert await world.messages(subjects.QUEUE) == 0
    assert await world.messages(f"KV_{subjects.ADMISSION_BUCKET}") == 0
