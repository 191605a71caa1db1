"""What a handler asks of models: answers of the right shape, and none is bought twice."""

import asyncio
from dataclasses import dataclass, field

import pytest
from pydantic import BaseModel, Field

from agentkit.errors import SettingsError, StepRejectedError
from agentkit.fakes import FakeProviders, MemoryArtifacts, MemoryJournal
from agentkit.journal import PaidCall
from agentkit.models import (
    EMBED_BATCH,
    SPEECH_MAX_CHARS,
    Models,
    Providers,
    SearchHit,
    SearchResult,
)
from agentkit.providers.base import (
    EmbeddingRequest,
    Found,
    Spent,
    TextRequest,
    Written,
)
from agentkit.settings import ModelSettings
from agentkit.watchers import CallContext
from contracts.calls import Usage
from contracts.live import CallFinished, LiveEvent

PNG = b"\x89PNG a picture"
WAV = b"RIFF a voice"
SPENT = Spent(Usage(input_fresh=9, output=1), {"input_tokens": 9, "output_tokens": 1})
PAGE = SearchHit(title="Tides", url="https://example.org/tides")


class Title(BaseModel):
    title: str = Field(max_length=10)


MOON, SUN = Title(title="Moon"), Title(title="Sun")


@dataclass
class World:
    """What outlives an attempt of a step."""

    providers: Providers = field(default_factory=FakeProviders)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    blobs: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    live: list[LiveEvent] = field(default_factory=list)

    def attempt(
        self, number: int = 1, settings: ModelSettings | None = None, run_id: str = "r1"
    ) -> Models:
        async def send(event: LiveEvent) -> None:
            self.live.append(event)

        context = CallContext(run_id, "script", number, "writer", simulated=True, journal_id="r1")
        return Models(
            self.providers, self.journal, self.blobs, send, context, settings or ModelSettings()
        )

    @property
    def fake(self) -> FakeProviders:
        assert isinstance(self.providers, FakeProviders)
        return self.providers

    @property
    def bill(self) -> list[PaidCall]:
        return list(self.journal.calls.values())

    @property
    def saved(self) -> list[bool]:
        return [event.saved for event in self.live if isinstance(event, CallFinished)]


@pytest.fixture
def world() -> World:
    return World()


async def test_an_answer_has_the_shape_asked_for(world: World) -> None:
    world.fake.will_answer(MOON)

    assert await world.attempt().ask("Name it.", returns=Title, system="You name.") == MOON

    [request] = world.fake.requests
    assert isinstance(request, TextRequest)
    assert request.system == "You name."
    assert world.fake.prompts == ["Name it."]


async def test_a_paid_call_is_on_the_bill(world: World) -> None:
    world.fake.will_answer(MOON)

    await world.attempt(2).ask("Name it.", returns=Title)

    [(subject, call)] = world.journal.calls.items()
    meta = call.meta
    assert subject.startswith("call.r1.script.")
    assert subject.endswith(".1")
    assert (meta.run_id, meta.step, meta.attempt, meta.agent) == ("r1", "script", 2, "writer")
    assert (meta.capability, meta.provider) == ("text", "anthropic")
    assert (meta.usage.total_tokens, meta.simulated) == (15, True)
    assert call.record.raw_usage == {"input_tokens": 10, "output_tokens": 5}


async def test_the_use_decides_the_model(world: World) -> None:
    world.fake.will_answer(MOON)
    settings = ModelSettings(script="openai:gpt-5")

    await world.attempt(settings=settings).ask("Name it.", returns=Title, use="script")

    assert (world.bill[0].meta.provider, world.bill[0].meta.model) == ("openai", "gpt-5")


async def test_a_second_attempt_buys_nothing_again(world: World) -> None:
    world.fake.will_answer(MOON, SearchResult(summary="s", hits=(PAGE,)), PNG, WAV, [[0.5, 1.0]])

    first = await _one_of_each(world.attempt(1))
    second = await _one_of_each(world.attempt(2))

    assert second == first
    assert len(world.fake.requests) == 5
    assert world.saved == [False] * 5 + [True] * 5


async def test_a_rerun_buys_nothing_again_and_counts_what_it_saved(world: World) -> None:
    world.fake.will_answer(MOON, SearchResult(summary="s", hits=(PAGE,)), PNG, WAV, [[0.5, 1.0]])

    first = await _one_of_each(world.attempt())
    rerun = await _one_of_each(world.attempt(run_id="r2"))

    assert rerun == first
    assert len(world.fake.requests) == len(world.journal.saved) == 5
    assert {meta.run_id for meta in world.journal.saved.values()} == {"r2"}


