"""Providers that fail, over HTTP: who is asked, how often, and what it costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from agentkit import Agent, Step
from agentkit.errors import StepRejectedError
from agentkit.models import Models
from agentkit.providers.base import ProviderError
from agentkit.settings import CallBudget, CircuitSettings, ModelSettings, Settings
from agentkit.testing import Bench, wait_until
from contracts.artifacts import Artifact
from simulator.server import running
from simulator.settings import SimulatorSettings

from .simulated import PROMPT, QUICK, Outline, Simulated, World

CLAUDE, GPT = {"path": "/anthropic"}, {"path": "/openai"}
OPEN_S = 2.0
"""Longer than sixteen calls at once take, also on a busy machine."""

WITH_FALLBACK = ModelSettings(
    text="anthropic:claude-sonnet-5-5, openai:gpt-5.4-mini", search=ModelSettings().text
)


class Plan(Artifact):
    title: str


type Call = Callable[[Models], Awaitable[object]]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def simulated() -> AsyncIterator[Simulated]:
    async with running(SimulatorSettings(port=0, latency_s=0)) as url:
        simulated = Simulated(url)
        yield simulated
        await simulated.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world(simulated: Simulated) -> World:
    world = World(simulated)
    await world.forget()
    return world


async def outline(models: Models) -> Outline:
    return await models.ask(PROMPT, returns=Outline, system="You plan videos.")


async def outline_of(models: Models, topic: str) -> Outline:
    return await models.ask(f"Outline a short video about {topic}.", returns=Outline)


async def statuses(world: World) -> list[object]:
    return [request["status"] for request in await world.requests()]


async def test_watchers_hear_why_they_wait_and_the_wait_is_as_long_as_asked_for(
    world: World,
) -> None:
    await world.goes_wrong("529:0.3")
    models, started = world.attempt(), time.monotonic()

    await outline(models)

    assert time.monotonic() - started >= 0.3
    [incident] = world.incidents
    assert (incident.kind, incident.provider) == ("retried", "anthropic")
    assert (incident.model, incident.error) == ("claude-sonnet-5-5", "overloaded")
    assert incident.message == "anthropic is overloaded (529), asked again in a moment"
    assert models.incidents == (incident,)


async def test_another_model_answers_at_once_for_one_that_wants_ten_minutes(world: World) -> None:
    await world.goes_wrong_where({"fault": "429:600", **CLAUDE})

    await outline(world.attempt(1, WITH_FALLBACK))
    asked = await world.requests()
    await outline(world.attempt(2, WITH_FALLBACK))

    assert await statuses(world) == [429, 200]
    assert await world.requests() == asked
    [meta] = world.bill
    assert (meta.provider, meta.model) == ("openai", "gpt-5.4-mini")
    assert world.account == await world.books()
    [incident] = world.incidents
    assert incident.message == (
        "anthropic asks for fewer requests (429), openai:gpt-5.4-mini is asked instead"
    )


async def test_what_a_model_used_before_another_answered_is_on_the_bill(world: World) -> None:
    await world.goes_wrong_where({"fault": "cut", **CLAUDE})

    await outline(world.attempt(models=WITH_FALLBACK))

    assert [meta.provider for meta in world.bill] == ["anthropic"] * 3 + ["openai"]
    assert world.account == await world.books()


async def test_when_both_are_down_the_step_may_be_tried_later_and_one_sentence_says_why(
    world: World,
) -> None:
    await world.goes_wrong_where({"fault": "529", **CLAUDE}, {"fault": "500", **GPT})

    with pytest.raises(ProviderError) as caught:
        await outline(world.attempt(models=WITH_FALLBACK))

    assert str(caught.value) == (
        "anthropic answered 529 (overloaded) in 3 tries: try again later; "
        "then openai answered 500 in 3 tries: try again later"
    )
    assert [each.kind for each in world.incidents] == [
        *["retried"] * 2,
        "fallback",
        *["retried"] * 2,
    ]
    assert world.bill == []


async def test_nobody_else_is_asked_for_what_one_refused(world: World) -> None:
    await world.goes_wrong_where({"fault": "refusal", **CLAUDE})

    with pytest.raises(StepRejectedError, match="refused to answer"):
        await outline(world.attempt(models=WITH_FALLBACK))

    assert await statuses(world) == [200]
    assert [each.kind for each in world.incidents] == ["refused"]


@pytest.mark.parametrize("fault", ["malformed", "invalid"])
async def test_an_answer_that_does_not_fit_is_told_without_the_answer(
    world: World, fault: str
) -> None:
    await world.goes_wrong(fault)

    await outline(world.attempt())

    [incident] = world.incidents
    assert (incident.kind, incident.error) == ("invalid_answer", "invalid")
    assert incident.message.startswith("the answer of claude-sonnet-5-5 does not fit (")
    assert incident.message.endswith("), asked again")


async def test_sixteen_calls_to_a_provider_that_is_down_do_not_storm_it(world: World) -> None:
    circuit = CircuitSettings(failures=5, open_s=OPEN_S)
    calls = QUICK.model_copy(update={"attempts": 4, "backoff_s": OPEN_S / 2})
    await world.goes_wrong_where({"fault": "529", **CLAUDE})
    models = [world.attempt(number, calls=calls, circuit=circuit) for number in range(1, 17)]

    async def all_at_once() -> list[object]:
        asking = (outline_of(each, f"tide {n}") for n, each in enumerate(models))
        return await asyncio.gather(*asking, return_exceptions=True)

    first = await all_at_once()
    asked_first = len(await world.requests())
    await asyncio.sleep(OPEN_S * 1.1)
    second = await all_at_once()
    asked_second = len(await world.requests()) - asked_first
    await world.goes_right()
    await asyncio.sleep(OPEN_S * 1.1)
    third = await all_at_once()

    assert all(isinstance(each, ProviderError) for each in [*first, *second])
    assert asked_first <= 16
    assert asked_second == 1
    assert all(isinstance(each, Outline) for each in third)
    assert {each.kind for each in world.incidents} == {"retried", "circuit_open"}


async def test_a_provider_left_alone_is_replaced_without_being_asked(world: World) -> None:
    circuit = CircuitSettings(failures=2, open_s=60)
    await world.goes_wrong_where({"fault": "500", **CLAUDE})
    for number in (1, 2):
        models = world.attempt(number, WITH_FALLBACK, circuit=circuit)
        await outline_of(models, f"tide {number}")

    assert await statuses(world) == [500, 500, 200, 200]
    assert [each.kind for each in models.incidents] == ["circuit_open", "fallback"]


async def test_a_step_that_was_stopped_leaves_its_answer_for_the_next_attempt(
    world: World,
) -> None:
    await world.goes_wrong("drip:0.4")
    asking = asyncio.create_task(outline(world.attempt(1)))
    await wait_until(lambda: bool(world.live))

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    answer = await outline(world.attempt(2))

    assert isinstance(answer, Outline)
    assert await statuses(world) == [200]
    assert world.account == await world.books()


async def picture(models: Models) -> object:
    return await models.image("the moon over a bay", width=1080, height=1920)


async def speech(models: Models) -> object:
    return await models.speech("밀물과 썰물은 달이 만듭니다.", language="ko")


async def vectors(models: Models) -> object:
    return await models.embed(["tides", "moon"])


@pytest.mark.parametrize("call", [picture, speech, vectors], ids=lambda call: call.__name__)
async def test_what_was_stopped_before_it_was_answered_is_paid_and_kept(
    world: World, call: Call
) -> None:
    await world.goes_wrong("slow:0.3")
    asking = asyncio.create_task(_ignore(call(world.attempt(1))))
    await _wait_for_requests(world, 1)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await call(world.attempt(2))

    assert await statuses(world) == [200]
    assert world.account == await world.books()


async def test_a_step_that_ran_out_of_time_finds_in_its_next_attempt_what_it_waited_for(
    world: World, simulated: Simulated, bench: Bench
) -> None:
    await world.goes_wrong("drip:0.6")
    settings = Settings(llm="simulator", simulator_url=world.url, calls=QUICK)
    bench.models = simulated.providers(settings)  # type: ignore[assignment]  # the real ones

    first = await bench.run(planner, attempt=1, timeout_s=0.3)
    second = await bench.run(planner, attempt=2, timeout_s=10)

    assert first.type == "step.failed"
    assert (first.error.error, first.error.retryable) == ("TimeoutError", True)
    assert second.type == "step.completed", second
    assert await statuses(world) == [200]
    assert len(bench.journal.calls) == 1


planner = Agent("planner")


@planner.step
async def plan(step: Step) -> Plan:
    return Plan(title=(await outline(step.models)).title)


@pytest.mark.parametrize("models", [None, WITH_FALLBACK.model_copy(update={"text": "openai:gpt"})])
async def test_what_takes_too_long_for_nobody_is_on_the_bill_with_what_was_told(
    world: World, models: ModelSettings | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.providers.patience.GRACE_S", 0.1)
    await world.goes_wrong("drip:3")
    asking = asyncio.create_task(outline(world.attempt(1, models)))
    await wait_until(lambda: bool(world.live))

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    async def is_booked() -> bool:
        return (await world.books())["calls"] == 1

    await wait_until(is_booked)
    assert world.account == await world.books()
    await outline(world.attempt(2, models))
    assert world.account == await world.books()
    assert await statuses(world) == ["abandoned", 200]


async def test_a_call_that_outlasts_its_budget_is_on_the_bill(world: World) -> None:
    await world.goes_wrong("drip:3")
    budget = CallBudget(attempts=3, total_s=0.5)

    with pytest.raises(ProviderError, match="anthropic did not answer in 1 try"):
        await outline(world.attempt(calls=budget))

    [meta] = world.bill
    assert meta.usage.input_fresh > 0
    assert meta.usage.output == 1


async def _ignore(asking: Awaitable[object]) -> None:
    await asking


async def _wait_for_requests(world: World, count: int) -> None:
    async def are_there() -> bool:
        return len(await world.requests()) == count

    await wait_until(are_there)
