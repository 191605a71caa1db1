"""Time zones by their IANA names."""

from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

SHOWN = 3
SHOWN_CHARS = 60


def zone_of(name: str) -> ZoneInfo:
    """Return the zone called `name`.

    Raises:
        ValueError: there is none; the sentence begins with the name and suggests others.
    """
    if name in _names():
        return ZoneInfo(name)
    near = ", ".join(_near(name)) or "Asia/Seoul, Europe/Berlin, UTC"
    raise ValueError(f"is {name[:SHOWN_CHARS]!r}, which is no time zone: use one such as {near}")


def _near(name: str) -> list[str]:
    """Return zones whose whole name, or whose city, is written much like `name`."""
    wanted = name[:SHOWN_CHARS].strip().lower().replace(" ", "_")
    whole = {known.lower(): known for known in sorted(_names())}
    cities = {known.rpartition("/")[2].lower(): known for known in sorted(_names())}
    found = [whole[near] for near in get_close_matches(wanted, whole, SHOWN, cutoff=0.8)]
    found += [cities[near] for near in get_close_matches(wanted, cities, SHOWN, cutoff=0.8)]
    return list(dict.fromkeys(found))[:SHOWN]


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
