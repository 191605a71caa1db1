"""Whatever OpenAI can say over the wire becomes an answer with its price, or a cause."""

import base64
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from agentkit.providers.base import (
    Answer,
    CallFailedError,
    EmbeddingRequest,
    ImageRequest,
    Request,
    SearchRequest,
    SpeechRequest,
    TextRequest,
    Turn,
    Written,
)
from agentkit.providers.openai import OpenAIAdapter
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
    adapter = OpenAIAdapter("k", base_url=wire.url, answer_s=5)
    try:
        return await adapter.call(request, wire.hear)
    finally:
        await adapter.close()


async def test_openai_is_asked_for_json_of_the_shape(wire) -> None:
    wire.will_stream(*chat('{"title": ', '"Moon"}'))

    answer = await asked(wire, TEXT)

    [sent] = wire.sent
    wanted = sent["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("Title", True)
    assert wanted["schema"]["required"] == ["title"]
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
async def test_why_openai_stopped_is_told(wire, delta: Json, reason: str, stop: str) -> None:
    wire.will_stream(chunk(delta), chunk({}, reason), *chat()[-1:])

    content = (await asked(wire, TEXT)).content

    assert isinstance(content, Written)
    assert content.stop == stop


@pytest.mark.parametrize("kept", [1, 2, 3], ids=["text", "reason", "no usage"])
async def test_a_stream_of_openai_that_just_ends_was_cut(wire, kept: int) -> None:
    wire.will_stream(*chat("{", "}")[:kept])

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert caught.value.cause == "cut"


async def test_a_picture_is_ordered_in_the_nearest_size(wire) -> None:
    png = b"\x89PNG and so on"
    wire.will_reply({"created": 1, "data": [{"b64_json": encoded(png)}], "usage": DRAWN})

    answer = await asked(wire, IMAGE)

    assert answer.content == png
    assert answer.usage == Usage(input_fresh=5, output_image=100, images=1)
    assert answer.raw_usage == DRAWN
    assert wire.sent[0]["size"] == "1024x1536"


@pytest.mark.parametrize("data", [[], [{"b64_json": ""}], [{"b64_json": "!"}], [{"url": "x"}]])
async def test_a_picture_that_is_none_was_cut(wire, data: Sequence[Json]) -> None:
    wire.will_reply({"created": 1, "data": data})

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, IMAGE)

    assert caught.value.cause == "cut"


async def test_speech_is_ordered_in_its_language(wire) -> None:
    wav = b"RIFF\x0c\0\0\0WAVEdata\0\0\0\0"
    wire.will_reply(wav, media_type="audio/wav")

    answer = await asked(wire, SPEECH)

    assert answer.content == wav
    assert answer.usage == Usage(characters=2)
    assert wire.sent[0]["response_format"] == "wav"
    assert "ISO code ko" in wire.sent[0]["instructions"]


async def test_the_first_speech_models_take_no_instructions(wire) -> None:
    wire.will_reply(b"RIFF", media_type="audio/wav")

    await asked(wire, SPEECH.model_copy(update={"model": "tts-1-hd"}))

    assert "instructions" not in wire.sent[0]


async def test_speech_that_is_none_was_cut(wire) -> None:
    wire.will_reply(b"<html>", media_type="text/html")

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, SPEECH)

    assert caught.value.cause == "cut"


async def test_vectors_come_in_the_order_of_the_texts(wire) -> None:
    data = [
        {"object": "embedding", "index": 1, "embedding": [2.0]},
        {"object": "embedding", "index": 0, "embedding": [1.0]},
    ]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    wire.will_reply({"object": "list", "model": "m", "data": data, "usage": usage})

    answer = await asked(wire, EMBEDDING)

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
async def test_a_status_of_openai_has_a_cause(wire, status: int, code: str, cause: str) -> None:
    body = {"error": {"message": "You said: a secret", "type": "t", "param": None, "code": code}}
    wire.will_reply(body, status=status, headers="retry-after: 4\r\n")

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, IMAGE)

    assert (caught.value.cause, caught.value.status, caught.value.code) == (cause, status, code)
    assert caught.value.retry_after_s == 4
    assert "secret" not in repr(caught.value)


async def test_an_error_inside_a_stream_of_openai_is_temporary(wire) -> None:
    wire.will_stream({"error": {"message": "oops", "type": "server_error"}})

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert caught.value.is_temporary


async def test_a_search_is_nothing_for_openai(wire) -> None:
    with pytest.raises(CallFailedError) as caught:
        await asked(wire, SEARCH)

    assert caught.value.code == "no_search"


@pytest.mark.parametrize("request_", [IMAGE, EMBEDDING], ids=lambda each: each.capability)
@pytest.mark.parametrize("body", [b"{not json", b'"text"', b"{}", b"[]", b'{"data": [1]}'])
async def test_a_body_that_is_no_answer_was_cut(wire, body: bytes, request_: Request) -> None:
    wire.will_reply(body)

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, request_)

    assert caught.value.cause == "cut"


async def test_a_provider_that_is_not_there_is_unreachable(wire) -> None:
    wire.url = "http://127.0.0.1:1"

    with pytest.raises(CallFailedError) as caught:
        await asked(wire, TEXT)

    assert caught.value.cause == "unreachable"


async def test_the_proxy_of_the_environment_is_not_asked_for_our_own_address(
    wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    wire.will_stream(*chat("{}"))

    assert await asked(wire, TEXT)


DRAWN = {
    "input_tokens": 5,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 5},
    "output_tokens": 100,
    "total_tokens": 105,
}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


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
