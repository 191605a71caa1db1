"""Cuts a narration into subtitles a person can read: at most two balanced lines each.

Lines break at spaces, rather after punctuation, and inside a word only where a word is wider
than a line (as in languages that write without spaces). Pure: the width of a text is given.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

type Width = Callable[[str], float]
type Lines = tuple[str, ...]

_SOFT_BREAK = "\u200b"
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"'”\u2019)])\s+|(?<=[。\uff01\uff1f])|\n+")
_CLAUSE_ENDS = tuple(",.;:!?…、。—)”\u2019\uff0c\uff01\uff1f\uff1b\uff1a")


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    lines: Lines


def cues_of(text: str, span_ms: tuple[int, int], *, width: float, width_of: Width) -> list[Cue]:
    """Return the subtitles of a narration that is spoken in `span_ms`.

    Each is shown for a share of the time in proportion to its letters.
    """
    shown = captions(text, width=width, width_of=width_of)
    start, end = span_ms
    letters = accumulate((_letters(lines) for lines in shown), initial=0)
    total = sum(_letters(lines) for lines in shown)
    times = [start + (end - start) * before // total for before in letters] if total else []
    return [Cue(*span, lines) for span, lines in zip(pairwise(times), shown, strict=True)]


def captions(text: str, *, width: float, width_of: Width) -> list[Lines]:
    """Return `text` as captions of one or two lines that are at most `width` wide."""
    ruler = _Ruler(width, width_of)
    sentences = (" ".join(part.split()) for part in _SENTENCE_END.split(text))
    breakable = (ruler.breakable(sentence) for sentence in sentences if sentence)
    return [
        tuple(line.replace(_SOFT_BREAK, "") for line in lines)
        for sentence in _merged(breakable, ruler)
        for lines in _split(sentence, ruler)
    ]


def wrapped(text: str, *, width: float, width_of: Width, max_lines: int) -> Lines | None:
    """Return `text` in as few balanced lines as it needs; None when it needs too many."""
    ruler = _Ruler(width, width_of)
    return _wrapped(ruler.breakable(" ".join(text.split())), ruler, max_lines)


@dataclass(frozen=True, slots=True)
class _Ruler:
    width: float
    width_of: Width

    def length(self, text: str) -> float:
        return self.width_of(text.replace(_SOFT_BREAK, ""))

    def fits(self, text: str) -> bool:
        return self.length(text) <= self.width

    def breakable(self, text: str) -> str:
        """Return `text` with soft breaks inside the words that are wider than a line."""
        words = text.replace(_SOFT_BREAK, "").split(" ")
        return " ".join(word if self.fits(word) else _SOFT_BREAK.join(word) for word in words)


def _letters(lines: Lines) -> int:
    return sum(len(line.replace(" ", "")) for line in lines)


def _merged(sentences: Iterable[str], ruler: _Ruler) -> list[str]:
    """Join neighbours that fit into one line, so that none flashes by."""
    merged = list[str]()
    for sentence in sentences:
        if merged and ruler.fits(f"{merged[-1]} {sentence}"):
            merged[-1] += f" {sentence}"
        else:
            merged.append(sentence)
    return merged


def _split(text: str, ruler: _Ruler) -> list[Lines]:
    lines = _wrapped(text, ruler, 2)
    if lines is not None:
        return [lines]
    halves = min(_halves(text), key=lambda both: _unevenness(both, ruler), default=None)
    if halves is None:
        return [(text,)]
    return [lines for half in halves for lines in _split(half, ruler)]


def _wrapped(text: str, ruler: _Ruler, max_lines: int) -> Lines | None:
    if ruler.fits(text):
        return (text,)
    for count in range(2, max_lines + 1):
        lines = _in_lines(text, ruler, count)
        if lines is not None:
            return lines
    return None


def _in_lines(text: str, ruler: _Ruler, count: int) -> Lines | None:
    if count == 1:
        return (text,) if ruler.fits(text) else None
    best: Lines | None = None
    for head, tail in _halves(text):
        rest = _in_lines(tail, ruler, count - 1) if ruler.fits(head) else None
        if rest is not None and (best is None or _cost((head, *rest), ruler) < _cost(best, ruler)):
            best = (head, *rest)
    return best


def _cost(lines: Sequence[str], ruler: _Ruler) -> float:
    """Prefer lines of one length, and ends that are the ends of a clause."""
    lengths = [ruler.length(line) for line in lines]
    return max(lengths) - min(lengths) + sum(_harshness(line, ruler) for line in lines[:-1])


def _unevenness(halves: tuple[str, str], ruler: _Ruler) -> float:
    head, tail = halves
    return abs(ruler.length(head) - ruler.length(tail)) + 2 * _harshness(head, ruler)


def _harshness(head: str, ruler: _Ruler) -> float:
    """Say how bad it is to break after `head`, as a length."""
    if head.endswith(_CLAUSE_ENDS):
        return 0
    return ruler.width * (0.35 if not head.endswith(_SOFT_BREAK) else 0.7)


def _halves(text: str) -> Iterator[tuple[str, str]]:
    for at, char in enumerate(text):
        if char == " ":
            yield text[:at], text[at + 1 :]
        elif char == _SOFT_BREAK:
            yield text[: at + 1], text[at + 1 :]
