"""Makes a text that fits a regular expression, for the plain ones JSON schemas use."""

import re
import string
from collections.abc import Iterator

_CLASSES = {"d": string.digits, "w": string.ascii_lowercase + string.digits + "_", "s": " "}
_PRINTABLE = string.ascii_lowercase + string.digits + string.ascii_uppercase + " -_.,:;#@/"
_ANCHORS = "^$"
_TRIES = 64
_MAX_REPEATS = 200


class PatternError(ValueError):
    """The pattern uses something that is not understood here."""


def text_for(pattern: str, min_length: int = 0, max_length: int | None = None) -> str:
    """Return a text that `pattern` finds something in, within the lengths.

    Raises:
        PatternError: none was found.
    """
    for text in _candidates(pattern, min_length):
        fits = len(text) >= min_length and (max_length is None or len(text) <= max_length)
        if fits and re.search(pattern, text):
            return text
    raise PatternError(f"no text of {min_length} to {max_length} characters fits {pattern!r}")


def _candidates(pattern: str, min_length: int) -> Iterator[str]:
    for extra in (*range(_TRIES), min_length):
        text = _Maker(pattern, extra).made()
        yield text
        yield text.ljust(min_length, "a")


class _Maker:
    """Reads a pattern once and writes one text; open repetitions are done `extra` more times."""

    def __init__(self, pattern: str, extra: int) -> None:
        self._pattern = pattern
        self._at = 0
        self._extra = min(extra, _MAX_REPEATS)

    def made(self) -> str:
        text = self._alternatives()
        if self._at < len(self._pattern):
            raise PatternError(f"unbalanced ) in {self._pattern!r}")
        return text

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._peek()
        if not char:
            raise PatternError(f"{self._pattern!r} ends too early")
        self._at += 1
        return char

    def _alternatives(self) -> str:
        """Write the first alternative and read over the others."""
        first = self._sequence()
        while self._peek() == "|":
            self._at += 1
            self._sequence()
        return first

    def _sequence(self) -> str:
        text = ""
        while self._peek() not in {"", "|", ")"}:
            options = self._atom()
            text += "".join(self._piece(options, turn) for turn in range(self._repeats()))
        return text

    @staticmethod
    def _piece(options: str | tuple[str], turn: int) -> str:
        return options[0] if isinstance(options, tuple) else options[turn % len(options)]

    def _atom(self) -> str | tuple[str]:
        """Return the characters that may stand here, or one text as a tuple."""
        char = self._next()
        if char in _ANCHORS:
            return ("",)
        if char == "(":
            return (self._group(),)
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escaped()
        return string.ascii_lowercase if char == "." else char

    def _group(self) -> str:
        if self._peek() == "?":
            kind = re.match(r"\?(?::|P?<[A-Za-z_]\w*>)", self._pattern[self._at :])
            if kind is None:
                raise PatternError(f"lookarounds are not understood: {self._pattern!r}")
            self._at += kind.end()
        text = self._alternatives()
        if self._next() != ")":
            raise PatternError(f"unbalanced ( in {self._pattern!r}")
        return text

    def _escaped(self) -> str | tuple[str]:
        char = self._next()
        if char in "bBAZ":
            return ("",)
        if char in "DWS":
            return "-" if char != "S" else "a"
        return _CLASSES.get(char, {"n": "\n", "t": "\t"}.get(char, char))

    def _class(self) -> str:
        negated = self._peek() == "^"
        self._at += negated
        chars = ""
        while self._peek() != "]" or not chars:
            char = self._next()
            options = self._escaped() if char == "\\" else char
            chars += self._range(options if isinstance(options, str) else "")
        self._at += 1
        if not negated:
            return chars
        return "".join(char for char in _PRINTABLE if char not in chars) or "\u2603"

    def _range(self, low: str) -> str:
        rest = self._pattern[self._at : self._at + 2]
        if len(low) != 1 or len(rest) != 2 or rest[0] != "-" or rest[1] == "]":  # noqa: PLR2004
            return low
        self._at += 2
        high = rest[1]
        return "".join(map(chr, range(ord(low), min(ord(high), ord(low) + 200) + 1)))

    def _repeats(self) -> int:
        match = re.match(r"[*+?]|\{(\d*)(,?)(\d*)\}", self._pattern[self._at :])
        if match is None:
            return 1
        self._at += match.end()
        if self._peek() in {"?", "+"}:
            self._at += 1
        symbol = match.group()
        if symbol in "*+?":
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}[symbol]
        else:
            low = int(match[1] or 0)
            high = int(match[3]) if match[3] else (None if match[2] else low)
        return low + self._extra if high is None else min(high, low + self._extra)
