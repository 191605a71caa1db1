"""OpenAI over the real SDK: text, pictures, speech and embeddings.

The SDK's own retries are off: they cannot see the budget of the call.
"""

import base64
import math
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import httpx2
import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.images_response import Usage as ImageUsage
from openai.types.shared_params.response_format_json_schema import JSONSchema

from agentkit.providers.base import (
    UNKNOWN,
    Answer,
    CallFailedError,
    EmbeddingRequest,
    ImageRequest,
    Request,
    SpeechRequest,
    Spent,
    Stop,
    TextRequest,
    TextSink,
    Turn,
    Written,
)
from agentkit.providers.carrying import carrying
from agentkit.providers.failure import cause_of, lost, retry_after_of
from contracts.calls import Usage

CONNECT_S = 10.0
IMAGE_QUALITY: Literal["medium"] = "medium"
VOICE = "alloy"

type Size = Literal["1024x1024", "1024x1536", "1536x1024"]

_SIZES: dict[Size, float] = {"1024x1024": 1, "1024x1536": 2 / 3, "1536x1024": 3 / 2}
_ODD = (ValueError, TypeError, AttributeError)
"""What the SDK raises over a body of another shape: it does not validate."""
_PNG = b"\x89PNG"
_RIFF = b"RIFF"
_STOPS: dict[str, Stop] = {"length": "max_tokens", "content_filter": "refusal"}


class OpenAIAdapter:
    """One try of a call to OpenAI.

    Args:
        key: The API key.
        base_url: Where the API is, reached without a proxy; None for OpenAI itself.
        answer_s: The longest silence to bear.
    """

    def __init__(self, key: str, *, base_url: str | None, answer_s: float) -> None:
        direct = httpx2.AsyncClient(trust_env=False) if base_url else None
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=base_url,
            max_retries=0,
            timeout=httpx2.Timeout(answer_s, connect=CONNECT_S),
            http_client=carrying(direct or openai.DefaultAsyncHttpxClient()),
        )

    async def call(self, request: Request, on_text: TextSink) -> Answer:
        async with _translated():
            match request:
                case TextRequest():
                    return await self._write(request, on_text)
                case ImageRequest():
                    return await self._draw(request)
                case SpeechRequest():
                    return await self._speak(request)
                case EmbeddingRequest():
                    return await self._embed(request)
                case _:
                    raise CallFailedError("request", code=f"no_{request.capability}")

    async def close(self) -> None:
        await self._client.close()

    async def _write(self, request: TextRequest, on_text: TextSink) -> Answer:
        stream = await self._client.chat.completions.create(
            model=request.model,
            messages=[*_system(request), *(_param(turn) for turn in request.turns)],
            response_format={"type": "json_schema", "json_schema": _schema_of(request)},
            max_completion_tokens=request.max_tokens,
            stream=True,
            stream_options={"include_usage": True},
        )
        return await _streamed(stream, on_text)

    async def _draw(self, request: ImageRequest) -> Answer:
        response = await self._client.images.generate(
            model=request.model,
            prompt=request.prompt,
            size=size_for(request.width, request.height),
            quality=IMAGE_QUALITY,
            output_format="png",
            n=1,
        )
        encoded = response.data[0].b64_json if response.data else None
        png = base64.b64decode(encoded or "")
        raw_usage = response.usage.to_dict() if response.usage else {}
        spent = Spent(usage_of_image(response.usage), raw_usage)
        if not png.startswith(_PNG):
            raise CallFailedError("cut", spent=spent)
        return Answer(png, spent.usage, spent.raw_usage)

    async def _speak(self, request: SpeechRequest) -> Answer:
        response = await self._client.audio.speech.create(
            model=request.model,
            voice=VOICE,
            input=request.text,
            instructions=_instructions(request),
            response_format="wav",
        )
        wav = await response.aread()
        if not wav.startswith(_RIFF):
            raise CallFailedError("cut")
        characters = len(request.text)
        # a WAV has no room for usage: the text's length is what is known
        return Answer(sized(wav), Usage(characters=characters), {"characters": characters})

    async def _embed(self, request: EmbeddingRequest) -> Answer:
        response = await self._client.embeddings.create(
            model=request.model, input=list(request.texts)
        )
        vectors = [each.embedding for each in sorted(response.data, key=lambda each: each.index)]
        usage = Usage(input_fresh=response.usage.prompt_tokens)
        spent = Spent(usage, response.usage.to_dict())
        if len(vectors) != len(request.texts):
            raise CallFailedError("cut", spent=spent)
        return Answer(vectors, spent.usage, spent.raw_usage, model=response.model)


