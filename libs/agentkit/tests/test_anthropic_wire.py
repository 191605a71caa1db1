"""Whatever Claude can say over the wire becomes an answer with its price, or a cause."""

from typing import Any

import pytest
from pydantic import BaseModel

from agentkit.providers.anthropic import AnthropicAdapter
from agentkit.providers.base import (
    Answer,
    CallFailedError,
    EmbeddingRequest,
    Found,
    ImageRequest,
    Request,
    SearchHit,
    SearchRequest,
    SearchResult,
    SpeechRequest,
    TextRequest,
    Turn,
    Written,
)
from contracts.calls import Usage

type Json = dict[str, Any]


class Title(BaseModel):
    title: str


TEXT = TextRequest(
    model="m",
    system="You name.",
    turns=(
        Turn(role="user", text="Name it."),
        Turn(role="assistant", text="no"),
        Turn(role="user", text="Again."),
    ),
    returns=Title,
    max_tokens=50,
)
SEARCH = SearchRequest(model="m", query="tides", limit=2)
IMAGE = ImageRequest(model="m", prompt="A moon.", width=1080, height=1920)
SPEECH = SpeechRequest(model="m", text="밀물", language="ko")
EMBEDDING = EmbeddingRequest(model="m", texts=("a", "b"))


async def asked(wire, request: Request) -> Answer:
    adapter = AnthropicAdapter("k", base_url=wire.url, answer_s=5)
    try:
        return await adapter.call(request, wire.hear)
    finally:
        await adapter.close()


async def test_claude_is_asked_for_json_of_the_shape(wire) -> None:
    wire.will_stream(*message(text_block('{"title": ', '"Moon"}')))

    answer = await asked(wire, TEXT)

    [sent] = wire.sent
    schema = sent["output_config"]["format"]["schema"]
    assert schema["properties"]["title"]["type"] == "string"
    assert schema["additionalProperties"] is False
    assert (sent["model"], sent["max_tokens"], sent["stream"]) == ("m", 50, True)
    assert sent["system"] == "You name."
    assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "user"]
    assert answer.content == Written(text='{"title": "Moon"}')
    assert wire.text == '{"title": "Moon"}'


async def test_claude_s_usage_is_the_one_at_the_end(wire) -> None:
    wire.will_stream(*message(text_block("{}"), output_tokens=7, input_tokens=11))

    answer = await asked(wire, TEXT)

    assert answer.usage == Usage(input_fresh=11, output=7)
    assert answer.raw_usage == {"input_tokens": 11, "output_tokens": 7}


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "end"),
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "max_tokens"),
        ("refusal", "refusal"),
    ],
)
async def test_why_claude_stopped_is_told(wire, reason: str, stop: str) -> None:
    wire.will_stream(*message(text_block("{"), stop_reason=reason))

    content = (await asked(wire, TEXT)).content

    assert isinstance(content, Written)
    assert content.stop == stop


async def test_a_search_that_pauses_goes_on_and_is_billed_as_one(wire) -> None:
    wire.will_stream(*message(text_block("Let me see."), *SEARCHED, stop_reason="pause_turn"))
    wire.will_stream(*message(text_block("Tides come twice", " a day."), CITED))

    answer = await asked(wire, SEARCH)

    assert answer.content == Found(
        result=SearchResult(
            summary="Tides come twice a day.Cited.",
            hits=(
                SearchHit(title="Second", url="https://b.example", snippet="the moon pulls"),
                SearchHit(title="First", url="https://a.example"),
            ),
        )
    )
    assert wire.sent[1]["messages"][1]["role"] == "assistant"
    assert wire.sent[1]["messages"][1]["content"][2]["type"] == "web_search_tool_result"
    assert wire.sent[0]["tools"][0]["name"] == "web_search"
    assert answer.usage == Usage(input_fresh=20, output=10)
    assert len(answer.raw_usage["turns"]) == 2


async def test_a_search_that_found_nothing_has_no_hits(wire) -> None:
    failed = block(
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s1",
            "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"},
        }
    )
    wire.will_stream(*message(SEARCHED[0], failed, text_block("I could not search.")))

    content = (await asked(wire, SEARCH)).content

    assert content == Found(result=SearchResult(summary="I could not search.", hits=()))


async def test_a_stream_of_claude_that_just_ends_was_cut_and_has_its_price(wire) -> None:
    wire.will_stream(*message(text_block("{"))[:-2])

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert caught.value.cause == "cut"
    assert caught.value.spent is not None
    assert caught.value.spent.usage == Usage(input_fresh=10, output=1)


