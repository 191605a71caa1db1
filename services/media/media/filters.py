"""The filter graphs of a video, in ffmpeg's language. Pure."""

import re
from dataclasses import dataclass

from media.lettering import Lettering, Stamp
from media.timeline import FADE_MS, Piece, Slot, Span, Timeline, first_frame, frames

STANDING_TEXTS, MOVING_TEXTS, FONTS = "standing.ass", "moving.ass", "fonts"

_ZOOM = 0.1
"""About the share of a picture's width and height that the slow zoom takes away in a scene."""
_ZOOM_MAX = 0.18
"""The same for scenes so long that every frame cannot have a step of its own."""
_SIDE = 1.8
"""How large the squares are into which a picture is stretched, in short sides of the video."""

_LOUDNESS_LUFS = -14
"""What streaming services play speech at."""
_SILENCE_LUFS = -70
_LIMITED = "alimiter=limit=-2dB:level=false:latency=true"
"""Holds true peaks below -1.5 dBTP, as samples are a little lower than what is between them."""
_SAMPLE_RATE = 48_000
_TAGGED = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_INTEGRATED = re.compile(r"I: +(-?[\d.]+|-inf|nan) LUFS")


@dataclass(frozen=True, slots=True)
class Format:
    """Size in pixels and frames a second of a video."""

    width: int
    height: int
    fps: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


def picture(piece: Piece, timeline: Timeline, form: Format, lettering: Lettering) -> str:
    """Return the graph of a piece: its picture, the fade to the next one, the texts.

    Fades are an overlay that becomes opaque: `xfade` knows no 4:2:0 pictures. Time is counted in
    frames: `setpts` cuts off what is behind the point, and 8.2 s would be a frame less than it is.

    Inputs are the squares of the scene's picture, those of the next one when the piece fades, and
    the stamps; the output is `v`.
    """
    graph = [_still(0, piece.span, timeline.visible(piece.scene), form) + "[picture]"]
    shown = "[picture]"
    if piece.fades:
        graph += _fade(piece, timeline, form)
        shown = "[faded]"
    start = frames(piece.span.start_ms, form.fps)
    for source, stamp in enumerate(lettering.stamps, start=2 if piece.fades else 1):
        graph.append(_stamped(shown, source, stamp, start, form.fps))
        shown = f"[stamped{source}]"
    drawn = f"setpts=PTS+{start},subtitles={MOVING_TEXTS}:fontsdir={FONTS},setpts=PTS-{start},"
    graph.append(f"{shown}{drawn if lettering.moving else ''}{_TAGGED}[v]")
    return ";".join(graph)


def squares(form: Format) -> str:
    """Return the graph that makes a picture ready to zoom: stretched to four squares.

    `zoompan` crops at every other pixel, which shows as a tremble in a zoom this slow. A square can
    be cropped by as much at all four sides with nothing rounded, and each of the four is cut half a
    pixel deeper than the one before, so that there is one for every step of half a pixel.

    The input is the picture; the output is `v`, with the squares from left to right and downwards.
    """
    side = _side(form)
    names = [f"[square{number}]" for number in range(4)]
    cuts = [
        f"{name}crop=iw-{2 * cut}:ih-{2 * cut}:{cut}:{cut},"
        f"scale={side - cut}:{side - cut}:flags=area,format=yuv420p{name}"
        for cut, name in enumerate(names)
    ]
    stretched = f"scale={2 * side}:{2 * side}:out_color_matrix=bt709:out_range=tv,format=yuv444p"
    layout = f"0_0|{side}_0|0_{side}|{side}_{side}"
    return (
        f"[0:v]{stretched},split=4{''.join(names)};{';'.join(cuts)};"
        f"{''.join(names)}xstack=inputs=4:layout={layout}[v]"
    )


def measured_voice(timeline: Timeline) -> str:
    return f"{_lanes(timeline)},ebur128=dualmono=true:framelog=quiet[voice]"


