"""Money, time and counts as a person reads and writes them."""

import re
from datetime import UTC, datetime

from yaa.errors import UsageError

_MINUTE = 60
_HOUR = 3600
_DAY = 86_400
_LEAST_SHOWN_USD = 0.0001
_PARTS = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")


def money_of(usd: float | None) -> str:
    """Return dollars with four decimals; empty when there is no figure."""
    if usd is None:
        return ""
    if 0 < usd < _LEAST_SHOWN_USD:
        return f"<${_LEAST_SHOWN_USD}"
    return f"${usd:,.4f}"


def duration_of(seconds: float | None) -> str:
    """Return `0.4s`, `12.3s`, `2m05s` or `1h02m`; empty when there is no figure."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{int(max(seconds, 0) * 10) / 10:.1f}s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}m{int(seconds % _MINUTE):02}s"
    return f"{int(seconds // _HOUR)}h{int(seconds % _HOUR // _MINUTE):02}m"


def seconds_of(text: str) -> float:
    """Return the seconds of a duration such as `90s`, `2h` or `1h30m`.

    Raises:
        UsageError: it is none.
    """
    parts = _PARTS.fullmatch(text.strip())
    if parts is None or not any(parts.groups()):
        raise UsageError(f"{text!r} is no duration: write it like 90s, 30m, 2h or 1h30m")
    sizes = (_DAY, _HOUR, _MINUTE, 1)
    return sum(float(part or 0) * size for part, size in zip(parts.groups(), sizes, strict=True))


def limit_of(text: str | None) -> float | None:
    """Return the seconds of a duration, None of none."""
    return None if text is None else seconds_of(text)


def moment_of(text: str) -> str:
    """Return an ISO time or day of this machine's zone with that zone; empty for none.

    Raises:
        UsageError: it is neither.
    """
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).astimezone().isoformat()
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no time: write it like 2026-12-01 or 2026-12-01T18:00"
        ) from None


def age_of(then: datetime, now: datetime | None = None) -> str:
    """Return how long ago `then` was, in one unit."""
    seconds = max(((now or datetime.now(UTC)) - then).total_seconds(), 0)
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit} ago"
    return "just now"


def count_of(number: int) -> str:
    """Return a count with separators; empty for none."""
    return f"{number:,}" if number else ""


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
