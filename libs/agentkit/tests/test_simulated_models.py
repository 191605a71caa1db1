"""The real SDKs over HTTP against the simulator, with the journal on a real broker."""

import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from agentkit.artifacts import NatsArtifacts
from agentkit.errors import StepRejectedError
from agentkit.journal import NatsJournal
from agentkit.models import Models
from agentkit.nats import connected
from agentkit.providers.base import ProviderError
from agentkit.provision import provision
from agentkit.settings import ModelSettings, Settings
from contracts.calls import Usage
from contracts.live import CallFinished, TokensStreamed
from simulator.server import running
from simulator.settings import SimulatorSettings

from .simulated import PROMPT, QUICK, Outline, Simulated, World

OPENAI_TEXT = ModelSettings(text="openai:gpt-5.4-mini", search=ModelSettings().text)


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


async def outline(models: Models) -> object:
    return await models.ask(PROMPT, returns=Outline, system="You plan videos.")


async def search(models: Models) -> object:
    return await models.search("why tides come twice a day", limit=3)


async def image(models: Models) -> object:
    return await models.image("the moon over a bay", width=1080, height=1920)


async def speech(models: Models) -> object:
    return await models.speech("밀물과 썰물은 달이 만듭니다.", language="ko")


async def embedding(models: Models) -> object:
    return await models.embed(["tides", "moon"])


type Call = Callable[[Models], Awaitable[object]]

CALLS: tuple[Call, ...] = (outline, search, image, speech, embedding)
every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)


async def test_claude_writes_what_fits_and_is_heard_while_it_does(world: World) -> None:
    answer = await world.attempt().ask(PROMPT, returns=Outline)

    said = "".join(event.text for event in world.live if isinstance(event, TokensStreamed))
    assert Outline.model_validate_json(said) == answer
    [meta] = world.bill
    assert (meta.provider, meta.capability, meta.simulated) == ("anthropic", "text", True)
    assert meta.usage.input_fresh > 0
    assert meta.usage.output > 0


async def test_openai_writes_what_fits_and_is_heard_while_it_does(world: World) -> None:
    answer = await world.attempt(models=OPENAI_TEXT).ask(PROMPT, returns=Outline)

    said = "".join(event.text for event in world.live if isinstance(event, TokensStreamed))
    assert Outline.model_validate_json(said) == answer
    [meta] = world.bill
    assert (meta.provider, meta.model) == ("openai", "gpt-5.4-mini")
    assert meta.usage.prompt_tokens > 0
    assert meta.usage.completion_tokens > 0


async def test_a_search_brings_pages_with_addresses(world: World) -> None:
    result = await world.attempt().search("tides", limit=2)

    assert result.summary
    assert 0 < len(result.hits) <= 2
    assert all(hit.title and hit.url.startswith("http") for hit in result.hits)
    [meta] = world.bill
    assert meta.usage.web_searches > 0


async def test_a_picture_is_a_png_of_the_nearest_shape(world: World) -> None:
    ref = await world.attempt().image("the moon", width=1080, height=1920)

    png = await world.store.read(ref)
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (width, height) == (1024, 1536)
    [meta] = world.bill
    assert (meta.usage.images, meta.usage.output_image > 0) == (1, True)


async def test_speech_is_a_wav_that_lasts(world: World) -> None:
    ref = await world.attempt().speech("밀물과 썰물은 달이 만듭니다.", language="ko")

    with wave.open(io.BytesIO(await world.store.read(ref))) as wav:
        assert 0.5 < wav.getnframes() / wav.getframerate() < 20
    [meta] = world.bill
    assert meta.usage.characters == len("밀물과 썰물은 달이 만듭니다.")


async def test_embeddings_are_vectors_of_one_length(world: World) -> None:
    vectors = await world.attempt().embed(["tides", "moon", "tides"])

    assert len(vectors) == 3
    assert len({len(vector) for vector in vectors}) == 1
    assert vectors[0] == vectors[2] != vectors[1]


async def test_the_same_step_again_asks_nobody(world: World, nats_url: str) -> None:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        world.journal, world.store = NatsJournal(connection), NatsArtifacts(connection)
        first, second = world.attempt(1), world.attempt(2)
        bought = [await call(first) for call in CALLS]
        asked = await world.requests()

        again = [await call(second) for call in CALLS]

    assert again == bought
    assert await world.requests() == asked
    assert len(asked) == len(CALLS)
    saved = [event.saved for event in world.live if isinstance(event, CallFinished)]
    assert saved == [False] * len(CALLS) + [True] * len(CALLS)


