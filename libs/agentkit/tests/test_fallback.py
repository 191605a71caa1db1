"""When a model does not answer, the next one named for the use is asked, and nothing twice."""

import asyncio
import gc

import pytest
from pydantic import BaseModel, field_validator

from agentkit.calls import PaidCalls
from agentkit.errors import StepRejectedError
from agentkit.fakes import MemoryArtifacts, MemoryJournal
from agentkit.journal import PaidCall
from agentkit.models import Models
from agentkit.providers import Providers
from agentkit.providers.base import (
    Answer,
    CallFailedError,
    CallRejectedError,
    Cause,
    Listener,
    ProviderError,
    Request,
    Spent,
    TextRequest,
    Turn,
    Written,
)
from agentkit.settings import ModelSettings, Named
from agentkit.testing import wait_until
from agentkit.watchers import CallContext, Watchers
from contracts.calls import INCIDENTS_KEPT, Incident, Usage
from contracts.live import IncidentMet, LiveEvent

MODELS = ModelSettings(text="anthropic:claude, openai:gpt", search="anthropic:claude")
BOTH = MODELS.all_of("text")
SPENT = Spent(Usage(input_fresh=9), {"input_tokens": 9})


class Title(BaseModel):
    title: str


ASKED = TextRequest(
    model="claude", system="", turns=(Turn(role="user", text="?"),), returns=Title, max_tokens=9
)


def wrote(text: str) -> Answer:
    return Answer(Written(text=text), Usage(output=len(text)), {})


def away(provider: str, *spent: Spent, retry_after_s: float = 0) -> ProviderError:
    failure = CallFailedError("busy", status=529, retry_after_s=retry_after_s)
    return ProviderError(f"{provider} is away", provider=provider, failure=failure, spent=spent)


def rejects(provider: str, cause: Cause) -> CallRejectedError:
    failure = CallFailedError(cause, status=400)
    return CallRejectedError(f"{provider} says {cause}", provider=provider, failure=failure)


class Saying:
    """Gives its answers in order and keeps who asked for what."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.asked = list[str]()
        self._answers = list(answers)

    async def call(self, request: Request, listener: Listener) -> Answer:  # noqa: ARG002
        self.asked.append(request.model)
        said = self._answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    async def close(self) -> None:
        pass


class World:
    """What outlives an attempt of a step."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.live = list[LiveEvent]()
        self.anthropic = Saying()
        self.openai = Saying()

    def will_answer(
        self, *, anthropic: tuple[Answer | Exception, ...], openai: tuple[Answer | Exception, ...]
    ) -> None:
        self.anthropic, self.openai = Saying(*anthropic), Saying(*openai)

    def attempt(self, number: int = 1) -> PaidCalls:
        context = CallContext("r1", "script", number, "writer", simulated=False, journal_id="r1")
        watchers = Watchers(self._hear, context)
        return PaidCalls(self._providers, self.journal, MemoryArtifacts(), watchers, context)

    def models(self, number: int = 1) -> Models:
        context = CallContext("r1", "script", number, "writer", simulated=False, journal_id="r1")
        return Models(self._providers, self.journal, MemoryArtifacts(), self._hear, context, MODELS)

    @property
    def _providers(self) -> Providers:
        return Providers({"anthropic": self.anthropic, "openai": self.openai}, simulated=False)

    async def _hear(self, event: LiveEvent) -> None:
        self.live.append(event)

    @property
    def asked(self) -> int:
        return len(self.anthropic.asked) + len(self.openai.asked)

    @property
    def incidents(self) -> list[Incident]:
        return [event.incident for event in self.live if isinstance(event, IncidentMet)]

    @property
    def bill(self) -> list[tuple[str, str, int]]:
        metas = [call.meta for call in self.journal.calls.values()]
        return [(meta.provider, meta.model, meta.usage.total_tokens) for meta in metas]


@pytest.fixture
def world() -> World:
    return World()


def text_of(call: PaidCall) -> object:
    return (call.record.answer or {})["text"]


async def test_the_next_model_answers_and_the_bill_says_which(world: World) -> None:
    world.will_answer(anthropic=(away("anthropic", SPENT),), openai=(wrote("gpt's"),))

    bought = await world.attempt().buy(BOTH, ASKED)

    assert text_of(bought) == "gpt's"
    assert (bought.meta.provider, bought.meta.model) == ("openai", "gpt")
    assert world.bill == [("anthropic", "claude", 9), ("openai", "gpt", 5)]
    assert world.openai.asked == ["gpt"]
    [incident] = world.incidents
    assert (incident.kind, incident.provider, incident.model) == ("fallback", "openai", "gpt")
    assert incident.error == "overloaded"
    assert incident.message == "anthropic is overloaded (529), openai:gpt is asked instead"


