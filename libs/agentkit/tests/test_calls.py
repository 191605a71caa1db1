"""A call is paid once and is on the bill, whatever is repeated, cancelled or raced."""

import asyncio
from dataclasses import dataclass, field

import pytest
from pydantic import BaseModel

from agentkit.calls import MAX_BODY_BYTES, PaidCalls
from agentkit.errors import StepRejectedError
from agentkit.fakes import MemoryArtifacts, MemoryJournal
from agentkit.journal import PaidCall
from agentkit.models import Providers
from agentkit.providers.base import (
    Answer,
    CallFailedError,
    CallRejectedError,
    ImageRequest,
    Listener,
    ProviderError,
    Request,
    Spent,
    TextRequest,
    Turn,
    Written,
)
from agentkit.settings import Named
from agentkit.testing import wait_until
from agentkit.watchers import CallContext, Watchers
from contracts import subjects
from contracts.artifacts import BlobRef
from contracts.calls import CallRecord, Usage
from contracts.live import CallFinished, LiveEvent, TokensStreamed

PNG = b"\x89PNG a picture"
USAGE = Usage(output=5)
SPENT = Spent(Usage(input_fresh=9, output=1), {"input_tokens": 9, "output_tokens": 1})
BUSY = CallFailedError("busy", status=529)
OUTAGE = ProviderError(
    "anthropic is away", provider="anthropic", failure=BUSY, spent=(SPENT, SPENT)
)
CLAUDE = (Named("anthropic", "m"),)
IMAGE = ImageRequest(model="m", prompt="A moon.", width=1, height=1)


class Title(BaseModel):
    title: str


ASKED = TextRequest(
    model="m", system="", turns=(Turn(role="user", text="?"),), returns=Title, max_tokens=9
)


class Saying:
    """A provider that gives its answers in order, text letter by letter."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = list(answers)

    async def call(self, request: Request, listener: Listener) -> Answer:  # noqa: ARG002
        said = self._answers.pop(0)
        if isinstance(said, Exception):
            raise said
        if isinstance(said.content, Written):
            for letter in said.content.text:
                await listener.text(letter)
        return said

    async def close(self) -> None:
        pass


def wrote(text: str, *spent: Spent) -> Answer:
    return Answer(Written(text=text), USAGE, {"output_tokens": 5}, spent)


@dataclass
class World:
    """What outlives an attempt of a step."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    blobs: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    live: list[LiveEvent] = field(default_factory=list)

    def attempt(
        self, *answers: Answer | Exception, run_id: str = "r1", simulated: bool = False
    ) -> PaidCalls:
        """Return the calls of an attempt whose provider gives these answers and no others."""
        providers = Providers({"anthropic": Saying(*answers)}, simulated=simulated)
        return self.attempt_with(providers, run_id)

    def attempt_with(self, providers: Providers, run_id: str = "r1") -> PaidCalls:
        async def send(event: LiveEvent) -> None:
            self.live.append(event)

        context = CallContext(run_id, "script", 1, "writer", providers.simulated, "r1")
        watchers = Watchers(send, context)
        return PaidCalls(providers, self.journal, self.blobs, watchers, context)

    @property
    def bill(self) -> list[Usage]:
        return [call.meta.usage for call in self.journal.calls.values()]

    @property
    def numbers(self) -> list[str]:
        return [subject.rpartition(".")[2] for subject in self.journal.calls]


@pytest.fixture
def world() -> World:
    return World()


async def test_a_picture_is_stored_before_the_journal_names_it(world: World) -> None:
    world.journal = JournalThatChecks(world.blobs)

    bought = await world.attempt(Answer(PNG, USAGE, {})).buy(CLAUDE, IMAGE)

    assert bought.record.blob is not None
    assert await world.blobs.read(bought.record.blob) == PNG


async def test_an_answer_too_large_for_a_message_is_kept_as_a_file(world: World) -> None:
    long = "a" * (MAX_BODY_BYTES + 1)
    first, second = world.attempt(wrote(long)), world.attempt()

    bought = await first.buy(CLAUDE, ASKED)
    again = await second.buy(CLAUDE, ASKED)

    assert bought.record.answer is None
    assert await first.content(bought.record) == {"text": long, "stop": "end"}
    assert await second.content(again.record) == {"text": long, "stop": "end"}


