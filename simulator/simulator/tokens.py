"""Token counts: an estimate that is the same for the same text and close to real ones."""

import re

_PIECE = re.compile(
    r"(?P<latin>[A-Za-z]+)|(?P<digits>\d+)|(?P<hangul>[가-힣]+)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_CHARS_PER_TOKEN = {"latin": 5.0, "digits": 3.0, "hangul": 1.25, "space": 16.0, "other": 1.0}


def count_tokens(text: str) -> int:
    return sum(_tokens_of(match) for match in _PIECE.finditer(text))


def clip_tokens(text: str, limit: int) -> tuple[str, bool]:
    """Return as much of `text` as `limit` tokens hold, and whether something was cut."""
    used = 0
    for match in _PIECE.finditer(text):
        used += _tokens_of(match)
        if used > limit:
            return text[: match.start()], True
    return text, False


def _tokens_of(match: re.Match[str]) -> int:
    kind = match.lastgroup or "other"
    text = match.group()
    if text == " ":
        return 0
    return max(1, round(len(text) / _CHARS_PER_TOKEN[kind]))
