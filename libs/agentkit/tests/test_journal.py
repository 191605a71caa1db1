"""What was paid for is found again, on the broker as in memory."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import BaseModel

from agentkit.fakes import MemoryJournal
from agentkit.journal import (
    Journal,
    NatsJournal,
    PaidCall,
    digest_of,
    json_of,
    vectors_of,
)
from agentkit.providers.base import EmbeddingRequest, Request, TextRequest, Turn
from agentkit.testing import wait_until
from contracts import subjects
from contracts.calls import CallMeta, CallRecord, Usage
from yaa.testing import NatsUnderTest

SUBJECT = subjects.call("r1", "script", "0123456789abcdef", 1)
META = CallMeta(
    run_id="r1",
    step="script",
    attempt=1,
    agent="writer",
    capability="text",
    provider="anthropic",
    model="claude",
    at=datetime(2026, 1, 1, tzinfo=UTC),
    usage=Usage(input_fresh=7, output=3),
)


class Title(BaseModel):
    title: str


class Name(BaseModel):
    name: str


def paid(text: str) -> PaidCall:
    record = CallRecord(answer={"text": text, "stop": "end"}, raw_usage={"input_tokens": 7})
    return PaidCall(META, record)


def asked(text: str = "hello", returns: type[BaseModel] = Title) -> Request:
    return TextRequest(
        model="claude",
        system="",
        turns=(Turn(role="user", text=text),),
        returns=returns,
        max_tokens=100,
    )


@pytest.fixture(params=["memory", "nats"])
def journal(request: pytest.FixtureRequest) -> Journal:
    if request.param == "memory":
        return MemoryJournal()
    return NatsJournal(request.getfixturevalue("connection"))


async def test_a_call_never_made_is_not_found(journal: Journal) -> None:
    assert await journal.find(SUBJECT) is None


async def test_a_recorded_call_is_found_with_its_answer_and_its_bill(journal: Journal) -> None:
    call = paid('한글 {"a": 1}')

    assert await journal.append(SUBJECT, call) == call
    assert await journal.find(SUBJECT) == call


async def test_the_first_entry_of_a_subject_stands(journal: Journal) -> None:
    first, second = paid("first"), paid("second")

    await journal.append(SUBJECT, first)

    assert await journal.append(SUBJECT, second) == first
    assert await journal.find(SUBJECT) == first


async def test_another_number_is_another_call(journal: Journal) -> None:
    other = subjects.call("r1", "script", "0123456789abcdef", 2)

    await journal.append(SUBJECT, paid("first"))

    assert await journal.find(other) is None
    assert await journal.append(other, paid("second")) == paid("second")


async def test_the_bill_is_in_the_header_and_the_content_is_not(connection: Client) -> None:
    await NatsJournal(connection).append(SUBJECT, paid("a secret plan"))

    message = await connection.jetstream().get_last_msg(subjects.CALLS, SUBJECT)
    header = (message.headers or {})[subjects.CALL_META_HEADER]

    assert CallMeta.model_validate_json(header) == META
    assert "secret" not in header


async def test_whoever_leads_the_journal_is_asked_before_anything_is_bought(
    connection: Client,
) -> None:
    asked = list[str]()

    async def hear(message: Msg) -> None:
        asked.append(message.subject)

    await connection.subscribe("$JS.API.STREAM.MSG.GET.CALLS", cb=hear)
    journal = NatsJournal(connection)

    assert await journal.find(SUBJECT) is None
    await wait_until(lambda: asked == ["$JS.API.STREAM.MSG.GET.CALLS"])
    await journal.append(SUBJECT, paid("hello"))
    assert await journal.find(SUBJECT) == paid("hello")
    assert len(asked) == 1


async def test_a_saved_call_is_noted_once_without_a_body(connection: Client) -> None:
    subject = subjects.saved_call(SUBJECT, "r2", 1)

    for _ in range(2):
        await NatsJournal(connection).note_saved(subject, META)

    js = connection.jetstream()
    assert (await js.stream_info(subjects.CALLS)).state.messages == 1
    message = await js.get_last_msg(subjects.CALLS, subject)
    assert not message.data
    assert CallMeta.model_validate_json((message.headers or {})[subjects.CALL_META_HEADER]) == META


async def test_a_saved_call_that_cannot_be_noted_stops_nobody(connection: Client) -> None:
    journal = NatsJournal(connection)
    await connection.close()

    await journal.note_saved(subjects.saved_call(SUBJECT, "r2", 1), META)


@pytest.mark.timeout(40)
async def test_a_call_is_recorded_and_found_over_a_restart_of_the_broker(
    connection: Client, fresh_nats: NatsUnderTest
) -> None:
    journal = NatsJournal(connection)

    fresh_nats.kill()
    fresh_nats.start()

    assert await journal.append(SUBJECT, paid("kept")) == paid("kept")
    assert await journal.find(SUBJECT) == paid("kept")


def test_equal_requests_have_equal_digests() -> None:
    assert digest_of("anthropic", asked()) == digest_of("anthropic", asked())


@pytest.mark.parametrize(
    "other",
    [
        digest_of("openai", asked()),
        digest_of("anthropic", asked("hullo")),
        digest_of("anthropic", asked(returns=Name)),
        digest_of("anthropic", EmbeddingRequest(model="claude", texts=("hello",))),
    ],
    ids=["provider", "prompt", "shape", "capability"],
)
def test_any_other_request_has_another_digest(other: str) -> None:
    assert other != digest_of("anthropic", asked())


def test_a_digest_is_a_token_of_a_subject() -> None:
    assert digest_of("anthropic", asked()).isalnum()


@given(st.lists(st.lists(st.floats(width=32, allow_nan=False), min_size=1), max_size=4))
def test_vectors_come_back_as_they_were(vectors: list[list[float]]) -> None:
    assert vectors_of(json_of(vectors)) == vectors