def voice(timeline: Timeline, loudness: float | None) -> str:
    """Return the graph of the whole voice; without a loudness it is left as loud as it is.

    Speech hardly differs in loudness within a video: one gain for all of it is what `loudnorm`
    would come to as well, but for its peaks, and those are limited.
    """
    gain = "" if loudness is None else f",volume={_LOUDNESS_LUFS - loudness:.1f}dB,{_LIMITED}"
    return f"{_lanes(timeline)}{gain},pan=stereo|c0=c0|c1=c0[voice]"


def loudness_of(stderr: str) -> float | None:
    """Return in LUFS what `measured_voice` said; None when there is nothing to hear."""
    loudness = float(_INTEGRATED.findall(stderr)[-1])
    return loudness if loudness > _SILENCE_LUFS else None


def _still(source: int, span: Span, visible: Span, form: Format) -> str:
    """Return `span` of a picture, given as `squares`, that zooms in while it is `visible`.

    Step after step takes half a pixel away at all four sides of a square. Every fourth step falls
    on the grid of the first square, those between fall on the grids of the others.
    """
    count, whole = frames(span.length_ms, form.fps), frames(visible.length_ms, form.fps)
    before = frames(span.start_ms - visible.start_ms, form.fps)
    side = _side(form)
    steps = min(max(1, round(side * _ZOOM / whole)), side * _ZOOM_MAX / whole)
    taken = f"round((on+{before})*{steps})"
    x = f"2*floor({taken}/4)+{side}*mod({taken},2)"
    y = f"2*floor({taken}/4)+{side}*floor(mod({taken},4)/2)"
    return (
        f"[{source}:v]zoompan=z='iw/({side}-{taken}+0.5)':x='{x}':y='{y}'"
        f":d={count}:s={form.width}x{form.height}:fps={form.fps},setsar=1"
    )


def _side(form: Format) -> int:
    """Return the side of a square in pixels: even, and enough for all that a picture shows."""
    return round(_SIDE * form.short_side / 2) * 2


def _fade(piece: Piece, timeline: Timeline, form: Format) -> list[str]:
    coming = timeline.visible(piece.scene + 1)
    span = Span(coming.start_ms, piece.span.end_ms)
    fade = f"format=yuva420p,fade=in:start_frame=0:nb_frames={frames(FADE_MS, form.fps)}:alpha=1"
    begins = frames(span.start_ms - piece.span.start_ms, form.fps)
    return [
        f"{_still(1, span, coming, form)},{fade},setpts=PTS+{begins}[next]",
        "[picture][next]overlay=format=yuv420:eof_action=pass[faded]",
    ]


def _stamped(shown: str, source: int, stamp: Stamp, start: int, fps: int) -> str:
    """Lay a text over what is `shown`; `start` is the number of the piece's first frame."""
    first, end = (
        max(0, first_frame(time_ms, fps) - start)
        for time_ms in (stamp.shown.start_ms, stamp.shown.end_ms)
    )
    return (
        f"[{source}:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[stamp{source}];"
        f"{shown}[stamp{source}]overlay={stamp.x}:{stamp.y}:format=yuv420"
        f":enable='gte(n,{first})*lt(n,{end})'[stamped{source}]"
    )


def _lanes(timeline: Timeline) -> str:
    lanes = [_lane(scene, slot) for scene, slot in enumerate(timeline.slots)]
    names = "".join(f"[scene{scene}]" for scene in range(len(lanes)))
    return ";".join([*lanes, f"{names}concat=n={len(lanes)}:v=0:a=1"])


def _lane(scene: int, slot: Slot) -> str:
    """Return one scene's recording with its pauses, exactly as long as the scene."""
    before_ms, length_ms = slot.speech_start_ms - slot.start_ms, slot.end_ms - slot.start_ms
    return (
        f"[{scene}:a]aresample={_SAMPLE_RATE},aformat=sample_fmts=fltp:channel_layouts=mono,"
        f"adelay={before_ms}:all=1,apad=whole_dur={length_ms}ms,atrim=duration={length_ms}ms,"
        f"asetpts=N/SR/TB[scene{scene}]"
    )
