"""Wake-ups on a real broker: set once, acted upon, and gone."""

from datetime import UTC, datetime, timedelta

from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import RunCompleted, RunFailed, StepOutcome, StepRequested, Timer
from orchestrator.outputs import Wake
from orchestrator.timers import Timers

from .world import World, completed, failed, spec

RETRY = {"max_attempts": 3, "initial_s": 0.05, "max_s": 0.05}


async def test_nothing_is_left_of_timers_that_were_acted_upon(world: World) -> None:
    """Neither the schedule, which the broker removes, nor what it sent."""

    def play(asked: StepRequested) -> StepOutcome:
        return failed(asked) if asked.attempt < 3 else completed(asked)

    async with world.replica(), world.agent(play):
        await world.request("r1", spec("a", retry=RETRY))

        assert isinstance(await world.end_of(), RunCompleted)
        await wait_until(lambda: is_empty(world))

    assert await sent(world) >= 2 * 2


async def test_a_wake_up_is_asked_for_once_however_much_happens_meanwhile(world: World) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    steps = [spec("s0"), *(spec(f"s{n}", f"s{n - 1}") for n in range(1, 8))]
    async with world.replica(), world.agent():
        await world.request("r1", *steps, deadline_at=at)

        assert isinstance(await world.end_of(), RunCompleted)
        await wait_until(world.is_handled)

    assert await sent(world) == 1


async def test_a_run_that_passes_its_deadline_fails(world: World) -> None:
    at = datetime.now(UTC) + timedelta(seconds=0.3)
    async with world.replica():
        await world.request("r1", spec("a"), deadline_at=at)

        end = await world.end_of()

    assert isinstance(end, RunFailed)
    assert [error.error for error in end.errors] == ["RunDeadlineExceeded"]


async def test_a_timer_that_fires_too_early_for_a_slow_clock_is_set_again(world: World) -> None:
    timers = Timers(world.connection)
    durable = subjects.ORCHESTRATOR_TIMERS
    queue = await world.js.pull_subscribe_bind(durable, subjects.TIMERS)
    wake = Wake("r1", "a", 1, datetime.now(UTC))
    for _ in range(2):
        await timers.schedule(wake, seq=7)
        await timers.schedule(wake, seq=8)
        (message,) = await queue.fetch(1, timeout=5)
        await message.ack()
        timers.fired(message)

    assert Timer.model_validate_json(message.data) == Timer(run_id="r1", seq=7)
    assert await sent(world) == 2 * 2


async def test_who_is_woken_waits_until_it_knows_as_much_as_who_set_the_timer(
    world: World,
) -> None:
    subject = subjects.timer_fired("r1", "a", 1)
    async with world.replica(), world.agent():
        await world.request("r0", spec("a"))
        await world.end_of("r0")
        seq = (await world.js.stream_info(subjects.RUNS)).state.last_seq
        await world.js.publish(subject, Timer(run_id="r1", seq=seq + 1).model_dump_json().encode())
        await world.request("r1", spec("a"))

        assert isinstance(await world.end_of(), RunCompleted)
        await wait_until(lambda: is_empty(world))


async def is_empty(world: World) -> bool:
    return await world.messages(subjects.TIMERS) == 0


async def sent(world: World) -> int:
    """Return how many messages TIMERS ever had: schedules, and what they sent."""
    return (await world.js.stream_info(subjects.TIMERS)).state.last_seq
