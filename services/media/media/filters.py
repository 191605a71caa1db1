"""The filter graphs of a video, in ffmpeg's language. Pure."""

import json
import re
from dataclasses import dataclass

from media.timeline import FADE_MS, Piece, Slot, Span, Timeline, frames

_ZOOM = 0.1
"""The share of a picture's width and height that the slow zoom takes away in a scene."""
_ZOOM_MAX = 0.18
"""The same for scenes so long that every frame cannot have a step of its own."""
_SIDE_RANGE = (2.0, 2.7)
"""How large a picture is made for the zoom, in short sides of the video."""

_LOUDNESS = "loudnorm=I=-14:TP=-1.5:LRA=11"
"""What streaming services play speech at, in LUFS, dBTP and LU."""
_SAMPLE_RATE = 48_000
_TAGGED = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_JSON = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Format:
    """Size in pixels and frames a second of a video."""

    width: int
    height: int
    fps: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Loudness:
    """What the first pass of `loudnorm` measured."""

    input_i: float
    input_tp: float
    input_lra: float
    input_thresh: float
    target_offset: float


def picture(piece: Piece, timeline: Timeline, form: Format, *, subtitles: str, fonts: str) -> str:
    """Return the graph of a piece: its picture, the fade to the next one, the subtitles.

    Fades are an overlay that becomes opaque: `xfade` knows no 4:2:0 pictures. Time is counted in
    frames: `setpts` cuts off what is behind the point, and 8.2 s would be a frame less than it is.

    Inputs are the scene's picture and, when the piece fades, the next scene's; the output is `v`.
    """
    graph = [_still(0, piece.span, timeline.visible(piece.scene), form) + "[picture]"]
    shown = "[picture]"
    if piece.fades:
        graph += _fade(piece, timeline, form)
        shown = "[faded]"
    start = frames(piece.span.start_ms, form.fps)
    graph.append(
        f"{shown}setpts=PTS+{start},subtitles={subtitles}:fontsdir={fonts},"
        f"setpts=PTS-{start},{_TAGGED}[v]"
    )
    return ";".join(graph)


def measured_voice(timeline: Timeline) -> str:
    return f"{_lanes(timeline)},{_LOUDNESS}:print_format=json[voice]"


def voice(timeline: Timeline, loudness: Loudness | None) -> str:
    """Return the graph of the whole voice; without a loudness it is left as loud as it is."""
    if loudness is None:
        return f"{_lanes(timeline)}[voice]"
    return (
        f"{_lanes(timeline)},{_LOUDNESS}:linear=true"
        f":measured_I={loudness.input_i}:measured_TP={loudness.input_tp}"
        f":measured_LRA={loudness.input_lra}:measured_thresh={loudness.input_thresh}"
        f":offset={loudness.target_offset},aresample={_SAMPLE_RATE}[voice]"
    )


def loudness_of(stderr: str) -> Loudness | None:
    """Return what `measured_voice` said; None when there is nothing to hear."""
    said = json.loads(_JSON.findall(stderr)[-1])
    figures = [float(said[name]) for name in Loudness.__dataclass_fields__]
    is_audible = all(abs(figure) < float("inf") for figure in figures)
    return Loudness(*figures) if is_audible else None


def _still(source: int, span: Span, visible: Span, form: Format) -> str:
    """Return `span` of a picture that zooms slowly in while it is `visible`.

    `zoompan` crops at whole pixels, which shows as a tremble in a zoom this slow. Here it crops
    a square into which the picture was stretched: each step takes one pixel away at all four
    sides, so that nothing is rounded, and steps are as small as the square is large.

    It crops pictures in 4:2:0 at every other pixel only, so each plane is zoomed on its own: the
    luma as finely as at full chroma, for less than half of the work, and the colours, whose squares
    are half as large, with every other step.
    """
    count, whole = frames(span.length_ms, form.fps), frames(visible.length_ms, form.fps)
    before = frames(span.start_ms - visible.start_ms, form.fps)
    low, high = (round(sides * form.short_side / 2) * 2 for sides in _SIDE_RANGE)
    side = min(max(round(2 * whole / _ZOOM), low), high)
    steps = min(whole, side * _ZOOM_MAX / 2)
    taken = f"(on+{before})*{steps / whole}"
    luma = _zoomed(f"round({taken})", count, form.width, form.height, form.fps)
    colour = _zoomed(f"round({taken}/2)", count, form.width // 2, form.height // 2, form.fps)
    y, u, v = (f"[{plane}{source}]" for plane in "yuv")
    return (
        f"[{source}:v]scale={side}:{side}:out_color_matrix=bt709:out_range=tv,format=yuv420p,"
        f"extractplanes=y+u+v{y}{u}{v};{y}{luma}{y};{u}{colour}{u};{v}{colour}{v};"
        f"{y}{u}{v}mergeplanes=map1s=1:map2s=2:format=yuv420p,setsar=1"
    )


def _zoomed(taken: str, count: int, width: int, height: int, fps: int) -> str:
    zoom = f"zoompan=z='iw/(iw-2*{taken}+0.5)':x='{taken}':y='{taken}'"
    return f"{zoom}:d={count}:s={width}x{height}:fps={fps}"


def _fade(piece: Piece, timeline: Timeline, form: Format) -> list[str]:
    coming = timeline.visible(piece.scene + 1)
    span = Span(coming.start_ms, piece.span.end_ms)
    fade = f"format=yuva420p,fade=in:start_frame=0:nb_frames={frames(FADE_MS, form.fps)}:alpha=1"
    begins = frames(span.start_ms - piece.span.start_ms, form.fps)
    return [
        f"{_still(1, span, coming, form)},{fade},setpts=PTS+{begins}[next]",
        "[picture][next]overlay=format=yuv420:eof_action=pass[faded]",
    ]


def _lanes(timeline: Timeline) -> str:
    lanes = [_lane(scene, slot) for scene, slot in enumerate(timeline.slots)]
    names = "".join(f"[scene{scene}]" for scene in range(len(lanes)))
    return ";".join([*lanes, f"{names}concat=n={len(lanes)}:v=0:a=1"])


def _lane(scene: int, slot: Slot) -> str:
    """Return one scene's recording with its pauses, exactly as long as the scene."""
    before_ms, length_ms = slot.speech_start_ms - slot.start_ms, slot.end_ms - slot.start_ms
    return (
        f"[{scene}:a]aresample={_SAMPLE_RATE},aformat=sample_fmts=fltp:channel_layouts=stereo,"
        f"adelay={before_ms}:all=1,apad=whole_dur={length_ms}ms,atrim=duration={length_ms}ms,"
        f"asetpts=N/SR/TB[scene{scene}]"
    )