@pytest.mark.parametrize("broken", ["{", '"text"', '{"type": "message_stop"}', '{"type": "new"}'])
async def test_events_of_claude_that_make_no_sense_are_no_answer(wire, broken: str) -> None:
    wire.will_reply(
        f"event: message_start\ndata: {broken}\n\n".encode(), media_type="text/event-stream"
    )

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert caught.value.cause == "cut"


async def test_a_stream_of_claude_that_breaks_was_cut_and_has_its_price(wire) -> None:
    wire.will_stream(*message(text_block("{"))[:-2], length=99_999)

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert (caught.value.cause, caught.value.spent is None) == ("cut", False)


async def test_claude_overloaded_in_a_stream_is_busy(wire) -> None:
    wire.will_stream(error_event("overloaded_error"))

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert (caught.value.cause, caught.value.status) == ("busy", 529)
    assert caught.value.spent is None


@pytest.mark.parametrize(
    ("status", "kind", "said", "cause"),
    [
        (400, "invalid_request_error", "Your credit balance is too low", "quota"),
        (400, "invalid_request_error", "max_tokens: 1 > 0", "request"),
        (401, "authentication_error", "invalid x-api-key", "key"),
        (404, "not_found_error", "model: m", "model"),
        (413, "request_too_large", "too large", "request"),
        (529, "overloaded_error", "Overloaded", "busy"),
    ],
)
async def test_a_status_of_claude_has_a_cause(
    wire, status: int, kind: str, said: str, cause: str
) -> None:
    body = {"type": "error", "error": {"type": kind, "message": said}}
    wire.will_reply(body, status=status)

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert (caught.value.cause, caught.value.status, caught.value.code) == (cause, status, kind)
    assert said not in str(caught.value)


@pytest.mark.parametrize("request_", [IMAGE, SPEECH, EMBEDDING], ids=lambda each: each.capability)
async def test_claude_has_no_other_capabilities(wire, request_: Request) -> None:
    with pytest.raises(CallFailedError) as caught:
        await asked(wire, request_)

    assert caught.value.code == f"no_{request_.capability}"


async def test_a_provider_that_is_not_there_is_unreachable(wire) -> None:
    wire.url = "http://127.0.0.1:1"

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert caught.value.cause == "unreachable"


async def test_the_proxy_of_the_environment_is_not_asked_for_our_own_address(
    wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    wire.will_stream(*message(text_block("{}")))

    assert await asked(wire, TEXT)


def block(content: Json, *deltas: Json) -> tuple[Json, tuple[Json, ...]]:
    return content, deltas


def text_block(*pieces: str) -> tuple[Json, tuple[Json, ...]]:
    return block(
        {"type": "text", "text": ""}, *({"type": "text_delta", "text": each} for each in pieces)
    )


SEARCHED = (
    block(
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"query": "tides"}'},
    ),
    block(
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s1",
            "content": [
                {
                    "type": "web_search_result",
                    "title": title,
                    "url": f"https://{host}.example",
                    "encrypted_content": "x",
                }
                for title, host in (("First", "a"), ("Second", "b"), ("Third", "c"))
            ],
        }
    ),
)
CITED = block(
    {"type": "text", "text": ""},
    {"type": "text_delta", "text": "Cited."},
    {
        "type": "citations_delta",
        "citation": {
            "type": "web_search_result_location",
            "cited_text": "the moon pulls",
            "encrypted_index": "x",
            "title": "Second",
            "url": "https://b.example",
        },
    },
)


def message(
    *blocks: tuple[Json, tuple[Json, ...]],
    stop_reason: str = "end_turn",
    input_tokens: int = 10,
    output_tokens: int = 5,
) -> list[Json]:
    """Return the events of one streamed message of Claude."""
    start = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": input_tokens, "output_tokens": 1},
    }
    events: list[Json] = [{"type": "message_start", "message": start}]
    for at, (content, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": at, "content_block": content})
        events += [{"type": "content_block_delta", "index": at, "delta": each} for each in deltas]
        events.append({"type": "content_block_stop", "index": at})
    end = {"stop_reason": stop_reason, "stop_sequence": None}
    usage = {"output_tokens": output_tokens}
    return [
        *events,
        {"type": "message_delta", "delta": end, "usage": usage},
        {"type": "message_stop"},
    ]


def error_event(kind: str) -> Json:
    return {"type": "error", "error": {"type": kind, "message": "sorry"}}
