"""Recordings and pictures as models would make them."""

import math
import wave
from array import array
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

type Speak = Callable[[float], bytes]
type Draw = Callable[..., bytes]

RATE = 8000


@pytest.fixture
def speak() -> Speak:
    """Return a function that makes a WAV with a tone of so many seconds."""

    def recording(seconds: float, *, loudness: int = 4000) -> bytes:
        tone = array("h", (round(loudness * math.sin(n / 6)) for n in range(round(seconds * RATE))))
        file = BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            writer.writeframes(tone.tobytes())
        return file.getvalue()

    return recording


@pytest.fixture
def draw() -> Draw:
    """Return a function that makes a PNG of one colour, or of `noise`."""

    def picture(colour: str = "navy", size: tuple[int, int] = (90, 160)) -> bytes:
        is_noise = colour == "noise"
        made = Image.effect_noise(size, 80) if is_noise else Image.new("RGB", size, colour)
        file = BytesIO()
        made.save(file, "PNG")
        return file.getvalue()

    return picture