@pytest.mark.parametrize("cause", ["key", "quota", "model"])
async def test_a_provider_that_cannot_serve_us_is_replaced(world: World, cause: Cause) -> None:
    world.will_answer(anthropic=(rejects("anthropic", cause),), openai=(wrote("gpt's"),))

    assert text_of(await world.attempt().buy(BOTH, ASKED)) == "gpt's"


@pytest.mark.parametrize("cause", ["policy", "request"])
async def test_a_refusal_is_final_and_nobody_else_is_asked(world: World, cause: Cause) -> None:
    world.will_answer(anthropic=(rejects("anthropic", cause),), openai=(wrote("gpt's"),))

    with pytest.raises(StepRejectedError, match=f"^anthropic says {cause}$"):
        await world.attempt().buy(BOTH, ASKED)

    assert world.asked == 1
    assert world.incidents == []


async def test_a_refused_answer_is_final_and_nobody_else_is_asked(world: World) -> None:
    refused = Answer(Written(text="", stop="refusal"), Usage(output=1), {})
    world.will_answer(anthropic=(refused,), openai=(wrote("gpt's"),))

    for attempt in (1, 2):
        with pytest.raises(StepRejectedError, match="'claude' refused to answer"):
            await world.models(attempt).ask("?", returns=Title)

    assert world.asked == 1
    assert [each.kind for each in world.incidents] == ["refused"]


async def test_a_repeated_step_finds_the_answer_of_the_fallback_before_it_asks(
    world: World,
) -> None:
    world.will_answer(anthropic=(away("anthropic", SPENT),), openai=(wrote("gpt's"),))
    first = await world.attempt(1).buy(BOTH, ASKED)
    world.will_answer(anthropic=(wrote("claude's"),), openai=())

    again = await world.attempt(2).buy(BOTH, ASKED)

    assert again == first
    assert world.asked == 0


async def test_equal_calls_keep_their_answers_whoever_gave_them(world: World) -> None:
    world.will_answer(
        anthropic=(away("anthropic", SPENT), wrote("claude's"), away("anthropic")),
        openai=(wrote("gpt's first"), wrote("gpt's second")),
    )
    first, second = world.attempt(1), world.attempt(2)

    bought = [text_of(await first.buy(BOTH, ASKED)) for _ in range(3)]
    again = [text_of(await second.buy(BOTH, ASKED)) for _ in range(3)]

    assert bought == again == ["gpt's first", "claude's", "gpt's second"]
    assert world.asked == 5


async def test_equal_calls_at_once_are_each_bought_once(world: World) -> None:
    world.will_answer(
        anthropic=(away("anthropic", SPENT), wrote("claude's"), away("anthropic", SPENT)),
        openai=(wrote("gpt's first"), wrote("gpt's second")),
    )
    first, second = world.attempt(1), world.attempt(2)

    bought = await asyncio.gather(*(first.buy(BOTH, ASKED) for _ in range(3)))
    again = [await second.buy(BOTH, ASKED) for _ in range(3)]

    assert sorted(map(str, map(text_of, bought))) == sorted(map(str, map(text_of, again)))
    assert world.asked == 5
    assert len(world.bill) == 5


async def test_when_nobody_answers_the_step_may_be_tried_when_the_first_one_may(
    world: World,
) -> None:
    world.will_answer(
        anthropic=(away("anthropic", SPENT, retry_after_s=90),),
        openai=(away("openai", SPENT, retry_after_s=7),),
    )

    with pytest.raises(ProviderError) as caught:
        await world.attempt().buy(BOTH, ASKED)

    assert str(caught.value) == "anthropic is away; then openai is away"
    assert caught.value.retry_after_s == 7
    assert world.bill == [("anthropic", "claude", 9), ("openai", "gpt", 9)]


async def test_who_may_answer_later_is_waited_for_though_another_never_will(world: World) -> None:
    for providers in (
        {"anthropic": (away("anthropic"),), "openai": (rejects("openai", "key"),)},
        {"anthropic": (rejects("anthropic", "quota"),), "openai": (away("openai"),)},
        {"anthropic": (away("anthropic"),), "openai": (rejects("openai", "request"),)},
    ):
        world.will_answer(**providers)

        with pytest.raises(ProviderError):
            await world.attempt().buy(BOTH, ASKED)


async def test_a_refusal_of_the_fallback_is_final(world: World) -> None:
    world.will_answer(anthropic=(away("anthropic"),), openai=(rejects("openai", "policy"),))

    with pytest.raises(StepRejectedError, match="anthropic is away; then openai says policy"):
        await world.attempt().buy(BOTH, ASKED)


