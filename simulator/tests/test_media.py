"""Pictures, speech and embeddings are real files and vectors."""

import asyncio
import base64
import io
import math
import wave

import openai
import pytest
from PIL import Image

from simulator.picture.painting import paint
from simulator.providers.openai_media import picture_tokens

KOREAN = "바닷물이 짠 것은 강물이 아주 오랜 시간 바위의 소금기를 실어 왔기 때문입니다."
ENGLISH = "The sea is salty because rivers have carried minerals into it for ages."


def picture_of(encoded: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def seconds_of(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as sound:
        return sound.getnframes() / sound.getframerate()


async def speak(gpt: openai.AsyncOpenAI, text: str, **more) -> bytes:
    response = await gpt.audio.speech.create(
        model="gpt-4o-mini-tts", voice="alloy", input=text, response_format="wav", **more
    )
    return await response.aread()


@pytest.mark.parametrize("size", ["1024x1024", "1024x1536", "1536x1024"])
async def test_a_picture_is_a_png_of_the_size_asked_for(gpt, size):
    made = await gpt.images.generate(
        model="gpt-image-1.5", prompt="a starry night", size=size, quality="low"
    )

    picture = picture_of(made.data[0].b64_json)
    assert picture.format == "PNG"
    assert f"{picture.width}x{picture.height}" == made.size == size
    assert made.usage.output_tokens in {272, 408, 400}
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens


async def test_several_pictures_differ_and_cost_as_many_times(gpt):
    asked = {"model": "gpt-image-2", "prompt": "a starry night", "size": "512x512"}
    one = await gpt.images.generate(**asked, quality="medium")
    two = await gpt.images.generate(**asked, quality="medium", n=2, output_format="jpeg")

    assert len({picture.b64_json for picture in two.data}) == 2
    assert picture_of(two.data[0].b64_json).format == "JPEG"
    assert two.usage.output_tokens == 2 * one.usage.output_tokens


def test_different_prompts_are_painted_differently_and_the_same_one_alike():
    prompts = ("바다 위의 보름달", "a forest path", "a rising chart of coins", "커피 한 잔")
    made = {paint(prompt, (192, 256)) for prompt in prompts}

    assert len(made) == len(prompts)
    assert paint(prompts[0], (192, 256)) in made


def test_a_picture_carries_its_mark_and_its_prompt():
    plain = Image.open(io.BytesIO(paint("…", (320, 480), seed=3)))
    corner = plain.crop((200, 20, 290, 60))

    assert max(low for low, _ in corner.convert("RGB").getextrema()) < 60
    assert all(high == 255 for _, high in corner.convert("RGB").getextrema())


@pytest.mark.parametrize(
    ("model", "size"), [("gpt-image-1", "1080x1920"), ("gpt-image-2", "1080x1920"), ("x", "big")]
)
async def test_a_size_the_model_does_not_make_is_refused(gpt, model, size):
    with pytest.raises(openai.BadRequestError, match=size) as caught:
        await gpt.images.generate(model=model, prompt="a tree", size=size)
    assert caught.value.param == "size"


def test_later_models_count_tokens_by_area():
    assert picture_tokens("gpt-image-2", "high", (1024, 1024)) == 7024
    assert picture_tokens("gpt-image-2", "high", (1536, 1024)) == 5488
    assert picture_tokens("gpt-image-2", "medium", (1024, 1536)) == 1372


@pytest.mark.parametrize(("text", "low", "high"), [(KOREAN, 5, 9), (ENGLISH, 3.5, 7)])
async def test_speech_is_a_wav_of_the_length_a_person_would_need(gpt, text, low, high):
    assert low < seconds_of(await speak(gpt, text)) < high


async def test_speech_is_faster_on_demand_and_voices_differ(gpt):
    usual, fast = await asyncio.gather(speak(gpt, KOREAN), speak(gpt, KOREAN, speed=1.5))

    assert seconds_of(fast) < 0.8 * seconds_of(usual)


async def test_the_same_text_sounds_the_same_whatever_was_said_before(gpt):
    first = await speak(gpt, KOREAN)
    await speak(gpt, ENGLISH)

    assert await speak(gpt, KOREAN) == first


async def test_streamed_speech_tells_its_usage(http):
    body = {
        "model": "gpt-4o-mini-tts",
        "voice": "nova",
        "input": ENGLISH,
        "response_format": "wav",
        "stream_format": "sse",
    }
    response = await http.post("/openai/v1/audio/speech", json=body)

    assert "speech.audio.delta" in response.text
    assert '"total_tokens":' in response.text.splitlines()[-2]


@pytest.mark.parametrize("asked", [{"response_format": "mp3"}, {"input": "가" * 5000}])
async def test_speech_that_is_not_simulated_is_refused(gpt, asked):
    body = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "a", "response_format": "wav"}

    with pytest.raises(openai.BadRequestError, match=r"mp3|5000"):
        await gpt.audio.speech.create(**body | asked)


def nearness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_similar_texts_have_near_vectors(gpt):
    texts = [
        "커피를 마시면 잠이 오지 않는 이유",
        "카페인과 수면",
        "커피가 잠을 쫓는 까닭",
        "조선왕조실록의 기록",
    ]
    made = await gpt.embeddings.create(model="text-embedding-3-small", input=texts)

    asked, related, close, other = (each.embedding for each in made.data)
    unrelated = nearness(asked, other)
    assert min(nearness(asked, close), nearness(asked, related)) > unrelated + 0.2
    assert all(math.isclose(nearness(v, v), 1, abs_tol=1e-5) for v in (asked, related))
    assert made.usage.total_tokens == made.usage.prompt_tokens > 10


async def test_vectors_come_in_the_form_and_length_asked_for(gpt):
    asked = {"model": "text-embedding-3-small", "input": "바다"}
    floats = await gpt.embeddings.create(**asked, encoding_format="float", dimensions=256)
    packed = await gpt.embeddings.create(**asked, dimensions=256)
    large = await gpt.embeddings.create(model="text-embedding-3-large", input=[[1, 2, 3]])

    assert len(floats.data[0].embedding) == 256
    assert packed.data[0].embedding == pytest.approx(floats.data[0].embedding, abs=1e-6)
    assert len(large.data[0].embedding) == 3072


@pytest.mark.parametrize("given", ["", [], [""], [None]])
async def test_an_empty_embedding_input_is_refused(http, given):
    response = await http.post(
        "/openai/v1/embeddings", json={"model": "text-embedding-3-small", "input": given}
    )

    assert response.status_code == 400
