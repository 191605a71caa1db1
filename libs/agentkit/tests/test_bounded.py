"""Handlers that do not stop when they are told: nobody waits for them, and they buy nothing."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel

from agentkit import Agent, Step
from agentkit.testing import Bench, wait_until
from contracts.artifacts import Brief

from .echo import BRIEF, Note


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentkit.bounded.GRACE_S", 0.05)


class Stubborn:
    """Waits until it is released, whatever it is told."""

    def __init__(self) -> None:
        self.told = 0
        self.has_ended = False
        self.released = asyncio.Event()

    async def wait(self) -> None:
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                self.told += 1
        self.has_ended = True


@pytest.fixture
async def stubborn() -> AsyncIterator[Stubborn]:
    stubborn = Stubborn()
    yield stubborn
    stubborn.released.set()
    await wait_until(lambda: stubborn.has_ended)


async def test_a_handler_that_does_not_stop_fails_its_step_in_time(
    bench: Bench, stubborn: Stubborn
) -> None:
    agent = Agent("stubborn")

    @agent.step
    async def note(brief: Brief) -> Note:
        await stubborn.wait()
        return Note(text=brief.topic)

    async with asyncio.timeout(2):
        outcome = await bench.run(agent, BRIEF, timeout_s=0.05)

    assert outcome.type == "step.failed"
    assert outcome.error.error == "TimeoutError"
    assert outcome.error.retryable
    assert outcome.error.message == (
        "no result in 0.05 s, and the handler does not stop: let it pass on asyncio.CancelledError"
    )
    assert stubborn.told == 1


async def test_what_is_left_to_itself_buys_nothing(bench: Bench, stubborn: Stubborn) -> None:
    agent, asked = Agent("stubborn"), asyncio.Event()

    class Answer(BaseModel):
        text: str

    @agent.step
    async def note(brief: Brief, step: Step) -> Note:
        await stubborn.wait()
        asked.set()
        answer = await step.models.ask(brief.topic, returns=Answer)
        return Note(text=answer.text)

    before = asyncio.all_tasks()
    await bench.run(agent, BRIEF, timeout_s=0.05)
    (left,) = asyncio.all_tasks() - before
    stubborn.released.set()
    await asked.wait()
    await asyncio.sleep(0)

    assert bench.models.requests == []
    assert not left.done()
    left.cancel()


async def test_a_handler_that_winds_up_in_time_is_waited_for(bench: Bench) -> None:
    agent, wound_up = Agent("slow"), list[str]()

    @agent.step
    async def note(brief: Brief) -> Note:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            wound_up.append(brief.topic)
        return Note(text=brief.topic)

    outcome = await bench.run(agent, BRIEF, timeout_s=0.05)

    assert wound_up == [BRIEF.topic]
    assert outcome.type == "step.failed"
    assert "no result in 0.05 s: raise the step's timeout_s" in outcome.error.message


async def test_a_handler_that_was_cancelled_from_within_says_so(bench: Bench) -> None:
    agent = Agent("odd")

    @agent.step
    async def note(brief: Brief) -> Note:
        helper = asyncio.create_task(asyncio.Event().wait())
        asyncio.get_running_loop().call_soon(helper.cancel)
        await helper
        return Note(text=brief.topic)

    outcome = await bench.run(agent, BRIEF)

    assert outcome.type == "step.failed"
    assert outcome.error.message == ("the handler gave up: something it waited for was cancelled")


_PROCESS = """
import asyncio
from agentkit import bounded

bounded.GRACE_S = 0.05

async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

async def main():
    try:
        await bounded.within(stubborn(), 0.05, on_abandoned=lambda: None)
    except TimeoutError:
        print("left")
    bounded.leave_if_abandoned()

asyncio.run(main())
"""


async def test_a_process_ends_in_spite_of_what_does_not() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", _PROCESS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )

    said, _ = await asyncio.wait_for(process.communicate(), 15)

    assert (process.returncode, said) == (0, b"left\n")