async def _streamed(stream: openai.AsyncStream[ChatCompletionChunk], on_text: TextSink) -> Answer:
    """Return the whole answer; the last chunk of a stream, without a choice, has the usage."""
    text, model, reason, refused, usage = "", "", "", False, None
    async with stream:
        async for chunk in stream:
            usage = chunk.usage or usage
            model = chunk.model or model
            for choice in chunk.choices:
                reason = choice.finish_reason or reason
                refused = refused or bool(choice.delta.refusal)
                if choice.delta.content:
                    text += choice.delta.content
                    await on_text(choice.delta.content)
    spent = UNKNOWN if usage is None else Spent(usage_of(usage), usage.to_dict())
    if not reason or usage is None:
        raise CallFailedError("cut", spent=spent)
    stop = "refusal" if refused else _STOPS.get(reason, "end")
    written = Written(text=text, stop=stop)
    return Answer(written, spent.usage, spent.raw_usage, model=model)


def _system(request: TextRequest) -> list[ChatCompletionMessageParam]:
    return [{"role": "system", "content": request.system}] if request.system else []


def _param(turn: Turn) -> ChatCompletionMessageParam:
    if turn.role == "user":
        return {"role": "user", "content": turn.text}
    return {"role": "assistant", "content": turn.text}


def _schema_of(request: TextRequest) -> JSONSchema:
    """Return the strict schema of the answer, as the SDK makes it for a function."""
    function = openai.pydantic_function_tool(request.returns)["function"]
    return {
        "name": function["name"],
        "schema": dict(function.get("parameters", {})),
        "strict": True,
    }


def _instructions(request: SpeechRequest) -> str | openai.Omit:
    """Name the language, to models that can be told: the first ones cannot."""
    if request.model.startswith("tts-1"):
        return openai.omit
    return f"Speak clearly and naturally, in the language with the ISO code {request.language}."


def size_for(width: int, height: int) -> Size:
    """Return the size whose shape is nearest to what is asked."""
    asked = math.log(width / height)
    return min(_SIZES, key=lambda size: abs(math.log(_SIZES[size]) - asked))


def usage_of(usage: CompletionUsage) -> Usage:
    """Return disjoint buckets: the cached is inside the prompt, reasoning inside the answer."""
    given, made = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = _part(given.cached_tokens if given else 0, usage.prompt_tokens)
    reasoning = _part(made.reasoning_tokens if made else 0, usage.completion_tokens)
    audio = _part(made.audio_tokens if made else 0, usage.completion_tokens - reasoning)
    return Usage(
        input_fresh=usage.prompt_tokens - cached,
        cache_read=cached,
        output=usage.completion_tokens - reasoning - audio,
        output_audio=audio,
        reasoning=reasoning,
    )


def usage_of_image(usage: ImageUsage | None) -> Usage:
    """Return disjoint buckets; what is not told apart was spent on the picture."""
    if usage is None:
        return Usage(images=1)
    given, made = usage.input_tokens_details, usage.output_tokens_details
    pictures = _part(given.image_tokens, usage.input_tokens)
    text = _part(made.text_tokens if made else 0, usage.output_tokens)
    return Usage(
        input_fresh=usage.input_tokens - pictures,
        input_image=pictures,
        output=text,
        output_image=usage.output_tokens - text,
        images=1,
    )


def _part(tokens: int | None, total: int) -> int:
    """Return a part of `total`; a provider that reports more has only the total right."""
    return min(tokens or 0, total)


def sized(wav: bytes) -> bytes:
    """Write the real sizes into a WAV's header: a streamed one claims to be endless."""
    at = wav.find(b"data", len(_RIFF) + 4)
    if at < 0:
        return wav
    real = len(wav) - at - 8
    if struct.unpack_from("<I", wav, at + 4)[0] <= real:
        return wav
    patched = bytearray(wav)
    struct.pack_into("<I", patched, len(_RIFF), len(wav) - 8)
    struct.pack_into("<I", patched, at + 4, real)
    return bytes(patched)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Say a failure of the SDK in our own words, without what it quotes."""
    try:
        yield
    except openai.APIStatusError as error:
        code = error.code or error.type or ""
        wait = retry_after_of(error.response.headers)
        raise CallFailedError(
            cause_of(error.status_code, code),
            status=error.status_code,
            code=code,
            retry_after_s=wait,
        ) from None
    except (openai.APIConnectionError, httpx2.HTTPError) as error:
        raise lost(error) from None
    except (openai.APIError, *_ODD) as error:
        raise CallFailedError("cut", code=type(error).__name__) from None
