"""How long it takes to say a text, well enough to plan a script."""

from typing import Literal

TARGET_S = 30
SHORTEST_S = 18
LONGEST_S = 55

_CHARS_PER_S = {"ko": 6.5, "ja": 7.0, "zh": 4.5}
_OTHER_CHARS_PER_S = 15.0


def chars_in(seconds: float, language: str) -> int:
    """Return how many characters, blanks counted, a narrator says in `seconds`."""
    return round(seconds * _CHARS_PER_S.get(language, _OTHER_CHARS_PER_S))


def misfit(narration_chars: int, language: str) -> Literal["short", "long"] | None:
    """Say what is wrong with a narration of this length, if anything."""
    if narration_chars < chars_in(SHORTEST_S, language):
        return "short"
    if narration_chars > chars_in(LONGEST_S, language):
        return "long"
    return None
