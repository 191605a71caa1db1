"""Tells the texts of a video that stand still from those that move. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pysubs2 import SSAEvent, SSAFile

from media.timeline import Span

_TURN_MS = 1000
_FADE = re.compile(r"\\fad\((\d+),(\d+)\)")
_MOVES = re.compile(r"\\(?:fad|move|t\(|k|K)")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one ASS file, in the order in which they are drawn over each other."""

    written: SSAFile
    standing: Sequence[SSAEvent]
    moving: Sequence[SSAEvent]

    def moving_alone(self) -> str:
        return self._sheet(self.moving)

    def standing_in_turn(self) -> str:
        """Return an ASS file that shows each standing text alone, one a second.

        It is drawn in RGB, and libass would turn colours meant for a video into greyer ones.
        """
        turns = [event.copy() for event in self.standing]
        for number, event in enumerate(turns):
            event.start, event.end = number * _TURN_MS, (number + 1) * _TURN_MS
        return self._sheet(turns, {"YCbCr Matrix": "None"})

    def _sheet(self, events: Iterable[SSAEvent], info: Mapping[str, str] | None = None) -> str:
        sheet = SSAFile()
        sheet.info, sheet.styles = {**self.written.info, **(info or {})}, self.written.styles
        sheet.extend(events)
        return sheet.to_string("ass")


def texts_of(styled: str) -> Texts:
    """Return the texts of an ASS file; those that fade in and out stand still in between."""
    written = SSAFile.from_string(styled, "ass")
    parts = [part for event in written if event.is_text for part in _parts(event)]
    parts.sort(key=lambda part: part.layer)
    moving = [part for part in parts if _moves(part)]
    return Texts(written, [part for part in parts if not _moves(part)], moving)


def span_of(event: SSAEvent) -> Span:
    return Span(event.start, event.end)


def _parts(event: SSAEvent) -> Iterator[SSAEvent]:
    fade = _FADE.search(event.text)
    coming, going = map(int, fade.groups()) if fade else (0, 0)
    here, gone = event.start + coming, event.end - going
    if here >= gone:
        yield event
        return
    yield from _part(event, Span(event.start, here), rf"\\fad({coming},0)")
    yield from _part(event, Span(here, gone), "")
    yield from _part(event, Span(gone, event.end), rf"\\fad(0,{going})")


def _part(event: SSAEvent, span: Span, fade: str) -> Iterator[SSAEvent]:
    if span.length_ms:
        part = event.copy()
        part.start, part.end, part.text = span.start_ms, span.end_ms, _FADE.sub(fade, event.text)
        yield part


def _moves(event: SSAEvent) -> bool:
    return bool(event.effect or _MOVES.search(event.text))