@every_call
@pytest.mark.parametrize("fault", ["429:0", "500", "529", "cut"])
async def test_a_fault_that_passes_is_survived(world: World, call: Call, fault: str) -> None:
    await world.goes_wrong(fault)

    await call(world.attempt())

    statuses = [request["status"] for request in await world.requests()]
    assert len(statuses) == 2
    assert statuses[1] == 200


@pytest.mark.parametrize("call", [outline, embedding], ids=["claude", "openai"])
async def test_a_silence_too_long_is_ended_and_the_call_repeated(world: World, call: Call) -> None:
    await world.goes_wrong("slow:2")

    await call(world.attempt(calls=QUICK.model_copy(update={"answer_s": 0.5})))

    assert len(await world.requests()) == 2


async def test_a_cut_stream_of_claude_is_on_the_bill(world: World) -> None:
    await world.goes_wrong("cut")

    await outline(world.attempt(1))
    await outline(world.attempt(2))

    cut, whole = world.bill
    assert cut.usage.input_fresh == whole.usage.input_fresh > 0
    assert cut.usage.output < whole.usage.output
    assert len(await world.requests()) == 2


@pytest.mark.parametrize("call", [image, speech, embedding], ids=lambda call: call.__name__)
async def test_what_broke_off_before_it_told_its_usage_is_on_the_bill_without_a_price(
    world: World, call: Call
) -> None:
    await world.goes_wrong("cut")

    await call(world.attempt())

    cut, whole = world.bill
    assert cut.usage == Usage() != whole.usage
    assert len(await world.requests()) == 2


async def test_a_rate_limit_longer_than_the_patience_is_left_to_the_orchestrator(
    world: World,
) -> None:
    await world.goes_wrong("429:600")

    with pytest.raises(ProviderError, match=r"anthropic answered 429 .* try again in 600 s"):
        await outline(world.attempt())

    assert len(await world.requests()) == 1
    assert world.bill == []


@every_call
async def test_a_fault_that_stays_may_be_tried_again_later(world: World, call: Call) -> None:
    await world.goes_wrong("500", "500", "500")

    with pytest.raises(ProviderError, match="answered 500 in 3 tries: try again later"):
        await call(world.attempt())

    assert len(await world.requests()) == 3


@every_call
async def test_a_wrong_key_ends_the_step_and_names_its_variable(world: World, call: Call) -> None:
    await world.goes_wrong("401")

    with pytest.raises(StepRejectedError, match=r"refused the key .*: set (ANTHROPIC|OPENAI)_API"):
        await call(world.attempt())

    assert len(await world.requests()) == 1


@pytest.mark.parametrize("models", [None, OPENAI_TEXT], ids=["anthropic", "openai"])
@pytest.mark.parametrize("fault", ["malformed", "invalid"])
async def test_an_answer_that_does_not_fit_is_asked_again_and_paid(
    world: World, models: ModelSettings | None, fault: str
) -> None:
    await world.goes_wrong(fault)

    answer = await outline(world.attempt(models=models))

    assert isinstance(answer, Outline)
    assert len(await world.requests()) == len(world.bill) == 2


@pytest.mark.parametrize("models", [None, OPENAI_TEXT], ids=["anthropic", "openai"])
async def test_three_answers_that_do_not_fit_end_the_step_and_are_paid(
    world: World, models: ModelSettings | None
) -> None:
    await world.goes_wrong("malformed", "invalid", "malformed")

    with pytest.raises(StepRejectedError, match="3 answers that are no valid Outline"):
        await outline(world.attempt(models=models))

    assert len(await world.requests()) == len(world.bill) == 3


@pytest.mark.parametrize("models", [None, OPENAI_TEXT], ids=["anthropic", "openai"])
async def test_a_refusal_ends_the_step_and_is_paid(
    world: World, models: ModelSettings | None
) -> None:
    await world.goes_wrong("refusal")

    with pytest.raises(StepRejectedError, match="refused to answer"):
        await outline(world.attempt(models=models))

    assert len(await world.requests()) == len(world.bill) == 1


async def test_a_refused_picture_ends_the_step(world: World) -> None:
    await world.goes_wrong("refusal")

    with pytest.raises(StepRejectedError, match="openai refused the image"):
        await image(world.attempt())

    assert len(await world.requests()) == 1


async def test_a_simulator_that_is_not_there_is_named(world: World) -> None:
    world.url = "http://127.0.0.1:1"

    with pytest.raises(
        ProviderError, match=r"anthropic cannot be reached at http://127.0.0.1:1/an"
    ):
        await outline(world.attempt())
