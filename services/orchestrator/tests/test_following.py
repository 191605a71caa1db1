"""Runs that are moved on from what is delivered: by who knows all that happened to them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from nats.aio.msg import Msg

from agentkit.nats import append
from agentkit.standing import Preference, StandingPull
from contracts import subjects
from contracts.events import RunEvent, RunPaused, StepRequested
from orchestrator.calls import calls_in
from orchestrator.following import Following
from orchestrator.runs import Runs

from .world import World, completed, spec


class Replica:
    """Follows runs by the messages that the broker hands out, as one of several would."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._following = Following(world.js, Runs(world.connection))

    async def follows(self, *messages: Msg, run_id: str = "r1") -> bool:
        self._following.hear(messages)
        return run_id in await self._following.move(calls_in(messages))

    def drops(self, *messages: Msg) -> None:
        self._following.hear(messages)
        self._following.lose()


@asynccontextmanager
async def delivered(world: World) -> AsyncIterator["Deliveries"]:
    deliveries = Deliveries()
    async with StandingPull(
        world.connection,
        stream=subjects.RUNS,
        durable=subjects.ORCHESTRATOR,
        room=100,
        take=deliveries.arrived.put_nowait,
        preference=Preference(),
    ):
        yield deliveries


class Deliveries:
    """What the durable of the orchestrators brings, message by message."""

    def __init__(self) -> None:
        self.arrived = asyncio.Queue[Msg]()

    async def next(self) -> Msg:
        async with asyncio.timeout(5):
            return await self.arrived.get()


async def last_asked(world: World) -> StepRequested:
    asked = [event for event in await world.events() if isinstance(event, StepRequested)]
    return asked[-1]


async def answer(world: World) -> None:
    assert await append(world.js, completed(await last_asked(world)))


def paused(n: int = 1) -> RunEvent:
    return RunPaused(run_id="r1", at=datetime.now(UTC), n=n)


async def test_who_sees_that_another_was_given_something_says_so(world: World) -> None:
    following = Following(world.js, Runs(world.connection))
    await world.request("r1", spec("a"))
    for n in range(1, 5):
        assert await append(world.js, paused(n))

    async with delivered(world) as broker:
        first, second, _, fourth, fifth = [await broker.next() for _ in range(5)]

    assert not following.hear([second])
    assert not following.hear([])
    assert following.hear([fourth, fifth])
    assert not Following(world.js, Runs(world.connection)).hear([first, second])


async def test_a_run_of_single_steps_is_followed_to_its_end(world: World) -> None:
    replica = Replica(world)
    await world.request("r1", spec("a"), spec("b", "a"))

    async with delivered(world) as broker:
        assert await replica.follows(await broker.next())
        await answer(world)
        assert await replica.follows(await broker.next())
        await answer(world)
        assert await replica.follows(await broker.next())
        assert await replica.follows(await broker.next())

    assert (await world.types())[-1] == "run.completed"
    assert (await world.types()).count("step.requested") == 2


async def test_requests_to_agents_are_not_handed_back_to_who_made_them(world: World) -> None:
    replica = Replica(world)
    await world.request("r1", spec("a"))

    async with delivered(world) as broker:
        await replica.follows(await broker.next())
        await answer(world)
        assert subjects.is_outcome((await broker.next()).subject)


async def test_what_happened_unseen_is_not_decided_over(world: World) -> None:
    """Another replica was given the pause: this one must not go on as if there were none."""
    replica = Replica(world)
    await world.request("r1", spec("a"), spec("b", "a"))

    async with delivered(world) as broker:
        await replica.follows(await broker.next())
        await append(world.js, paused())
        await answer(world)
        await broker.next()  # the pause, which goes to the other one
        assert not await replica.follows(await broker.next())

    assert (await world.types()).count("step.requested") == 1


async def test_what_was_delivered_and_not_taken_in_is_not_taken_for_known(world: World) -> None:
    replica = Replica(world)
    await world.request("r1", spec("a"), spec("b", "a"))

    async with delivered(world) as broker:
        await replica.follows(await broker.next())
        await append(world.js, paused())
        await answer(world)
        replica.drops(await broker.next())
        assert not await replica.follows(await broker.next())

    assert (await world.types()).count("step.requested") == 1


async def test_a_pause_that_was_delivered_is_heeded(world: World) -> None:
    replica = Replica(world)
    await world.request("r1", spec("a"), spec("b", "a"))

    async with delivered(world) as broker:
        await replica.follows(await broker.next())
        await append(world.js, paused())
        await answer(world)
        pause, outcome = await broker.next(), await broker.next()
        assert not await replica.follows(pause, outcome)

    assert (await world.types()).count("step.requested") == 1


async def test_a_run_that_another_replica_began_is_left_to_be_read(world: World) -> None:
    first, second = Replica(world), Replica(world)
    await world.request("r1", spec("a"), spec("b", "a"))

    async with delivered(world) as broker:
        beginning = await broker.next()
        await first.follows(beginning)
        await answer(world)
        outcome = await broker.next()

        assert not await second.follows(outcome)
        assert not await second.follows(beginning)
        assert await first.follows(outcome)

    assert (await world.types()).count("step.requested") == 2


async def test_more_than_one_thing_to_do_is_left_to_be_read(world: World) -> None:
    replica = Replica(world)
    await world.request("r1", spec("a"), spec("b"))

    async with delivered(world) as broker:
        assert not await replica.follows(await broker.next())

    assert await world.types() == ["run.requested"]


async def test_two_replicas_bring_many_runs_to_their_ends(world: World) -> None:
    steps = [spec("a"), spec("b", "a"), spec("c", "a"), spec("d", "b", "c")]

    async with world.replica(), world.replica(), world.agent():
        for n in range(20):
            await world.request(f"r{n}", *steps)
        ends = [await world.end_of(f"r{n}", timeout_s=20) for n in range(20)]

    assert {end.type for end in ends} == {"run.completed"}
    asked = [await world.types(f"r{n}") for n in range(20)]
    assert {types.count("step.requested") for types in asked} == {4}
