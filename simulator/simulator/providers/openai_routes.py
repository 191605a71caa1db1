"""The paths of the OpenAI API."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from simulator.desk import Exchange, desk_of
from simulator.errors import ProviderError, bad_request
from simulator.picture.formats import Format
from simulator.providers import counts
from simulator.providers import openai_chat as chat
from simulator.providers import openai_media as media
from simulator.providers import openai_responses as responses
from simulator.reply import Sale, answer, file_answer, stream
from simulator.settings import SimulatorSettings
from simulator.speech import SAMPLE_RATE, SpeechError, spoken
from simulator.wire import Json

_WAV_HEADER = 44
_WAV_BYTES_PER_S = SAMPLE_RATE * 2


router = APIRouter(prefix="/openai/v1", tags=["openai"])


@router.post("/chat/completions")
async def create_completion(request: Request) -> Response:
    desk = desk_of(request)
    exchange = await desk.receive(request, "openai")
    written = chat.write(exchange, desk.settings.seed)
    usage = counts.of_completion(chat.usage_of(exchange.body, written))
    if not exchange.body.get("stream"):
        return answer(exchange, chat.completion_of(exchange, written), usage)
    return stream(exchange, chat.chunks_of(exchange, written), written.chars, Sale(usage))


@router.post("/responses")
async def create_response(request: Request) -> Response:
    desk = desk_of(request)
    exchange = await desk.receive(request, "openai")
    written = responses.write(exchange, desk.settings.seed)
    response = responses.response_of(exchange, written)
    usage = counts.of_response(response["usage"])
    if not exchange.body.get("stream"):
        return answer(exchange, response, usage)
    return stream(exchange, responses.events_of(exchange, written), written.chars, Sale(usage))


@router.post("/embeddings")
async def create_embeddings(request: Request) -> Response:
    exchange = await desk_of(request).receive(request, "openai")
    _refuse_if_asked(exchange)
    body = await asyncio.to_thread(media.embeddings_body, exchange.body)
    return answer(exchange, body, counts.of_embeddings(body["usage"]))


@router.post("/images/generations")
async def create_images(request: Request) -> Response:
    desk = desk_of(request)
    exchange = await desk.receive(request, "openai")
    size = media.size_of(exchange.body)
    media.check_picture(exchange.body)
    if exchange.has_fault("refusal"):
        raise media.refused_picture(exchange)
    files = await asyncio.to_thread(_painted, exchange.body, size, desk.settings)
    body = media.pictures_body(exchange, files, size)
    return answer(exchange, body, counts.of_pictures(body["usage"], len(files)))


@router.post("/audio/speech")
async def create_speech(request: Request) -> Response:
    exchange = await desk_of(request).receive(request, "openai")
    text = media.checked_speech(exchange.body)
    _refuse_if_asked(exchange)
    wav = await _speak(exchange.body, text)
    usage = counts.of_speech(text)
    if exchange.body.get("stream_format") != "sse":
        return file_answer(exchange, wav, "audio/wav", usage)
    seconds = (len(wav) - _WAV_HEADER) / _WAV_BYTES_PER_S
    events = media.speech_events(exchange.body, wav, seconds)
    return stream(exchange, events, len(text), Sale(usage))


def _refuse_if_asked(exchange: Exchange) -> None:
    if exchange.has_fault("refusal"):
        raise bad_request("openai", "Your request was rejected by the safety system.", "input")


async def _speak(body: Json, text: str) -> bytes:
    try:
        return await spoken(text, voice=str(body.get("voice")), speed=float(body.get("speed") or 1))
    except (SpeechError, TimeoutError) as error:
        raise ProviderError("openai", 500, "server_error", str(error) or "no sound") from error


def _painted(body: Json, size: tuple[int, int], settings: SimulatorSettings) -> list[bytes]:
    from simulator.picture.painting import paint  # noqa: PLC0415, the first picture pays for Pillow

    form: Format = body.get("output_format") or "png"
    seeds = range(settings.seed, settings.seed + int(body.get("n") or 1))
    return [
        paint(body["prompt"], size, seed=seed, form=form, font=settings.font_path) for seed in seeds
    ]
