"""Times and days as they are asked for."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator

from gateway import zones
from gateway.api.injected import or_empty
from gateway.days import Span, span_of
from gateway.moments import Day, Moment

type Since = Annotated[
    Moment | None,
    or_empty(datetime | date),
    Query(alias="from", description="A time, or a day that begins in UTC; what is of it is in."),
]
type Until = Annotated[
    Moment | None,
    or_empty(datetime | date),
    Query(alias="to", description="A time, or a day that begins in UTC; what is of it is out."),
]
type SinceDay = Annotated[Day | None, or_empty(Day), Query(alias="from", description="A day, in.")]
type UntilDay = Annotated[Day | None, or_empty(Day), Query(alias="to", description="A day, out.")]


def days_of(since: date | None, until: date | None, today: date) -> Span:
    """Return the days that are asked for, the last thirty unless it is said.

    Raises:
        RequestValidationError: they are too many.
    """
    try:
        return span_of(since, until, today)
    except ValueError as error:
        told = {"type": "value_error", "loc": ("query", "from"), "ctx": {"error": error}}
        raise RequestValidationError([told]) from error


def _zone(name: str) -> str:
    return zones.zone_of(name).key


type Zone = Annotated[str, AfterValidator(_zone)]
"""The IANA name of a time zone that is known here."""
