"""Writes what is said and shown as subtitles: plain SRT, and ASS as it is burnt in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from contracts.artifacts import Aspect, Scene
from media import typeface
from media.canvas import Layout, layout_of
from media.captions import Cue, Lines, cues_of, wrapped
from media.timeline import FADE_MS, Slot, Timeline

SIMULATED = "simulated"

_HEADLINE_FADE_MS = 300
_HEADLINE_SHRINKS = (1.0, 0.85, 0.7, 0.55)
_HEADLINE_MAX_LINES = 2
_WRAP_ONLY_WHERE_TOLD = "2"
_SPEECH, _HEADLINE, _LABEL = "Speech", "Headline", "Label"


@dataclass(frozen=True, slots=True)
class Subtitles:
    """`plain` is SRT and `styled` ASS."""

    plain: str
    styled: str


def subtitles_of(
    scenes: Sequence[Scene], timeline: Timeline, aspect: Aspect, *, simulated: bool
) -> Subtitles:
    """Return the subtitles of `scenes` as `timeline` times them.

    The styled ones also hold the headlines and, when `simulated`, a small label that says so.
    """
    layout = layout_of(aspect)
    speech = [
        _event(cue, _SPEECH)
        for scene, slot in zip(scenes, timeline.slots, strict=True)
        for cue in _cues(scene.narration, slot, layout)
    ]
    styled = _sheet(layout)
    styled.extend(speech)
    styled.extend(_headlines(scenes, timeline, layout))
    styled.extend(_label(timeline) if simulated else ())
    return Subtitles(_plain(speech).to_string("srt"), styled.to_string("ass"))


def _cues(narration: str, slot: Slot, layout: Layout) -> list[Cue]:
    return cues_of(
        typeface.showable(narration),
        (slot.speech_start_ms, slot.speech_end_ms),
        width=layout.text_width / _em(layout.subtitle_size),
        width_of=typeface.width_of,
    )


def _headlines(scenes: Sequence[Scene], timeline: Timeline, layout: Layout) -> Iterator[SSAEvent]:
    fade = f"{{\\fad({_HEADLINE_FADE_MS},{_HEADLINE_FADE_MS})}}"
    for scene, slot in zip(scenes, timeline.slots, strict=True):
        size, lines = _headline(typeface.showable(scene.on_screen_text), layout)
        if any(lines):
            cue = Cue(slot.start_ms + FADE_MS // 2, slot.end_ms - FADE_MS // 2, lines)
            yield _event(cue, _HEADLINE, f"{fade}{{\\fs{size}}}")


def _headline(text: str, layout: Layout) -> tuple[int, Lines]:
    """Return the largest size at which `text` fits, and its lines."""
    for shrink in _HEADLINE_SHRINKS:
        size = round(layout.headline_size * shrink)
        width = layout.text_width / _em(size)
        lines = wrapped(
            text, width=width, width_of=typeface.width_of, max_lines=_HEADLINE_MAX_LINES
        )
        if lines is not None:
            return size, lines
    return size, _cut_short(text, width)


def _cut_short(text: str, width: float) -> Lines:
    while wrapped(f"{text}…", width=width, width_of=typeface.width_of, max_lines=2) is None:
        text = text[:-1].rstrip()
    return wrapped(f"{text}…", width=width, width_of=typeface.width_of, max_lines=2) or ()


def _label(timeline: Timeline) -> Iterator[SSAEvent]:
    yield _event(Cue(0, timeline.total_ms, (SIMULATED,)), _LABEL)


def _plain(events: Iterable[SSAEvent]) -> SSAFile:
    file = SSAFile()
    file.extend(events)
    return file


def _sheet(layout: Layout) -> SSAFile:
    file = SSAFile()
    file.info |= {
        "PlayResX": str(layout.width),
        "PlayResY": str(layout.height),
        "WrapStyle": _WRAP_ONLY_WHERE_TOLD,
        "ScaledBorderAndShadow": "yes",
        "YCbCr Matrix": "TV.709",
    }
    file.styles = {
        _SPEECH: _style(layout.subtitle_size, Alignment.BOTTOM_CENTER, layout.subtitle_margin),
        _HEADLINE: _style(layout.headline_size, Alignment.TOP_CENTER, layout.headline_margin),
        _LABEL: _small_print(layout),
    }
    return file


def _style(size: int, alignment: Alignment, margin: int) -> SSAStyle:
    return SSAStyle(
        fontname=typeface.FAMILY,
        fontsize=size,
        bold=True,
        primarycolor=Color(255, 255, 255),
        outlinecolor=Color(16, 16, 20, 20),
        backcolor=Color(0, 0, 0, 120),
        outline=round(size * 0.06, 1),
        shadow=round(size * 0.03, 1),
        alignment=alignment,
        marginv=margin,
        marginl=0,
        marginr=0,
    )


def _small_print(layout: Layout) -> SSAStyle:
    return SSAStyle(
        fontname=typeface.FAMILY,
        fontsize=34,
        bold=True,
        primarycolor=Color(255, 255, 255, 90),
        outlinecolor=Color(0, 0, 0, 130),
        outline=2,
        shadow=0,
        alignment=Alignment.TOP_LEFT,
        marginv=layout.label_margin,
        marginl=48,
        marginr=48,
    )


def _em(ass_size: int) -> float:
    return ass_size * typeface.EM_OF_ASS_SIZE


def _event(cue: Cue, style: str, tags: str = "") -> SSAEvent:
    text = "\\N".join(_literal(line) for line in cue.lines)
    return SSAEvent(start=cue.start_ms, end=cue.end_ms, style=style, text=tags + text)


def _literal(line: str) -> str:
    """Replace what ASS would take for a command by its full-width look-alike."""
    return line.translate({ord("{"): "\uff5b", ord("}"): "\uff5d", ord("\\"): "\uff3c"})
