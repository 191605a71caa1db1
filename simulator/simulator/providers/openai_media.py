"""OpenAI's pictures, speech and embeddings."""

import base64
import re
from collections.abc import Iterator, Sequence

from simulator.desk import Exchange
from simulator.embedding import packed, vector_of
from simulator.errors import ProviderError, bad_request
from simulator.picture.formats import FORMATS
from simulator.tokens import count_tokens
from simulator.wire import CREATED_AT, Json, dumped

SPEECH_MAX_CHARS = 4096
EMBEDDING_MAX_INPUTS = 2048

_FIXED_SIZES = ("1024x1024", "1024x1536", "1536x1024")
_FIXED_SIZE_MODELS = ("gpt-image-1", "chatgpt-image")
_FIXED_TOKENS = {
    "low": {"1024x1024": 272, "1024x1536": 408, "1536x1024": 400},
    "medium": {"1024x1024": 1056, "1024x1536": 1584, "1536x1024": 1568},
    "high": {"1024x1024": 4160, "1024x1536": 6240, "1536x1024": 6208},
}
_QUALITY_FACTORS = {"low": 16, "medium": 48, "high": 96, "xhigh": 144, "max": 192}
_MAX_EDGE, _MAX_SHAPE, _EDGE_STEP = 3840, 3, 16
_DIMENSIONS = {"text-embedding-3-large": 3072}
_AUDIO_TOKENS_PER_S = 20


