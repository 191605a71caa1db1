"""How long a recording really is."""

import wave
from io import BytesIO

from agentkit import StepRejectedError


def length_ms(recording: bytes, *, scene: int) -> int:
    """Return the length of a WAV in milliseconds, rounded up.

    Counts the samples that are there: speech services that stream put no length into the header.

    Raises:
        StepRejectedError: the recording of scene number `scene` is no WAV or holds nothing.
    """
    try:
        with wave.open(BytesIO(recording)) as reader:
            frame_bytes: int = reader.getnchannels() * reader.getsampwidth()
            samples = len(reader.readframes(reader.getnframes())) // frame_bytes
            rate: int = reader.getframerate()
    except (wave.Error, EOFError) as error:
        raise StepRejectedError(
            f"the narration of scene {scene} is no readable WAV ({error or 'it ends too early'}): "
            "check that the speech model answers with WAV (YAA_MODELS__SPEECH)"
        ) from error
    if not samples:
        raise StepRejectedError(
            f"the narration of scene {scene} is empty: change what the scene says"
        )
    return -(-samples * 1000 // rate)
