"""Spoken text as a WAV, by espeak-ng.

A fresh child process speaks each text: the library is global state and what it says depends on
what it said before, so that no two calls of one process give the same bytes (espeak-ng 1.52).
A child starts and speaks a sentence in 20 ms.
"""

import asyncio
import functools
import sys
from pathlib import Path

from simulator.content.korean import is_korean

RATES = {"ko": 170, "en-us": 160}
"""Words per minute as espeak counts them: 6.9 Korean or 16.5 English characters a second."""

SAMPLE_RATE = 22_050
_FASTEST = 450
_SLOWEST = 80
_USUAL_VARIANT = "f1"
_VARIANTS = {
    "alloy": "f1", "ash": "m3", "ballad": "m1", "cedar": "m7", "coral": "f4", "echo": "m2",
    "fable": "m5", "marin": "Annie", "nova": "linda", "onyx": "m6", "sage": "belinda",
    "shimmer": "Andrea", "verse": "m4",
}  # fmt: skip
"""Variants without an echo: espeak-ng does not clear the memory it echoes from (f2, f3, f5)."""

_CHILD = Path(__file__).with_name("espeak_child.py")
_TIMEOUT_S = 30


class SpeechError(RuntimeError):
    """The text could not be spoken."""


async def spoken(text: str, *, voice: str, speed: float) -> bytes:
    """Return a WAV of `text`, Korean if it has any Hangul, English otherwise.

    Args:
        text: What to say.
        voice: One of OpenAI's names; each has a voice of its own.
        speed: 1 is the usual speed.

    Raises:
        SpeechError: espeak-ng failed.
    """
    language = "ko" if is_korean(text) else "en-us"
    rate = max(_SLOWEST, min(_FASTEST, round(RATES[language] * speed)))
    library, data = _paths()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(_CHILD), library, data,
        f"{language}+{_VARIANTS.get(voice, _USUAL_VARIANT)}", str(rate),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            wav, problem = await child.communicate(text.encode())
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not wav:
        raise SpeechError(f"espeak-ng could not speak: {problem.decode().strip() or 'no sound'}")
    return wav


@functools.cache
def _paths() -> tuple[str, str]:
    # the first speech pays for the import, not every start
    import espeakng_loader  # type: ignore[import-untyped]  # noqa: PLC0415

    return espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
