"""Moments and days that somebody names, in UTC: a zone can put them where no calendar is."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_NUMBER = re.compile(r"\s*[+-]?[\d._]+(e[+-]?\d+)?\s*", re.IGNORECASE)


def _no_number(told: object) -> object:
    """Refuse what pydantic would take for seconds, or for milliseconds, since 1970."""
    if isinstance(told, int | float) or (isinstance(told, str) and _NUMBER.fullmatch(told)):
        raise ValueError(f"is {told!r}: write a date such as 2026-12-01, or with a time")
    return told


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("is too far away: use a year between 1 and 9999") from error


NO_NUMBER = BeforeValidator(_no_number)

type Moment = Annotated[datetime, NO_NUMBER, AfterValidator(_in_utc)]
type Day = Annotated[date, NO_NUMBER]
