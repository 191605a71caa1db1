"""One attempt of a step: what a handler is given, and what becomes of what it does."""

import asyncio

import pytest
from pydantic import BaseModel

from agentkit import Agent, Settings, Step, StepRejectedError
from agentkit.failing import RETRY_AFTER_MAX_S
from agentkit.providers.base import CallFailedError, ProviderError
from agentkit.step import task_of
from agentkit.testing import Bench
from contracts.artifacts import Artifact, Brief
from contracts.live import IncidentMet, StepProgressed, StepStarted

BRIEF = Brief(topic="tides", channel_id="demo", brand_name="Demo")


class Note(Artifact):
    text: str


class Report(Artifact):
    text: str


class EchoSettings(Settings):
    suffix: str = "!"


echo = Agent("echo", settings=EchoSettings)


@echo.step
async def shout(brief: Brief, settings: EchoSettings, step: Step) -> Note:
    return Note(text=f"{brief.topic}{settings.suffix} {step.run_id} {step.name} {step.attempt}")


@echo.step
async def join(notes: tuple[Note, ...]) -> Report:
    return Report(text=" ".join(note.text for note in notes))


@echo.step
async def send(step: Step) -> Report:
    return Report(text=step.key)


@echo.step
async def pick(second: Note) -> Report:
    return Report(text=second.text)


@echo.step
async def name(step: Step) -> Report:
    title = await step.models.ask("Name it.", returns=Title)
    return Report(text=title.text)


class Title(BaseModel):
    text: str


async def test_an_outcome_tells_what_went_wrong_with_providers(bench: Bench) -> None:
    bench.models.will_answer("no JSON", "none either", Title(text="Tides"))

    outcome = await bench.run(echo, task="name")

    assert await bench.output(outcome, Report) == Report(text="Tides")
    assert [each.kind for each in outcome.incidents] == ["invalid_answer"] * 2
    told = [event.incident for event in bench.live.events if isinstance(event, IncidentMet)]
    assert tuple(told) == outcome.incidents


@pytest.mark.parametrize(("asked_s", "told_s"), [(0, 0), (90.0004, 90), (1e9, RETRY_AFTER_MAX_S)])
async def test_a_failed_step_tells_how_long_its_provider_is_to_be_left_alone(
    bench: Bench, asked_s: float, told_s: float
) -> None:
    busy = CallFailedError("busy", status=429, retry_after_s=asked_s)
    error = ProviderError("openai is busy", provider="openai", failure=busy)
    bench.models.will_answer("no JSON", error)

    outcome = await bench.run(echo, task="name")

    assert outcome.type == "step.failed"
    assert (outcome.error.error, outcome.error.retryable) == ("ProviderError", True)
    assert outcome.error.retry_after_s == told_s
    assert [each.kind for each in outcome.incidents] == ["invalid_answer"]


async def test_a_handler_is_given_what_its_annotations_ask_for(bench: Bench) -> None:
    outcome = await bench.run(echo, BRIEF, task="shout", settings=EchoSettings(suffix="?"))

    assert await bench.output(outcome, Note) == Note(text="tides? r1 shout 1")


async def test_what_a_step_does_outside_has_one_name_in_every_attempt(bench: Bench) -> None:
    first = await bench.run(echo, BRIEF, task="send", attempt=1)
    second = await bench.run(echo, BRIEF, task="send", attempt=2)

    assert await bench.output(first, Report) == Report(text="r1/send")
    assert await bench.output(second, Report) == Report(text="r1/send")


async def test_a_handler_may_take_all_inputs_of_a_kind(bench: Bench) -> None:
    outcome = await bench.run(echo, Note(text="a"), Note(text="b"), task="join")

    assert await bench.output(outcome, Report) == Report(text="a b")


async def test_an_input_that_no_step_gives_is_a_rejection_that_names_it(bench: Bench) -> None:
    outcome = await bench.run(echo, BRIEF, task="pick")

    assert outcome.type == "step.failed"
    assert not outcome.error.retryable
    assert "takes a Note" in outcome.error.message


async def test_two_inputs_of_a_kind_need_a_name(bench: Bench) -> None:
    outcome = await bench.run(echo, Note(text="a"), Note(text="b"), task="pick")

    assert outcome.type == "step.failed"
    assert "takes one Note" in outcome.error.message


async def test_an_unknown_task_is_a_rejection_that_names_those_there_are(bench: Bench) -> None:
    outcome = await bench.run(echo, BRIEF, task="whisper")

    assert outcome.type == "step.failed"
    assert not outcome.error.retryable
    assert "'whisper'" in outcome.error.message
    assert "shout" in outcome.error.message


async def test_an_agent_with_one_handler_takes_a_step_of_any_name(bench: Bench) -> None:
    single = Agent("single")

    @single.step
    async def only(brief: Brief) -> Note:
        return Note(text=brief.topic)

    outcome = await bench.run(single, BRIEF, task="anything")

    assert outcome.type == "step.completed"


