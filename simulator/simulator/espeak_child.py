"""Speaks standard input as a WAV to standard output. Run alone: it imports nothing of ours.

Usage: python espeak_child.py LIBRARY DATA VOICE RATE
"""

import ctypes
import io
import sys
import wave
from collections.abc import Callable
from typing import Any

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE = 1
_BYTES_PER_SAMPLE = 2
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main(library: str, data: str, voice: str, rate: int, text: bytes) -> bytes:
    espeak = ctypes.CDLL(library)
    sample_rate = espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0)
    sound = list[bytes]()
    collect = _CALLBACK(_collector(sound))
    espeak.espeak_SetSynthCallback(collect)
    if espeak.espeak_SetVoiceByName(voice.encode()):
        raise SystemExit(f"no voice {voice!r}")
    espeak.espeak_SetParameter(_RATE, rate, 0)
    espeak.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
    return _wav_of(b"".join(sound), sample_rate)


def _collector(sound: list[bytes]) -> Callable[[Any, int, Any], int]:
    def collect(samples: Any, count: int, _events: Any) -> int:  # noqa: ANN401, C pointers
        if samples and count:
            sound.append(ctypes.string_at(samples, count * _BYTES_PER_SAMPLE))
        return 0

    return collect


def _wav_of(sound: bytes, sample_rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(_BYTES_PER_SAMPLE)
        out.setframerate(sample_rate)
        out.writeframes(sound)
    return file.getvalue()


if __name__ == "__main__":
    _library, _data, _voice, _words = sys.argv[1:]
    sys.stdout.buffer.write(main(_library, _data, _voice, int(_words), sys.stdin.buffer.read()))
