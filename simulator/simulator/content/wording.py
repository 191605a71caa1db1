"""Texts and numbers within the limits of a schema."""

import math
import re
from collections.abc import Sequence

from simulator.content.pattern import PatternError, text_for
from simulator.wire import Json

_FORMATS = {
    "date-time": "2026-01-15T09:30:00Z",
    "date": "2026-01-15",
    "time": "09:30:00Z",
    "duration": "PT30S",
    "email": "reader@simulated.example",
    "idn-email": "reader@simulated.example",
    "hostname": "simulated.example",
    "uri": "https://simulated.example/page",
    "url": "https://simulated.example/page",
    "iri": "https://simulated.example/page",
    "uri-reference": "https://simulated.example/page",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "0190f5a0-7b1c-7000-8000-000000000001",
    "json-pointer": "/title",
    "regex": ".*",
}
_SENTENCE_END = re.compile(r"[.!?…。](?=\s|$)")
_DEFAULT_MAX = 10.0


def worded(text: str, rules: Json, fillers: Sequence[str]) -> str:
    """Return `text` made to fit the string `rules`; `fillers` lengthen it."""
    low, high = int(rules.get("minLength", 0)), rules.get("maxLength")
    limit = None if high is None else int(high)
    form = _FORMATS.get(str(rules.get("format", "")))
    if form is not None:
        text = text if rules["format"] in {"uri", "url"} and "://" in text else form
    text = _lengthened(_clipped(text, limit), low, limit, fillers)
    pattern = rules.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, text):
        return _patterned(pattern, text, low, limit)
    return text


def numbered(value: float, rules: Json, *, whole: bool) -> float | int:
    """Return the number nearest to `value` that the number `rules` allow."""
    low, high = _bounds(rules, whole=whole)
    step = float(rules.get("multipleOf", 1 if whole else 0))
    nearest = min(max(value, low), high)
    if step:
        nearest = round(nearest / step) * step
        nearest += step if nearest < low else 0
        nearest -= step if nearest > high else 0
    return round(nearest) if whole or (step and step.is_integer()) else nearest


def default_number(rules: Json, fraction: float) -> float:
    """Return a number somewhere inside the limits."""
    low, high = _bounds(rules, whole=False)
    low = low if math.isfinite(low) else min(0.0, high)
    high = high if math.isfinite(high) else max(low + _DEFAULT_MAX, _DEFAULT_MAX)
    return low + (high - low) * fraction


def _bounds(rules: Json, *, whole: bool) -> tuple[float, float]:
    low, high = float(rules.get("minimum", -math.inf)), float(rules.get("maximum", math.inf))
    if (above := rules.get("exclusiveMinimum")) is not None:
        low = max(low, math.floor(above) + 1 if whole else math.nextafter(above, math.inf))
        low = max(low, float(above) + 0.1) if not whole and float(above) + 0.1 < high else low
    if (below := rules.get("exclusiveMaximum")) is not None:
        high = min(high, math.ceil(below) - 1 if whole else math.nextafter(below, -math.inf))
    return (
        (math.ceil(low), math.floor(high)) if whole and math.isfinite(low + high) else (low, high)
    )


def _clipped(text: str, limit: int | None) -> str:
    if limit is None or len(text) <= limit:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text) if end.end() <= limit]
    if ends and ends[-1] > limit // 3:
        return text[: ends[-1]]
    cut = text[: limit + 1].rsplit(maxsplit=1)[0]
    return (cut if len(cut) <= limit else text[:limit]).rstrip(" ,·:;—-") or text[:limit]


def _lengthened(text: str, low: int, limit: int | None, fillers: Sequence[str]) -> str:
    number = 0
    while len(text) < low:
        more = fillers[number % len(fillers)] if fillers else "…"
        text = f"{text} {more}".strip() if text else more
        number += 1
    return text if limit is None or len(text) <= limit else text[:limit]


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _patterned(pattern: str, text: str, low: int, limit: int | None) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    words = [
        slug[:40].strip("-"),
        "#" + re.sub(r"\W", "", text),
        text.split(" ", maxsplit=1)[0],
        "ko",
        "en",
    ]
    for word in words:
        fits = low <= len(word) and (limit is None or len(word) <= limit)
        if fits and _matches(pattern, word):
            return word
    try:
        return text_for(pattern, low, limit)
    except PatternError:
        return text
