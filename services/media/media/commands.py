"""What ffmpeg is told to do, as arguments. Pure; files are named relative to the work folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from media import filters
from media.filters import Format, Loudness
from media.timeline import Piece, Timeline, frames

SUBTITLES, FONTS = "subtitles.ass", "fonts"
VOICE, PIECES, VIDEO = "voice.m4a", "pieces.txt", "video.mp4"

_SECONDS_BETWEEN_KEYS = 2
_ONE_THREAD = ("-filter_threads", "1", "-filter_complex_threads", "1", "-threads", "1")


@dataclass(frozen=True, slots=True)
class Encoding:
    preset: str
    crf: int
    form: Format


def piece_name(number: int) -> str:
    return f"piece-{number:03}.mp4"


def piece(
    number: int, piece: Piece, timeline: Timeline, pictures: Sequence[str], encoding: Encoding
) -> list[str]:
    """Encode one piece without sound, in one thread: pieces run side by side."""
    shown = pictures[piece.scene : piece.scene + (2 if piece.fades else 1)]
    fps = encoding.form.fps
    graph = filters.picture(piece, timeline, encoding.form, subtitles=SUBTITLES, fonts=FONTS)
    return [
        *_ONE_THREAD,
        *_inputs(shown, "-threads", "1"),
        *("-filter_complex", graph, "-map", "[v]"),
        *("-frames:v", str(frames(piece.span.length_ms, fps)), "-r", str(fps)),
        *("-c:v", "libx264", "-preset", encoding.preset, "-crf", str(encoding.crf)),
        *("-g", str(_SECONDS_BETWEEN_KEYS * fps), "-threads", "1"),
        piece_name(number),
    ]


def measure_voice(timeline: Timeline, recordings: Sequence[str]) -> list[str]:
    """Measure the loudness of the whole voice; the figures come on stderr as JSON."""
    graph = filters.measured_voice(timeline)
    return [
        *("-loglevel", "info"),
        *_inputs(recordings),
        *("-filter_complex", graph, "-map", "[voice]", "-f", "null", "-"),
    ]


def voice(timeline: Timeline, recordings: Sequence[str], loudness: Loudness | None) -> list[str]:
    """Encode the whole voice, brought to the loudness that is usual where it has any."""
    graph = filters.voice(timeline, loudness)
    return [
        *_inputs(recordings),
        *("-filter_complex", graph, "-map", "[voice]", "-c:a", "aac", "-b:a", "160k", VOICE),
    ]


def pieces_list(count: int) -> str:
    """Return the text of the file that `join` reads."""
    return "".join(f"file {piece_name(number)}\n" for number in range(count))


def join(title: str) -> list[str]:
    """Put the pieces and the voice together as they are, in an MP4 that starts at once."""
    return [
        *("-f", "concat", "-i", PIECES, "-i", VOICE, "-map", "0:v", "-map", "1:a"),
        *("-c", "copy", "-metadata", f"title={title}", "-movflags", "+faststart", VIDEO),
    ]


def _inputs(files: Iterable[str], *options: str) -> list[str]:
    return [argument for file in files for argument in (*options, "-i", file)]
