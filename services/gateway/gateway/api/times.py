"""Times and days as they are asked for."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from gateway import zones
from gateway.api.injected import or_empty
from gateway.moments import Moment

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


def _zone(name: str) -> str:
    return zones.zone_of(name).key


type Zone = Annotated[str, AfterValidator(_zone)]
"""The IANA name of a time zone that is known here."""
