"""Moments that somebody names, in UTC: a zone can put them where no calendar is."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("is too far away: use a year between 1 and 9999") from error


type Moment = Annotated[datetime, AfterValidator(_in_utc)]