async def test_a_rerun_finds_an_answer_behind_those_that_did_not_fit(world: World) -> None:
    world.fake.will_answer("{}", MOON)

    first = await world.attempt().ask("Name it.", returns=Title)
    rerun = await world.attempt(run_id="r2").ask("Name it.", returns=Title)

    assert rerun == first
    assert len(world.fake.requests) == len(world.journal.saved) == 2


async def test_what_did_not_fit_another_run_is_not_held_against_its_retry(world: World) -> None:
    world.fake.will_answer("{}", "[]", "no JSON", MOON)
    with pytest.raises(StepRejectedError, match="3 answers"):
        await world.attempt().ask("Name it.", returns=Title)

    retry = await world.attempt(run_id="r2").ask("Name it.", returns=Title)
    again = await world.attempt(2, run_id="r2").ask("Name it.", returns=Title)

    assert retry == again == MOON
    assert world.fake.prompts[3] == "Name it."
    assert len(world.fake.requests) == 4
    assert [(each.run_id, each.attempt) for each in world.journal.saved.values()] == [("r2", 2)]
    with pytest.raises(StepRejectedError, match="3 answers"):
        await world.attempt(2).ask("Name it.", returns=Title)


async def test_what_does_not_fit_the_retry_either_ends_its_step(world: World) -> None:
    world.fake.will_answer(*["{}"] * 6)

    for run_id in ("r1", "r2"):
        with pytest.raises(StepRejectedError, match="3 answers"):
            await world.attempt(run_id=run_id).ask("Name it.", returns=Title)

    assert len(world.bill) == 6


async def test_a_refusal_of_another_run_is_not_held_against_its_retry(world: World) -> None:
    refusal = Written(text="", stop="refusal")
    nothing = Found(result=SearchResult(summary="", hits=()), stop="refusal")
    result = SearchResult(summary="s", hits=(PAGE,))
    world.fake.will_answer(refusal, nothing, MOON, result)
    with pytest.raises(StepRejectedError, match="refused to answer"):
        await world.attempt().ask("Name it.", returns=Title)
    with pytest.raises(StepRejectedError, match="refused to search"):
        await world.attempt().search("tides")

    retry = world.attempt(run_id="r2")

    assert await retry.ask("Name it.", returns=Title) == MOON
    assert await retry.search("tides") == result


async def test_a_retry_buys_only_what_was_not_answered(world: World) -> None:
    world.fake.will_answer(MOON, TimeoutError(), SUN)
    first, second = world.attempt(1), world.attempt(2)
    await first.ask("One.", returns=Title)
    with pytest.raises(TimeoutError):
        await first.ask("Two.", returns=Title)

    await second.ask("One.", returns=Title)

    assert await second.ask("Two.", returns=Title) == SUN
    assert world.fake.prompts == ["One.", "Two.", "Two."]


async def test_equal_calls_of_one_step_are_told_apart_by_their_order(world: World) -> None:
    world.fake.will_answer(MOON, SUN)
    first, second = world.attempt(1), world.attempt(2)

    bought = await asyncio.gather(*(first.ask("Name it.", returns=Title) for _ in range(2)))
    again = [await second.ask("Name it.", returns=Title) for _ in range(2)]

    assert bought == again == [MOON, SUN]
    assert len(world.fake.requests) == 2


async def test_the_number_of_a_call_does_not_depend_on_other_calls(world: World) -> None:
    world.fake.will_answer(MOON, SUN)
    first, second = world.attempt(1), world.attempt(2)

    await asyncio.gather(first.ask("One.", returns=Title), first.ask("Two.", returns=Title))
    again = await asyncio.gather(
        second.ask("Two.", returns=Title), second.ask("One.", returns=Title)
    )

    assert again == [SUN, MOON]
    assert {subject.rpartition(".")[2] for subject in world.journal.calls} == {"1"}


async def test_an_answer_that_does_not_fit_is_asked_again_with_the_reason(world: World) -> None:
    world.fake.will_answer('{"title": "far too long a title"}', MOON)

    assert await world.attempt().ask("Name it.", returns=Title) == MOON

    request = world.fake.requests[1]
    assert isinstance(request, TextRequest)
    assert [turn.role for turn in request.turns] == ["user", "assistant", "user"]
    assert request.turns[1].text == '{"title": "far too long a title"}'
    assert "title: String should have at most 10 characters" in request.turns[2].text
    assert len(world.bill) == 2