async def test_an_answer_is_recorded_even_when_the_step_is_cancelled(world: World) -> None:
    world.journal = journal = SlowJournal()
    buying = asyncio.create_task(world.attempt(wrote("{}")).buy(CLAUDE, ASKED))
    await wait_until(journal.appending.is_set)

    buying.cancel()
    journal.may_append.set()

    with pytest.raises(asyncio.CancelledError):
        await buying
    assert (await world.attempt().buy(CLAUDE, ASKED)).record.answer is not None


async def test_what_failed_tries_used_is_on_the_bill_and_is_no_answer(world: World) -> None:
    bought = await world.attempt(wrote("{}", SPENT)).buy(CLAUDE, ASKED)

    assert await world.attempt().buy(CLAUDE, ASKED) == bought
    assert world.bill == [SPENT.usage, USAGE]
    [tried, _] = world.journal.calls.values()
    assert tried.record == CallRecord(raw_usage=dict(SPENT.raw_usage))


async def test_what_a_hopeless_call_used_is_on_the_bill_and_the_next_one_goes_on(
    world: World,
) -> None:
    with pytest.raises(ProviderError, match="is away"):
        await world.attempt(OUTAGE).buy(CLAUDE, ASKED)

    await world.attempt(wrote("{}")).buy(CLAUDE, ASKED)

    assert world.bill == [SPENT.usage, SPENT.usage, USAGE]
    assert world.numbers == ["1", "2", "3"]


async def test_what_a_rejected_call_used_before_is_on_the_bill(world: World) -> None:
    rejected = CallRejectedError(
        "anthropic refused the key",
        provider="anthropic",
        failure=CallFailedError("key"),
        spent=(SPENT,),
    )

    with pytest.raises(StepRejectedError, match="refused the key"):
        await world.attempt(rejected).buy(CLAUDE, ASKED)

    assert world.bill == [SPENT.usage]


async def test_a_picture_that_cannot_be_stored_is_on_the_bill(world: World) -> None:
    world.blobs = FullStore()

    with pytest.raises(OSError, match="full"):
        await world.attempt(Answer(PNG, USAGE, {})).buy(CLAUDE, IMAGE)

    assert world.bill == [USAGE]
    world.blobs = MemoryArtifacts()
    assert (await world.attempt(Answer(PNG, USAGE, {})).buy(CLAUDE, IMAGE)).record.blob is not None


class FullStore(MemoryArtifacts):
    async def put(self, data: bytes, *, media_type: str, name: str) -> BlobRef:
        raise OSError(f"the store is full: {name}, {len(data)} bytes of {media_type}")


async def test_of_two_buyers_of_the_same_the_first_answer_stands_and_both_are_billed(
    world: World,
) -> None:
    both = asyncio.Barrier(2)
    buyers = [
        world.attempt_with(Providers({"anthropic": Meeting(both, text)}, simulated=False))
        for text in ("one", "two")
    ]

    bought = await asyncio.gather(*(buyer.buy(CLAUDE, ASKED) for buyer in buyers))

    assert bought[0] == bought[1]
    assert world.bill == [USAGE, USAGE]
    assert [call.record.answer is None for call in world.journal.calls.values()] == [False, True]
    assert await world.attempt().buy(CLAUDE, ASKED) == bought[0]


async def test_an_answer_is_recorded_behind_the_failed_tries_of_another_buyer(
    world: World,
) -> None:
    buyer = world.attempt_with(Providers({"anthropic": Overtaken(world)}, simulated=False))

    bought = await buyer.buy(CLAUDE, ASKED)

    assert bought.record.answer == {"text": "late", "stop": "end"}
    assert await world.attempt().buy(CLAUDE, ASKED) == bought
    assert world.bill == [SPENT.usage, SPENT.usage, USAGE]


async def test_watchers_see_all_the_text_in_few_messages(world: World) -> None:
    await world.attempt(wrote("a" * 500)).buy(CLAUDE, ASKED)

    seen = [event.text for event in world.live if isinstance(event, TokensStreamed)]
    assert "".join(seen) == "a" * 500
    assert len(seen) <= 3
    last = world.live[-1]
    assert isinstance(last, CallFinished)
    assert (last.total_tokens, last.saved) == (5, False)


async def test_watchers_are_told_that_an_answer_was_saved(world: World) -> None:
    await world.attempt(wrote("{}")).buy(CLAUDE, ASKED)
    world.live.clear()

    await world.attempt().buy(CLAUDE, ASKED)

    [event] = world.live
    assert isinstance(event, CallFinished)
    assert (event.total_tokens, event.saved) == (5, True)


