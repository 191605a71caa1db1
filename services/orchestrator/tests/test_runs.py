"""What a replica keeps of the runs it has seen."""

from datetime import UTC, datetime

from agentkit.nats import append
from contracts.events import RunPaused, RunResumed
from orchestrator.runs import Runs

from .world import World, spec

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_run_that_is_known_is_read_on_from_there(world: World) -> None:
    runs = Runs(world.connection)
    await world.request("r1", spec("a"))
    first = await runs.read("r1")
    await world.request("r2", spec("a"))
    await append(world.js, RunPaused(run_id="r1", at=NOW, n=1))

    second = await runs.read("r1", until=3)

    assert (first.last_seq, first.events, first.run.is_paused) == (1, 1, False)
    assert (second.last_seq, second.events, second.run.is_paused) == (3, 2, True)
    assert second.run.request is first.run.request
    assert (await runs.read("r1")).run is second.run


async def test_what_was_done_is_known_until_the_run_goes_on(world: World) -> None:
    runs = Runs(world.connection)
    await world.request("r1", spec("a"))
    known = await runs.read("r1")
    assert not runs.is_done("r1", 1)

    runs.done("r1", known)

    assert runs.is_done("r1", 1)
    assert not runs.is_done("r1", 2)
    assert not runs.is_done("r2", 1)


async def test_the_runs_that_were_read_longest_ago_are_forgotten(world: World) -> None:
    runs = Runs(world.connection, room=3)
    for run_id in ("r1", "r2", "r3"):
        await world.request(run_id, spec("a"))
        runs.done(run_id, await runs.read(run_id))
    await runs.read("r1")
    await append(world.js, RunPaused(run_id="r3", at=NOW, n=1))

    await runs.read("r3")

    assert runs.is_done("r1", 1)
    assert not runs.is_done("r2", 2)
    assert runs.is_done("r3", 3)
    assert (await runs.read("r2")).events == 1


async def test_the_run_at_hand_is_kept_however_long_it_is(world: World) -> None:
    runs = Runs(world.connection, room=1)
    await world.request("r1", spec("a"))
    await append(world.js, RunPaused(run_id="r1", at=NOW, n=1))
    await append(world.js, RunResumed(run_id="r1", at=NOW, n=1))
    await world.request("r2", spec("a"))
    await runs.read("r2")

    known = await runs.read("r1")

    assert known.events == 3
    assert (await runs.read("r1")).run is known.run
