"""What a model was asked is a span of its own, and the provider is told which trace it is for."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio

from agentkit import tracing
from agentkit.collector import Collector, Taken, collecting
from agentkit.providers.base import ProviderError
from simulator.server import running
from simulator.settings import SimulatorSettings

from .simulated import PROMPT, Outline, Simulated, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


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


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        yield collector


@contextmanager
def step() -> Iterator[None]:
    with tracing.exporting(), tracing.span("writer", "invoke_agent writer", parent=PARENT):
        yield


def calls_in(collector: Collector) -> list[Taken]:
    return [span for span in collector.spans if not span.name.startswith("invoke_agent")]


async def test_a_span_tells_model_and_tokens_and_nothing_of_the_content(
    world: World, collector: Collector
) -> None:
    with step():
        await world.attempt().ask(PROMPT, returns=Outline, system="You plan videos.")

    (call,) = calls_in(collector)
    (bought,) = world.bill
    assert call.trace_id in PARENT
    assert (call.service, call.name) == ("writer", f"chat {bought.model}")
    assert call.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": bought.model,
        "gen_ai.response.model": bought.model,
        "gen_ai.agent.name": "writer",
        "gen_ai.output.type": "json",
        "gen_ai.usage.input_tokens": bought.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": bought.usage.completion_tokens,
        "yaa.capability": "text",
        "yaa.simulated": True,
    }
    for word in (PROMPT, "You plan videos", "밀물", "simulated-key"):
        assert word.encode() not in collector.raw


async def test_every_provider_is_told_the_trace_of_the_call(
    world: World, collector: Collector
) -> None:
    with step():
        models = world.attempt()
        await models.search("why tides come twice a day", limit=3)
        await models.image("the moon over a bay", width=1080, height=1920)
        await models.speech("밀물과 썰물은 달이 만듭니다.", language="ko")
        await models.embed(["tides"])

    calls = calls_in(collector)
    told = [request["traceparent"] for request in await world.requests()]
    assert told == [f"00-{call.trace_id}-{call.span_id}-01" for call in calls]
    assert [call.attributes["gen_ai.operation.name"] for call in calls] == [
        "chat",
        "generate_content",
        "generate_content",
        "embeddings",
    ]


async def test_the_tries_of_a_call_are_events_of_one_span(
    world: World, collector: Collector
) -> None:
    await world.goes_wrong("429", "529")

    with step():
        await world.attempt().ask(PROMPT, returns=Outline)

    (call,) = calls_in(collector)
    assert call.events == ("provider incident", "provider incident")
    assert not call.has_failed


async def test_a_call_without_answer_says_why_in_one_word(
    world: World, collector: Collector
) -> None:
    await world.goes_wrong(*["529"] * 3)

    with step(), pytest.raises(ProviderError):
        await world.attempt().ask(PROMPT, returns=Outline)

    (call,) = calls_in(collector)
    assert call.has_failed
    assert call.attributes["error.type"] == "overloaded"


async def test_what_is_found_in_the_journal_is_no_call(world: World, collector: Collector) -> None:
    await world.attempt(1).ask(PROMPT, returns=Outline)

    with step():
        await world.attempt(2).ask(PROMPT, returns=Outline)

    assert calls_in(collector) == []


async def test_without_a_collector_the_trace_is_carried_all_the_same(world: World) -> None:
    with tracing.span("writer", "invoke_agent writer", parent=PARENT):
        await world.attempt().ask(PROMPT, returns=Outline)

    assert [request["traceparent"] for request in await world.requests()] == [PARENT]
