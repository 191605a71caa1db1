"""The length of a recording is counted, not believed."""

from io import BytesIO

import pytest

from agentkit import StepRejectedError
from media.narration import length_ms


def test_counts_the_samples(speak) -> None:
    assert length_ms(speak(1.2345), scene=1) == 1235


def test_counts_the_samples_of_a_stream_without_a_length(speak) -> None:
    recording = bytearray(speak(0.5))
    at = recording.index(b"data") + 4
    recording[at : at + 4] = b"\xff\xff\xff\xff"
    recording[4:8] = b"\xff\xff\xff\xff"

    assert length_ms(bytes(recording), scene=1) == 500


@pytest.mark.parametrize("broken", [b"", b"ID3 this is no wave", b"RIFF\x04\0\0\0WAVE"])
def test_refuses_what_is_no_wav_and_names_the_scene(broken: bytes) -> None:
    with pytest.raises(StepRejectedError, match=r"narration of scene 3 .*YAA_MODELS__SPEECH"):
        length_ms(broken, scene=3)


def test_refuses_silence_of_no_length(speak) -> None:
    with pytest.raises(StepRejectedError, match="narration of scene 2 is empty"):
        length_ms(speak(0), scene=2)


def test_refuses_a_wav_that_is_cut_off_in_its_header(speak) -> None:
    with pytest.raises(StepRejectedError, match="scene 1"):
        length_ms(BytesIO(speak(1)).read(30), scene=1)
