"""What the providers can say over the wire beyond the simulator's repertoire, said to the SDKs."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel

from agentkit.providers.anthropic import AnthropicAdapter
from agentkit.providers.base import (
    Answer,
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
from agentkit.providers.failure import CallFailedError
from agentkit.providers.openai import OpenAIAdapter
from contracts.calls import Usage

type Json = dict[str, Any]

SSE = "text/event-stream"


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


@dataclass
class Wire:
    """A provider that gives canned responses in order and keeps what it was sent."""

    url: str = ""
    sent: list[Json] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)
    text: str = ""

    async def hear(self, text: str) -> None:
        self.text += text

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        self.sent.append(json.loads(await reader.readexactly(length)))
        writer.write(self.responses.pop(0))
        writer.close()
        await writer.wait_closed()

    async def claude(self, request: Request) -> Answer:
        return await self._call(AnthropicAdapter("k", base_url=self.url, answer_s=5), request)

    async def openai(self, request: Request) -> Answer:
        return await self._call(OpenAIAdapter("k", base_url=self.url, answer_s=5), request)

    async def _call(self, adapter: AnthropicAdapter | OpenAIAdapter, request: Request) -> Answer:
        try:
            return await adapter.call(request, self.hear)
        finally:
            await adapter.close()


@asynccontextmanager
async def _listening() -> AsyncIterator[Wire]:
    wire = Wire()
    async with await asyncio.start_server(wire.serve, "127.0.0.1", 0) as server:
        wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield wire


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with _listening() as wire:
        yield wire


async def test_claude_is_asked_for_json_of_the_shape(wire: Wire) -> None:
    wire.responses = [stream(*message(text_block('{"title": ', '"Moon"}')))]

    answer = await wire.claude(TEXT)

    [sent] = wire.sent
    schema = sent["output_config"]["format"]["schema"]
    assert schema["properties"]["title"]["type"] == "string"
    assert schema["additionalProperties"] is False
    assert (sent["model"], sent["max_tokens"], sent["stream"]) == ("m", 50, True)
    assert sent["system"] == "You name."
    assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "user"]
    assert answer.content == Written(text='{"title": "Moon"}')
    assert wire.text == '{"title": "Moon"}'


async def test_claude_s_usage_is_the_one_at_the_end(wire: Wire) -> None:
    wire.responses = [stream(*message(text_block("{}"), output_tokens=7, input_tokens=11))]

    answer = await wire.claude(TEXT)

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
async def test_why_claude_stopped_is_told(wire: Wire, reason: str, stop: str) -> None:
    wire.responses = [stream(*message(text_block("{"), stop_reason=reason))]

    content = (await wire.claude(TEXT)).content

    assert isinstance(content, Written)
    assert content.stop == stop


async def test_a_search_that_pauses_goes_on_and_is_billed_as_one(wire: Wire) -> None:
    wire.responses = [
        stream(*message(text_block("Let me see."), *SEARCHED, stop_reason="pause_turn")),
        stream(*message(text_block("Tides come twice", " a day."), CITED, index=0)),
    ]

    answer = await wire.claude(SEARCH)

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


async def test_a_search_that_found_nothing_has_no_hits(wire: Wire) -> None:
    failed = block(
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s1",
            "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"},
        }
    )
    wire.responses = [stream(*message(SEARCHED[0], failed, text_block("I could not search.")))]

    content = (await wire.claude(SEARCH)).content

    assert content == Found(result=SearchResult(summary="I could not search.", hits=()))


async def test_a_stream_of_claude_that_just_ends_was_cut_and_has_its_price(wire: Wire) -> None:
    wire.responses = [stream(*message(text_block("{"))[:-2])]

    with pytest.raises(CallFailedError) as caught:
        await wire.claude(TEXT)

    assert caught.value.cause == "cut"
    assert caught.value.spent is not None
    assert caught.value.spent.usage == Usage(input_fresh=10, output=1)


@pytest.mark.parametrize("broken", ["{", '"text"', '{"type": "message_stop"}', '{"type": "new"}'])
async def test_events_of_claude_that_make_no_sense_are_no_answer(wire: Wire, broken: str) -> None:
    wire.responses = [reply(f"event: message_start\ndata: {broken}\n\n".encode(), media_type=SSE)]

    with pytest.raises(CallFailedError) as caught:
        await wire.claude(TEXT)

    assert caught.value.cause == "cut"


async def test_a_stream_of_claude_that_breaks_was_cut_and_has_its_price(wire: Wire) -> None:
    wire.responses = [stream(*message(text_block("{"))[:-2], length=99_999)]

    with pytest.raises(CallFailedError) as caught:
        await wire.claude(TEXT)

    assert (caught.value.cause, caught.value.spent is None) == ("cut", False)


async def test_claude_overloaded_in_a_stream_is_busy(wire: Wire) -> None:
    wire.responses = [stream(error_event("overloaded_error"))]

    with pytest.raises(CallFailedError) as caught:
        await wire.claude(TEXT)

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
    wire: Wire, status: int, kind: str, said: str, cause: str
) -> None:
    body = {"type": "error", "error": {"type": kind, "message": said}}
    wire.responses = [reply(body, status=status)]

    with pytest.raises(CallFailedError) as caught:
        await wire.claude(TEXT)

    assert (caught.value.cause, caught.value.status, caught.value.code) == (cause, status, kind)
    assert said not in str(caught.value)


@pytest.mark.parametrize("request_", [IMAGE, SPEECH, EMBEDDING], ids=lambda each: each.capability)
async def test_claude_has_no_other_capabilities(wire: Wire, request_: Request) -> None:
    with pytest.raises(CallFailedError) as caught:
        await wire.claude(request_)

    assert caught.value.code == f"no_{request_.capability}"


async def test_openai_is_asked_for_json_of_the_shape(wire: Wire) -> None:
    wire.responses = [stream(*chat('{"title": ', '"Moon"}'))]

    answer = await wire.openai(TEXT)

    [sent] = wire.sent
    asked = sent["response_format"]["json_schema"]
    assert (asked["name"], asked["strict"]) == ("Title", True)
    assert asked["schema"]["required"] == ["title"]
    assert sent["max_completion_tokens"] == 50
    roles = [turn["role"] for turn in sent["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert answer.content == Written(text='{"title": "Moon"}')
    assert answer.usage == Usage(input_fresh=6, cache_read=4, output=3, reasoning=2)
    assert wire.text == '{"title": "Moon"}'


@pytest.mark.parametrize(
    ("delta", "reason", "stop"),
    [
        ({"content": "{"}, "length", "max_tokens"),
        ({"refusal": "I will not."}, "stop", "refusal"),
        ({"content": ""}, "content_filter", "refusal"),
    ],
)
async def test_why_openai_stopped_is_told(wire: Wire, delta: Json, reason: str, stop: str) -> None:
    wire.responses = [stream(chunk(delta), chunk({}, reason), *chat()[-1:])]

    content = (await wire.openai(TEXT)).content

    assert isinstance(content, Written)
    assert content.stop == stop


@pytest.mark.parametrize("kept", [1, 2, 3], ids=["text", "reason", "no usage"])
async def test_a_stream_of_openai_that_just_ends_was_cut(wire: Wire, kept: int) -> None:
    wire.responses = [stream(*chat("{", "}")[:kept])]

    with pytest.raises(CallFailedError) as caught:
        await wire.openai(TEXT)

    assert caught.value.cause == "cut"


async def test_a_picture_is_ordered_in_the_nearest_size(wire: Wire) -> None:
    png = b"\x89PNG and so on"
    wire.responses = [reply({"created": 1, "data": [{"b64_json": encoded(png)}], "usage": DRAWN})]

    answer = await wire.openai(IMAGE)

    assert answer.content == png
    assert answer.usage == Usage(input_fresh=5, output_image=100, images=1)
    assert answer.raw_usage == DRAWN
    assert wire.sent[0]["size"] == "1024x1536"


@pytest.mark.parametrize("data", [[], [{"b64_json": ""}], [{"b64_json": "!"}], [{"url": "x"}]])
async def test_a_picture_that_is_none_was_cut(wire: Wire, data: Sequence[Json]) -> None:
    wire.responses = [reply({"created": 1, "data": data})]

    with pytest.raises(CallFailedError) as caught:
        await wire.openai(IMAGE)

    assert caught.value.cause == "cut"


async def test_speech_is_ordered_in_its_language(wire: Wire) -> None:
    wav = b"RIFF\x0c\0\0\0WAVEdata\0\0\0\0"
    wire.responses = [reply(wav, media_type="audio/wav")]

    answer = await wire.openai(SPEECH)

    assert answer.content == wav
    assert answer.usage == Usage(characters=2)
    assert wire.sent[0]["response_format"] == "wav"
    assert "ISO code ko" in wire.sent[0]["instructions"]


async def test_the_first_speech_models_take_no_instructions(wire: Wire) -> None:
    wire.responses = [reply(b"RIFF", media_type="audio/wav")]

    await wire.openai(SPEECH.model_copy(update={"model": "tts-1-hd"}))

    assert "instructions" not in wire.sent[0]


async def test_speech_that_is_none_was_cut(wire: Wire) -> None:
    wire.responses = [reply(b"<html>", media_type="text/html")]

    with pytest.raises(CallFailedError) as caught:
        await wire.openai(SPEECH)

    assert caught.value.cause == "cut"


async def test_vectors_come_in_the_order_of_the_texts(wire: Wire) -> None:
    data = [
        {"object": "embedding", "index": 1, "embedding": [2.0]},
        {"object": "embedding", "index": 0, "embedding": [1.0]},
    ]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    wire.responses = [reply({"object": "list", "model": "m", "data": data, "usage": usage})]

    answer = await wire.openai(EMBEDDING)

    assert answer.content == [[1.0], [2.0]]
    assert (answer.usage, answer.raw_usage) == (Usage(input_fresh=2), usage)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (400, "moderation_blocked", "policy"),
        (400, "content_policy_violation", "policy"),
        (400, "invalid_value", "request"),
        (401, "invalid_api_key", "key"),
        (404, "model_not_found", "model"),
        (429, "insufficient_quota", "quota"),
        (429, "rate_limit_exceeded", "busy"),
        (500, "server_error", "busy"),
    ],
)
async def test_a_status_of_openai_has_a_cause(
    wire: Wire, status: int, code: str, cause: str
) -> None:
    body = {"error": {"message": "You said: a secret", "type": "t", "param": None, "code": code}}
    wire.responses = [reply(body, status=status, headers="retry-after: 4\r\n")]

    with pytest.raises(CallFailedError) as caught:
        await wire.openai(IMAGE)

    assert (caught.value.cause, caught.value.status, caught.value.code) == (cause, status, code)
    assert caught.value.retry_after_s == 4
    assert "secret" not in repr(caught.value)


async def test_an_error_inside_a_stream_of_openai_is_temporary(wire: Wire) -> None:
    wire.responses = [stream({"error": {"message": "oops", "type": "server_error"}})]

    with pytest.raises(CallFailedError) as caught:
        await wire.openai(TEXT)

    assert caught.value.is_temporary


async def test_a_search_is_nothing_for_openai(wire: Wire) -> None:
    with pytest.raises(CallFailedError) as caught:
        await wire.openai(SEARCH)

    assert caught.value.code == "no_search"


@pytest.mark.parametrize("request_", [IMAGE, EMBEDDING], ids=lambda each: each.capability)
@pytest.mark.parametrize("body", [b"{not json", b'"text"', b"{}", b"[]", b'{"data": [1]}'])
async def test_a_body_that_is_no_answer_was_cut(wire: Wire, body: bytes, request_: Request) -> None:
    wire.responses = [reply(body)]

    with pytest.raises(CallFailedError) as caught:
        await wire.openai(request_)

    assert caught.value.cause == "cut"


async def test_a_provider_that_is_not_there_is_unreachable(wire: Wire) -> None:
    wire.url = "http://127.0.0.1:1"

    for calling in (wire.claude(TEXT), wire.openai(TEXT)):
        with pytest.raises(CallFailedError) as caught:
            await calling
        assert caught.value.cause == "unreachable"


async def test_the_proxy_of_the_environment_is_not_asked_for_our_own_address(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    wire.responses = [stream(*message(text_block("{}"))), stream(*chat("{}"))]

    assert await wire.claude(TEXT)
    assert await wire.openai(TEXT)


DRAWN = {
    "input_tokens": 5,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 5},
    "output_tokens": 100,
    "total_tokens": 105,
}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


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
    index: int = 0,
) -> list[Json]:
    """Return the events of one streamed message of Claude."""
    start = {
        "id": f"msg_{index}",
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


def chunk(delta: Json, reason: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


def chat(*pieces: str) -> list[Json]:
    """Return the chunks of one streamed chat completion of OpenAI."""
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    return [
        *(chunk({"content": piece}) for piece in pieces),
        chunk({}, "stop"),
        {**chunk({}), "choices": [], "usage": usage},
    ]


def stream(*events: Json, length: int | None = None) -> bytes:
    """Return a response of server-sent events; a `length` too large makes it break off."""
    named = [
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
        if "type" in event
        else f"data: {json.dumps(event)}\n\n"
        for event in events
    ]
    body = "".join(named).encode()
    return reply(body, media_type=SSE, length=length)


def reply(
    body: Json | bytes,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: str = "",
    length: int | None = None,
) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = len(content) if length is None else length
    head = (
        f"HTTP/1.1 {status} x\r\ncontent-type: {media_type}\r\ncontent-length: {size}\r\n"
        f"{headers}connection: close\r\n\r\n"
    )
    return head.encode() + content
