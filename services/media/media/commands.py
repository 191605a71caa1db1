"""What ffmpeg is told to do, as arguments. Pure; files are named relative to the work folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from media import filters
from media.filters import FONTS, STANDING_TEXTS, Format
from media.lettering import Lettering
from media.timeline import Piece, Timeline, frames

VOICE, PIECES, VIDEO = "voice.m4a", "pieces.txt", "video.mp4"

_SECONDS_BETWEEN_KEYS = 2
_X264 = "bframes=7:b-adapt=0:scenecut=0"
"""Pieces hold a slow zoom and no cut: x264 need not look for where to put which frames, and most of
them predicted from both sides take fewer bits and less time than at the preset's three."""
_ONE_THREAD = ("-filter_threads", "1", "-filter_complex_threads", "1", "-threads", "1")


@dataclass(frozen=True, slots=True)
class Encoding:
    preset: str
    crf: int
    form: Format


@dataclass(frozen=True, slots=True)
class Montage:
    """What all pieces of a video share; the squares of its pictures are there already."""

    timeline: Timeline
    lettering: Lettering
    encoding: Encoding


def piece_name(number: int) -> str:
    return f"piece-{number:03}.mp4"


def squares_name(scene: int) -> str:
    return f"squares-{scene:03}.nut"


def squares(scene: int, picture: str, form: Format) -> list[str]:
    """Make the picture of a scene ready to zoom, once for all pieces that show it."""
    return [
        *_ONE_THREAD,
        *_inputs([picture], "-threads", "1"),
        *("-filter_complex", filters.squares(form), "-map", "[v]"),
        *("-c:v", "rawvideo", squares_name(scene)),
    ]


def drawings(number: int) -> tuple[str, str]:
    """Return the names of what `draw_texts` makes of a text: over black and over white."""
    return f"black-{number}.tga", f"white-{number}.tga"


def draw_texts(count: int, form: Format) -> list[str]:
    """Draw the texts that stand still, each alone, over black and over white."""
    ground = f"size={form.width}x{form.height}:rate=1:duration={count},format=rgb24"
    text = f"subtitles={STANDING_TEXTS}:fontsdir={FONTS}"
    graph = ";".join(f"color={colour}:{ground},{text}[{colour}]" for colour in ("black", "white"))
    return [
        *_ONE_THREAD,
        *("-filter_complex", graph),
        *("-map", "[black]", "-start_number", "0", "black-%d.tga"),
        *("-map", "[white]", "-start_number", "0", "white-%d.tga"),
    ]


def piece(number: int, piece: Piece, montage: Montage) -> list[str]:
    """Encode one piece without sound, in one thread: pieces run side by side."""
    encoding, fps = montage.encoding, montage.encoding.form.fps
    lettering = montage.lettering.within(piece.span)
    scenes = range(piece.scene, piece.scene + (2 if piece.fades else 1))
    files = [*map(squares_name, scenes), *(stamp.file for stamp in lettering.stamps)]
    graph = filters.picture(piece, montage.timeline, encoding.form, lettering)
    return [
        *_ONE_THREAD,
        *_inputs(files, "-threads", "1"),
        *("-filter_complex", graph, "-map", "[v]"),
        *("-frames:v", str(frames(piece.span.length_ms, fps)), "-r", str(fps)),
        *("-c:v", "libx264", "-preset", encoding.preset, "-crf", str(encoding.crf)),
        *("-x264-params", _X264),
        *("-g", str(_SECONDS_BETWEEN_KEYS * fps), "-threads", "1"),
        piece_name(number),
    ]


def measure_voice(timeline: Timeline, recordings: Sequence[str]) -> list[str]:
    """Measure the loudness of the whole voice; the figure comes on stderr."""
    graph = filters.measured_voice(timeline)
    return [
        *("-loglevel", "info"),
        *_inputs(recordings),
        *("-filter_complex", graph, "-map", "[voice]", "-f", "null", "-"),
    ]


def voice(timeline: Timeline, recordings: Sequence[str], loudness: float | None) -> list[str]:
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
