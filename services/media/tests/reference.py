"""How a video should look: the picture of each piece at full chroma, and nothing encoded.

Slow and plain on purpose. It shares the timeline with the renderer and none of its filters, so
that what makes those faster can be held against it.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from media.filters import FONTS, Format
from media.render import Footage
from media.timeline import FADE_MS, Piece, Span, Timeline, frames

_SUBTITLES = "reference.ass"
_SIDE = 1.8
_ZOOM = 0.1
_ZOOM_MAX = 0.18


def likeness(footage: Footage, video: Path, fps: int) -> float:
    """Return the SSIM of `video` with its reference, over all its frames: 1 is the same."""
    write_subtitles(footage)
    folder, timeline, pictures = footage.folder, footage.timeline, footage.pictures
    form, total = Format(*footage.size, fps), 0.0
    for piece in timeline.pieces():
        shown = pictures[piece.scene : piece.scene + (2 if piece.fades else 1)]
        start, length = (ms / 1000 for ms in (piece.span.start_ms, piece.span.length_ms))
        part = ["-ss", f"{start:g}", "-t", f"{length:g}", "-i", str(video)]
        graph = (
            f"{graph_of(piece, timeline, form)};[{len(shown)}:v]setpts=PTS-STARTPTS[video];"
            f"[reference]settb=1/{form.fps},setpts=N[counted];"
            f"[video]settb=1/{form.fps},setpts=N[made];[made][counted]ssim=shortest=1"
        )
        total += _ssim(folder, [*_inputs(shown), *part, "-lavfi", graph], piece, form)
    return total / frames(timeline.total_ms, form.fps)


def write_subtitles(footage: Footage) -> None:
    (footage.folder / _SUBTITLES).write_text(footage.styled_subtitles, encoding="utf-8")


def graph_of(piece: Piece, timeline: Timeline, form: Format) -> str:
    """Return the graph of a piece's frames, `reference`."""
    graph = [_still(0, piece.span, timeline.visible(piece.scene), form) + "[first]"]
    shown = "[first]"
    if piece.fades:
        coming = timeline.visible(piece.scene + 1)
        span = Span(coming.start_ms, piece.span.end_ms)
        begins = frames(span.start_ms - piece.span.start_ms, form.fps)
        fade = f"fade=in:start_frame=0:nb_frames={frames(FADE_MS, form.fps)}:alpha=1"
        graph += [
            f"{_still(1, span, coming, form)},format=yuva444p,{fade},setpts=PTS+{begins}[second]",
            "[first][second]overlay=format=yuv444:eof_action=pass[faded]",
        ]
        shown = "[faded]"
    start = frames(piece.span.start_ms, form.fps)
    graph.append(
        f"{shown}setpts=PTS+{start},subtitles={_SUBTITLES}:fontsdir={FONTS},"
        "setpts=PTS-STARTPTS,format=yuv420p[reference]"
    )
    return ";".join(graph)


def _still(source: int, span: Span, visible: Span, form: Format) -> str:
    count, whole = frames(span.length_ms, form.fps), frames(visible.length_ms, form.fps)
    before = frames(span.start_ms - visible.start_ms, form.fps)
    side = 2 * round(_SIDE * form.short_side / 2) * 2
    step = min(max(1, round(side * _ZOOM / (2 * whole))), side * _ZOOM_MAX / (2 * whole))
    taken = f"round((on+{before})*{step})"
    return (
        f"[{source}:v]scale={side}:{side}:out_color_matrix=bt709:out_range=tv,format=yuv444p,"
        f"zoompan=z='iw/(iw-2*{taken}+0.5)':x='{taken}':y='{taken}'"
        f":d={count}:s={form.width}x{form.height}:fps={form.fps},setsar=1"
    )


def _ssim(folder: Path, arguments: Sequence[str], piece: Piece, form: Format) -> float:
    """Return the sum over the frames of a piece."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments, "-f", "null", "-"]
    said = subprocess.run(command, cwd=folder, capture_output=True, check=True).stderr.decode()  # noqa: S603
    count = frames(piece.span.length_ms, form.fps)
    assert re.findall(r"frame= *(\d+)", said)[-1] == str(count), said
    return count * float(re.findall(r"SSIM .*All:([\d.]+)", said)[-1])


def _inputs(files: Sequence[str]) -> list[str]:
    return [argument for file in files for argument in ("-i", file)]