async def test_an_answer_that_does_not_fit_is_told_and_named_after_who_gave_it(
    world: World,
) -> None:
    world.will_answer(
        anthropic=(away("anthropic"),) * 3, openai=(wrote("no"), wrote("{}"), wrote("[]"))
    )

    with pytest.raises(StepRejectedError, match="'gpt' gave 3 answers that are no valid Title"):
        await world.models().ask("?", returns=Title)

    misfits = [each for each in world.incidents if each.kind == "invalid_answer"]
    assert [(each.provider, each.model) for each in misfits] == [("openai", "gpt")] * 3
    assert misfits[1].message == (
        "the answer of gpt does not fit (title: Field required), asked again"
    )
    assert not misfits[2].message.endswith("asked again")


class Wordy(BaseModel):
    title: str

    @field_validator("title")
    @classmethod
    def _never(cls, title: str) -> str:
        raise ValueError("it is not what it should be " * 100 + title)


async def test_what_is_told_of_an_answer_is_short(world: World) -> None:
    world.will_answer(anthropic=(wrote('{"title": "Moon"}'),) * 3, openai=())

    with pytest.raises(StepRejectedError):
        await world.models().ask("?", returns=Wordy)

    assert all(len(each.message) < 300 for each in world.incidents)


async def test_what_an_earlier_attempt_told_is_not_told_again(world: World) -> None:
    world.will_answer(anthropic=(wrote("no"), wrote('{"title": "Moon"}')), openai=())
    await world.models(1).ask("?", returns=Title)
    world.live.clear()

    second = world.models(2)
    await second.ask("?", returns=Title)

    assert world.incidents == []
    assert second.incidents == ()


async def test_an_outcome_keeps_the_first_incidents_and_watchers_hear_of_all(
    world: World,
) -> None:
    count = INCIDENTS_KEPT + 5
    world.will_answer(
        anthropic=(away("anthropic"),) * count,
        openai=tuple(wrote(f'{{"title": "{n}"}}') for n in range(count)),
    )
    models = world.models()

    for _ in range(count):
        await models.ask("?", returns=Title)

    assert len(world.incidents) == count
    assert list(models.incidents) == world.incidents[:INCIDENTS_KEPT]


class Unhurried(Saying):
    """Answers when it may, even when nobody waits any more."""

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__(*answers)
        self.may_answer = asyncio.Event()

    async def call(self, request: Request, listener: Listener) -> Answer:
        self.asked.append(request.model)
        await self.may_answer.wait()
        self.asked.pop()
        return await super().call(request, listener)


async def test_an_answer_that_comes_after_the_step_was_stopped_is_there_for_the_next_attempt(
    world: World,
) -> None:
    world.anthropic = late = Unhurried(wrote("late"))
    buying = asyncio.create_task(world.attempt(1).buy(BOTH, ASKED))
    await wait_until(lambda: late.asked == ["claude"])

    buying.cancel()
    late.may_answer.set()

    with pytest.raises(asyncio.CancelledError):
        await buying
    assert world.bill == [("anthropic", "claude", 4)]
    world.will_answer(anthropic=(), openai=())
    assert text_of(await world.attempt(2).buy(BOTH, ASKED)) == "late"


async def test_nobody_else_is_asked_for_a_step_that_was_stopped(world: World) -> None:
    world.anthropic = late = Unhurried(away("anthropic", SPENT))
    world.openai = Saying(wrote("gpt's"))
    buying = asyncio.create_task(world.attempt(1).buy(BOTH, ASKED))
    await wait_until(lambda: late.asked == ["claude"])

    buying.cancel()
    late.may_answer.set()

    with pytest.raises(asyncio.CancelledError):
        await buying
    assert world.openai.asked == []
    assert world.bill == [("anthropic", "claude", 9)]


async def test_a_failure_that_nobody_waits_for_is_no_lost_error(world: World) -> None:
    lost = list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
    world.anthropic = late = Unhurried(away("anthropic"))
    buying = asyncio.create_task(world.attempt(1).buy(BOTH[:1], ASKED))
    await wait_until(lambda: late.asked == ["claude"])

    buying.cancel()
    late.may_answer.set()
    await asyncio.wait({buying})

    assert buying.cancelled()
    del buying
    gc.collect()
    assert lost == []


def test_models_stand_in_one_setting_in_the_order_they_are_asked() -> None:
    models = ModelSettings(text="anthropic:claude , openai:gpt:4,anthropic:claude")

    assert models.of("script") == ("anthropic", "claude")
    assert models.all_of("script") == (Named("anthropic", "claude"), Named("openai", "gpt:4"))
    assert models.all_of("search") == (Named("anthropic", "claude"),)
    assert [str(each) for each in models.all_of("text")] == ["anthropic:claude", "openai:gpt:4"]
