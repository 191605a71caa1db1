"""When a cron expression comes true. We decide that; the broker only knows when to look.

The rules are those of Debian's cron: a time that the clocks skip comes right after the gap, one
that they repeat comes once, unless the expression holds for every hour. The broker's own cron
leaves out the former and repeats the latter, and knows neither `L` nor `#`. So it is given
fields that match at least as often, and whoever it wakes asks here whether the time has come.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MAX_CHARS = 200
FIELDS = 5
EXAMPLE = "0 9 * * MON-FRI"
_START = datetime(2000, 1, 1, tzinfo=UTC)


class CronError(ValueError):
    """An expression that is none, in one sentence that begins with the expression."""


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression of five fields, or of six with seconds first, in a time zone."""

    text: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """Return the first time after `moment` in UTC, None when there is none in 50 years."""
        for time in CronSim(self.text, moment.astimezone(self.zone)):
            # in the repeated hour of an autumn it begins with the first of both
            if (found := time.astimezone(UTC)) > moment:
                return found
        return None

    def before(self, moment: datetime) -> datetime | None:
        """Return the last time not after `moment` in UTC, None when there was none in 50 years."""
        beyond = moment.replace(microsecond=0) + timedelta(seconds=1)
        times = CronSim(self.text, beyond.astimezone(self.zone), reverse=True)
        return next((found for time in times if (found := time.astimezone(UTC)) <= moment), None)

    def in_words(self) -> str:
        return CronSim(self.text, _START).explain()

    def pattern(self) -> str:
        """Return six fields for the broker that match whenever this does, or oftener."""
        cron = CronSim(self.text, _START)
        numbers = (cron.seconds, cron.minutes, cron.hours, cron.months)
        seconds, minutes, hours, months = map(_field, numbers, (60, 60, 24, 12))
        days, weekdays = _days_of(cron)
        return f"{seconds} {minutes} {hours} {days} {months} {weekdays}"


def parse(text: str, zone: ZoneInfo) -> Cron:
    """Return the expression in `text`, of five fields.

    Raises:
        CronError: it is none, or never comes true.
    """
    if len(text) > MAX_CHARS:
        raise CronError(f"has {len(text)} characters: use at most {MAX_CHARS}")
    fields = text.split()
    if len(fields) != FIELDS:
        raise CronError(
            f"is {text!r} with {len(fields)} field{'' if len(fields) == 1 else 's'}: write five, "
            f"minute hour day month weekday, such as {EXAMPLE!r}"
        )
    cron = Cron(" ".join(fields).upper(), zone)
    try:
        comes = cron.after(datetime.now(UTC)) is not None
    except CronSimError as error:
        raise CronError(_refusal(text, str(error))) from error
    if not comes:
        raise CronError(f"is {text!r}, which never comes: correct the day or the month")
    return cron


def _refusal(text: str, told: str) -> str:
    """Return a sentence for the library's `Bad minute`."""
    name = told.removeprefix("Bad ")
    ways = {
        "minute": "0 to 59",
        "hour": "0 to 23",
        "day-of-month": "1 to 31 that the month has, L or LW",
        "month": "1 to 12 or JAN to DEC",
        "day-of-week": "0 to 7, SUN to SAT (a range may not go over Saturday), FRI#2 or 5L",
    }
    way = ways.get(name, EXAMPLE)
    return f"is {text!r} with a wrong {name}: use {way}, or *, lists a,b, ranges a-b, steps */n"


def _days_of(cron: CronSim) -> tuple[str, str]:
    """Return day and weekday for the broker, to which a star means that the other one decides."""
    weekdays = {day % 7 for day in cron.weekdays if isinstance(day, int)}
    days = _field(cron.days, 31), _field(weekdays, 7)
    is_plain = min(cron.days) > 0 and all(isinstance(day, int) for day in cron.weekdays)
    either_is_enough = not cron.day_and and "*" in days
    return days if is_plain and not either_is_enough else ("*", "*")


def _field(numbers: set[int], size: int) -> str:
    return "*" if len(numbers) == size else ",".join(map(str, sorted(numbers)))