def size_of(body: Json) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises:
        ProviderError: the model does not make pictures of this size.
    """
    size = str(body.get("size") or "auto")
    size = "1024x1024" if size == "auto" else size
    model = str(body.get("model") or "")
    if model.startswith(_FIXED_SIZE_MODELS) and size not in _FIXED_SIZES:
        supported = ", ".join(f"'{each}'" for each in _FIXED_SIZES)
        message = f"Invalid value: '{size}'. Supported values are: {supported}, and 'auto'."
        raise ProviderError(
            "openai", 400, "invalid_request_error", message, "size", "invalid_value"
        )
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", size)
    if match is None or not _is_drawable(int(match[1]), int(match[2])):
        raise bad_request(
            "openai",
            f"Invalid size '{size}'. Width and height must both be divisible by {_EDGE_STEP}, "
            f"at most {_MAX_EDGE}, and no more than {_MAX_SHAPE} to 1.",
            "size",
        )
    return int(match[1]), int(match[2])


def check_picture(body: Json) -> None:
    """Refuse what cannot be drawn.

    Raises:
        ProviderError: something the API does not take, or the simulator does not make.
    """
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise bad_request("openai", "Missing required parameter: 'prompt'.", "prompt")
    form = str(body.get("output_format") or "png")
    if form not in FORMATS:
        raise bad_request("openai", f"output_format {form!r} is not simulated", "output_format")
    if body.get("stream"):
        raise bad_request("openai", "streamed pictures are not simulated", "stream")
    if not 1 <= int(body.get("n") or 1) <= 10:  # noqa: PLR2004, the API's own limit
        raise bad_request("openai", "n must be between 1 and 10", "n")


def refused_picture(exchange: Exchange) -> ProviderError:
    return ProviderError(
        "openai",
        400,
        "image_generation_user_error",
        "Your request was rejected by the safety system. If you believe this is an error, "
        f"contact us and include the request ID {exchange.name('req_sim')}.",
        code="moderation_blocked",
    )


def pictures_body(exchange: Exchange, files: Sequence[bytes], size: tuple[int, int]) -> Json:
    body = exchange.body
    quality = _quality(body)
    return {
        "created": CREATED_AT,
        "background": "opaque",
        "data": [{"b64_json": base64.b64encode(file).decode()} for file in files],
        "output_format": body.get("output_format") or "png",
        "quality": quality,
        "size": f"{size[0]}x{size[1]}",
        "usage": picture_usage(body, size, len(files)),
    }


def picture_usage(body: Json, size: tuple[int, int], count: int) -> Json:
    """Return tokens as OpenAI counts them: by size and quality, each picture on its own."""
    text = count_tokens(str(body["prompt"]))
    image = picture_tokens(str(body.get("model") or ""), _quality(body), size) * count
    return {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens": image,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": image},
        "total_tokens": text + image,
    }


def picture_tokens(model: str, quality: str, size: tuple[int, int]) -> int:
    """Return the output tokens of one picture.

    Source:
        The published table for the gpt-image-1 family; for later models the formula of
        OpenAI's price calculator (community.openai.com/t/1382699).
    """
    table = _FIXED_TOKENS.get(quality, _FIXED_TOKENS["high"])
    name = f"{size[0]}x{size[1]}"
    if model.startswith(_FIXED_SIZE_MODELS) and name in table:
        return table[name]
    long, short = max(size), min(size)
    factor = _QUALITY_FACTORS[quality]
    across = (2 * factor * short + long) // (2 * long)
    return -(-factor * across * (2_000_000 + long * short) // 4_000_000)


def checked_speech(body: Json) -> str:
    """Return the text to speak.

    Raises:
        ProviderError: something the API does not take, or the simulator does not make.
    """
    text = body.get("input")
    if not isinstance(text, str) or not text.strip():
        raise bad_request("openai", "Missing required parameter: 'input'.", "input")
    if len(text) > SPEECH_MAX_CHARS:
        message = f"input has {len(text)} characters, at most {SPEECH_MAX_CHARS} are allowed"
        raise bad_request("openai", message, "input")
    form = body.get("response_format") or "mp3"
    if form != "wav":
        message = f"response_format {form!r} is not simulated: ask for 'wav'"
        raise bad_request("openai", message, "response_format")
    return text


def speech_events(body: Json, wav: bytes, seconds: float) -> Iterator[bytes]:
    """Give a WAV as server-sent events; the last one has the usage."""
    size = 24_000
    for start in range(0, len(wav), size):
        audio = base64.b64encode(wav[start : start + size]).decode()
        yield _sse({"type": "speech.audio.delta", "audio": audio})
    text = count_tokens(f"{body['input']} {body.get('instructions') or ''}")
    audio_tokens = max(1, round(seconds * _AUDIO_TOKENS_PER_S))
    usage = {
        "input_tokens": text,
        "output_tokens": audio_tokens,
        "total_tokens": text + audio_tokens,
    }
    yield _sse({"type": "speech.audio.done", "usage": usage})


def embeddings_body(body: Json) -> Json:
    """Return one vector for each input.

    Raises:
        ProviderError: the input is missing, empty or too large.
    """
    texts = _inputs_of(body)
    dimensions = int(body.get("dimensions") or _DIMENSIONS.get(str(body.get("model")), 1536))
    vectors = [vector_of(text, dimensions) for text in texts]
    packs = body.get("encoding_format") == "base64"
    tokens = sum(max(1, count_tokens(text)) for text in texts)
    return {
        "object": "list",
        "model": body.get("model"),
        "data": [
            {"object": "embedding", "index": n, "embedding": packed(each) if packs else each}
            for n, each in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _inputs_of(body: Json) -> list[str]:
    given = body.get("input")
    items = given if isinstance(given, list) else [given]
    if items and all(isinstance(item, int) for item in items):
        items = [items]
    texts = [item if isinstance(item, str) else dumped(item) for item in items]
    if not items or None in items or "" in texts:
        raise bad_request("openai", "'input' must be a text or texts that are not empty", "input")
    if len(texts) > EMBEDDING_MAX_INPUTS:
        message = f"'input' has {len(texts)} texts, at most {EMBEDDING_MAX_INPUTS} are allowed"
        raise bad_request("openai", message, "input")
    return texts


def _quality(body: Json) -> str:
    quality = str(body.get("quality") or "auto")
    return quality if quality in _QUALITY_FACTORS else "medium"


def _is_drawable(width: int, height: int) -> bool:
    shape = max(width, height) / max(1, min(width, height))
    steps = width % _EDGE_STEP == 0 and height % _EDGE_STEP == 0
    return steps and 0 < max(width, height) <= _MAX_EDGE and shape <= _MAX_SHAPE


def _sse(data: Json) -> bytes:
    return f"event: {data['type']}\ndata: {dumped(data)}\n\n".encode()
