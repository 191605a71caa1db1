"""Tags and hashtags as video platforms take them."""

import re
from collections.abc import Iterable, Iterator

from contracts.artifacts import TAGS_MAX_CHARS

MAX_HASHTAGS = 5


def tags_of(raw: Iterable[str], *, max_chars: int = TAGS_MAX_CHARS) -> tuple[str, ...]:
    """Return clean, different tags that joined by commas have at most `max_chars`.

    The order is kept; a tag for which no room is left is dropped.
    """
    kept = list[str]()
    room = max_chars + 1
    for tag in _different(_tag(each) for each in raw):
        if len(tag) + 1 <= room:
            kept.append(tag)
            room -= len(tag) + 1
    return tuple(kept)


def hashtags_of(raw: Iterable[str]) -> tuple[str, ...]:
    """Return up to `MAX_HASHTAGS` different hashtags: `#` and one word."""
    words = _different(re.sub(r"\W", "", each) for each in raw)
    return tuple(f"#{word}" for word in words)[:MAX_HASHTAGS]


def _tag(raw: str) -> str:
    return " ".join(re.sub(r'[#,<>"]', " ", raw).split())


def _different(texts: Iterable[str]) -> Iterator[str]:
    seen = {""}
    for text in texts:
        if text.casefold() not in seen:
            seen.add(text.casefold())
            yield text