async def test_a_run_that_repeats_another_finds_what_that_one_paid(world: World) -> None:
    first, rerun = world.attempt(wrote("{}")), world.attempt(run_id="r2")

    bought = await first.buy(CLAUDE, ASKED)
    await first.save(bought)
    found = await rerun.buy(CLAUDE, ASKED)
    await rerun.save(found)

    assert found == bought
    assert world.bill == [USAGE]
    [(subject, meta)] = world.journal.saved.items()
    [paid] = world.journal.calls
    assert subject == subjects.saved_call(paid, "r2", 1)
    assert (meta.run_id, meta.attempt, meta.usage) == ("r2", 1, USAGE)
    assert meta.at > world.journal.calls[paid].meta.at


async def test_what_a_run_buys_of_the_journal_of_another_it_pays_itself(world: World) -> None:
    await world.attempt(wrote("{}", SPENT), run_id="r2").buy(CLAUDE, ASKED)

    assert all(subject.startswith("call.r1.script.") for subject in world.journal.calls)
    assert [call.meta.run_id for call in world.journal.calls.values()] == ["r2", "r2"]
    assert world.journal.saved == {}


async def test_tries_that_brought_nothing_are_never_saved(world: World) -> None:
    with pytest.raises(ProviderError):
        await world.attempt(OUTAGE).buy(CLAUDE, ASKED)

    await world.attempt(wrote("{}"), run_id="r2").buy(CLAUDE, ASKED)
    again = world.attempt(run_id="r3")
    await again.save(await again.buy(CLAUDE, ASKED))

    assert [subject.split(".")[4:] for subject in world.journal.saved] == [
        ["3", "saved", "r3", "1"]
    ]


async def test_of_two_runs_that_buy_the_same_each_pays_its_own_and_none_has_saved(
    world: World,
) -> None:
    both = asyncio.Barrier(2)
    buyers = [
        world.attempt_with(Providers({"anthropic": Meeting(both, run_id)}, simulated=False), run_id)
        for run_id in ("r1", "r2")
    ]

    bought = await asyncio.gather(*(buyer.buy(CLAUDE, ASKED) for buyer in buyers))
    for buyer, call in zip(buyers, bought, strict=True):
        await buyer.save(call)

    assert bought[0] == bought[1]
    assert {call.meta.run_id for call in world.journal.calls.values()} == {"r1", "r2"}
    assert world.journal.saved == {}


async def test_an_answer_of_the_simulator_is_none_of_the_real_provider(world: World) -> None:
    invented = await world.attempt(wrote("invented"), simulated=True).buy(CLAUDE, ASKED)
    real = await world.attempt(wrote("real")).buy(CLAUDE, ASKED)

    assert await world.attempt().buy(CLAUDE, ASKED) == real != invented
    assert await world.attempt(simulated=True).buy(CLAUDE, ASKED) == invented
    assert [call.meta.simulated for call in world.journal.calls.values()] == [True, False]


class Meeting:
    """Two providers that answer at the same moment, each in its own words."""

    def __init__(self, both: asyncio.Barrier, said: str) -> None:
        self._both = both
        self._said = said

    async def call(self, request: Request, listener: Listener) -> Answer:  # noqa: ARG002
        await self._both.wait()
        return wrote(self._said)

    async def close(self) -> None:
        pass


class Overtaken:
    """A provider that takes so long that another buyer of the same fails meanwhile."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def call(self, request: Request, listener: Listener) -> Answer:  # noqa: ARG002
        with pytest.raises(ProviderError):
            await self._world.attempt(OUTAGE).buy(CLAUDE, ASKED)
        return wrote("late")

    async def close(self) -> None:
        pass


class JournalThatChecks(MemoryJournal):
    """Refuses an entry that names a file which is not there."""

    def __init__(self, blobs: MemoryArtifacts) -> None:
        super().__init__()
        self._blobs = blobs

    async def append(self, subject: str, call: PaidCall) -> PaidCall:
        assert call.record.blob is not None
        await self._blobs.read(call.record.blob)
        return await super().append(subject, call)


class SlowJournal(MemoryJournal):
    def __init__(self) -> None:
        super().__init__()
        self.appending = asyncio.Event()
        self.may_append = asyncio.Event()

    async def append(self, subject: str, call: PaidCall) -> PaidCall:
        self.appending.set()
        await self.may_append.wait()
        return await super().append(subject, call)
