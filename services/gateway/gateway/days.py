"""The days of a time zone, as spans of time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MAX_DAYS = 366
DEFAULT_DAYS = 30


class Span(NamedTuple):
    """Days from `since`, which is in, to `until`, which is not."""

    since: date
    until: date

    @property
    def days(self) -> Sequence[date]:
        count = self.until.toordinal() - self.since.toordinal()
        return [self.since + timedelta(days=n) for n in range(count)]

    def bounds(self, zone: ZoneInfo) -> Sequence[datetime]:
        """Return when each day begins in `zone`, and at last when `until` does."""
        return [_begin(day, zone) for day in (*self.days, self.until)]


def span_of(since: date | None, until: date | None, today: date) -> Span:
    """Return the days that are asked for: the last thirty up to `today` unless it is said.

    Raises:
        ValueError: they are too many; the sentence goes on behind the name of `since`.
    """
    until = until or _moved(today, 1)
    since = since or _moved(until, -DEFAULT_DAYS)
    if until.toordinal() - since.toordinal() > MAX_DAYS:
        raise ValueError(
            f"is {since}, more than {MAX_DAYS} days before {until}: use "
            f"{_moved(until, -MAX_DAYS)} or a later day, or an earlier end"
        )
    return Span(since, max(since, until))


def _moved(day: date, days: int) -> date:
    """Return the day that comes so many days later, or the end of the calendar."""
    return date.fromordinal(min(max(1, day.toordinal() + days), date.max.toordinal()))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins; where the clocks are put forward at midnight that is later."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time(), UTC)