@pytest.mark.parametrize(
    ("error", "retryable"),
    [(StepRejectedError("no claims"), False), (ValueError("odd"), True), (KeyError("x"), True)],
)
async def test_only_a_rejection_is_not_tried_again(
    bench: Bench, error: Exception, *, retryable: bool
) -> None:
    agent = Agent("broken")

    @agent.step
    async def fail(brief: Brief) -> Note:
        del brief
        raise error

    outcome = await bench.run(agent, BRIEF)

    assert outcome.type == "step.failed"
    assert outcome.error.retryable is retryable
    assert outcome.error.error == type(error).__name__


async def test_a_step_that_takes_too_long_is_a_retryable_failure(bench: Bench) -> None:
    agent = Agent("slow")

    @agent.step
    async def wait(brief: Brief) -> Note:
        await asyncio.Event().wait()
        return Note(text=brief.topic)

    outcome = await bench.run(agent, BRIEF, timeout_s=0.05)

    assert outcome.type == "step.failed"
    assert outcome.error.retryable
    assert "no result in 0.05 s" in outcome.error.message


async def test_a_request_delivered_again_runs_nothing(bench: Bench) -> None:
    runs = list[str]()
    agent = Agent("counted")

    @agent.step
    async def count(brief: Brief) -> Note:
        runs.append(brief.topic)
        return Note(text=brief.topic)

    first = await bench.run(agent, BRIEF)
    second = await bench.run(agent, BRIEF)

    assert first == second
    assert runs == ["tides"]


async def test_cancellation_is_not_an_outcome(bench: Bench) -> None:
    began = asyncio.Event()
    agent = Agent("cancelled")

    @agent.step
    async def wait(brief: Brief) -> Note:
        began.set()
        await asyncio.Event().wait()
        return Note(text=brief.topic)

    task = asyncio.create_task(bench.run(agent, BRIEF))
    await began.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.outcomes.by_subject == {}


async def test_progress_is_shown_at_most_five_times_a_second(bench: Bench) -> None:
    agent = Agent("busy")

    @agent.step
    async def work(brief: Brief, step: Step) -> Note:
        for n in range(1000):
            await step.progress(n / 1000, "working")
        await step.progress(1, "done")
        return Note(text=brief.topic)

    await bench.run(agent, BRIEF)

    begun, *shown = bench.live.events
    assert isinstance(begun, StepStarted)
    assert len(shown) < 20
    assert isinstance(shown[0], StepProgressed)
    assert isinstance(shown[-1], StepProgressed)
    assert (shown[0].fraction, shown[-1].fraction, shown[-1].note) == (0, 1, "done")


async def test_that_an_attempt_has_begun_is_told_when_it_takes_a_while(bench: Bench) -> None:
    agent = Agent("slow")

    @agent.step
    async def note(brief: Brief) -> Note:
        async with asyncio.timeout(10):
            while not bench.live.events:  # noqa: ASYNC110 -- the feed is a list
                await asyncio.sleep(0)
        return Note(text=brief.topic)

    outcome = await bench.run(agent, BRIEF)

    assert outcome.type == "step.completed"
    assert [event.type for event in bench.live.events] == ["live.started"]


async def test_of_an_attempt_that_ends_at_once_only_the_outcome_is_told(bench: Bench) -> None:
    agent = Agent("quick")

    @agent.step
    async def note(brief: Brief) -> Note:
        return Note(text=brief.topic)

    outcome = await bench.run(agent, BRIEF)

    assert outcome.type == "step.completed"
    assert bench.live.events == []


async def test_a_long_error_is_told_in_one_short_line(bench: Bench) -> None:
    agent = Agent("chatty")

    @agent.step
    async def fail(brief: Brief) -> Note:
        del brief
        raise ValueError("line\n" * 1000)

    outcome = await bench.run(agent, BRIEF)

    assert outcome.type == "step.failed"
    assert "\n" not in outcome.error.message
    assert len(outcome.error.message) <= 500


def test_a_handler_with_a_parameter_of_no_known_kind_is_refused() -> None:
    async def odd(brief: Brief, count: int) -> Note:
        return Note(text=brief.topic * count)

    with pytest.raises(TypeError, match="'count'"):
        task_of(odd)


def test_a_handler_that_returns_no_artifact_is_refused() -> None:
    async def odd(brief: Brief) -> str:
        return brief.topic

    with pytest.raises(TypeError, match="return an Artifact"):
        task_of(odd)  # type: ignore[arg-type]  # what the test is about


async def test_a_run_that_repeats_another_does_not_pay_for_what_that_one_asked(
    bench: Bench,
) -> None:
    agent = Agent("asker")

    @agent.step
    async def ask(brief: Brief, step: Step) -> Note:
        return await step.models.ask(brief.topic, returns=Note)

    bench.models.will_answer(Note(text="the moon"), Note(text="the sun"))
    first = await bench.run(agent, BRIEF, run_id="r1")
    rerun = await bench.run(agent, BRIEF, run_id="r2", journal_id="r1")
    other = await bench.run(agent, BRIEF, run_id="r3")

    texts = [(await bench.output(each, Note)).text for each in (first, rerun, other)]
    assert texts == ["the moon", "the moon", "the sun"]
    assert [meta.run_id for meta in bench.journal.saved.values()] == ["r2"]