async def test_three_answers_that_do_not_fit_end_the_step(world: World) -> None:
    world.fake.will_answer("not even JSON, and secret", "{}", '{"title": 7}')

    with pytest.raises(StepRejectedError) as caught:
        await world.attempt().ask("Name it.", returns=Title, use="script")

    message = str(caught.value)
    assert "3 answers that are no valid Title" in message
    assert ModelSettings().of("script")[1] in message
    assert "title: Input should be a valid string" in message
    assert "YAA_MODELS__TEXT" in message
    assert "secret" not in message
    assert len(world.bill) == 3


async def test_the_same_bad_answers_are_not_bought_again(world: World) -> None:
    world.fake.will_answer("no", "no", "no")
    with pytest.raises(StepRejectedError) as first:
        await world.attempt().ask("Name it.", returns=Title)

    with pytest.raises(StepRejectedError) as second:
        await world.attempt().ask("Name it.", returns=Title)

    assert str(second.value) == str(first.value)
    assert len(world.fake.requests) == 3


async def test_a_cut_answer_does_not_fit_even_when_it_is_valid(world: World) -> None:
    world.fake.will_answer(Written(text=MOON.model_dump_json(), stop="max_tokens"), SUN)

    assert await world.attempt().ask("Name it.", returns=Title) == SUN
    assert "shorter" in world.fake.prompts[1]


async def test_a_refusal_ends_the_step_and_is_paid_once(world: World) -> None:
    world.fake.will_answer(Written(text="", stop="refusal"))

    for _ in range(2):
        with pytest.raises(StepRejectedError, match="refused to answer"):
            await world.attempt().ask("Name it.", returns=Title)

    assert len(world.bill) == len(world.fake.requests) == 1


async def test_a_refused_search_ends_the_step(world: World) -> None:
    refused = Found(result=SearchResult(summary="", hits=()), stop="refusal")
    world.fake.will_answer(refused)

    with pytest.raises(StepRejectedError, match="refused to search"):
        await world.attempt().search("tides")


async def test_a_picture_is_a_file(world: World) -> None:
    world.fake.will_answer(PNG)

    ref = await world.attempt().image("A moon.", width=1080, height=1920)

    assert await world.blobs.read(ref) == PNG
    assert (ref.media_type, ref.name) == ("image/png", "script.png")


async def test_speech_is_a_file(world: World) -> None:
    world.fake.will_answer(WAV)

    ref = await world.attempt().speech("밀물", language="ko")

    assert await world.blobs.read(ref) == WAV
    assert ref.media_type == "audio/wav"


@pytest.mark.parametrize("length", [0, SPEECH_MAX_CHARS + 1])
async def test_a_text_that_cannot_be_spoken_at_once_is_refused(world: World, length: int) -> None:
    with pytest.raises(StepRejectedError, match=f"text of {length} characters"):
        await world.attempt().speech("a" * length, language="en")


async def test_texts_are_embedded_in_batches_and_in_order(world: World) -> None:
    texts = [f"text {n}" for n in range(EMBED_BATCH + 1)]
    vectors = [[float(n), 0.25] for n in range(EMBED_BATCH + 1)]
    world.fake.will_answer(vectors[:EMBED_BATCH], vectors[EMBED_BATCH:])

    assert await world.attempt().embed(texts) == vectors

    sizes = [len(each.texts) for each in world.fake.requests if isinstance(each, EmbeddingRequest)]
    assert sizes == [EMBED_BATCH, 1]


async def test_nothing_to_embed_costs_nothing(world: World) -> None:
    assert await world.attempt().embed([]) == []
    assert world.bill == []


async def test_a_provider_that_is_not_there_is_named(world: World) -> None:
    world.providers = Providers({"anthropic": world.fake}, simulated=False)

    with pytest.raises(SettingsError, match="no model provider 'mistral': name one of anthropic"):
        await world.attempt(settings=ModelSettings(text="mistral:large")).ask("?", returns=Title)


async def _one_of_each(models: Models) -> tuple[object, ...]:
    return (
        await models.ask("Name it.", returns=Title),
        await models.search("tides"),
        await models.image("A moon.", width=1080, height=1920),
        await models.speech("밀물", language="ko"),
        await models.embed(["tides"]),
    )
