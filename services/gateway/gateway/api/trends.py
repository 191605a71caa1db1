"""How runs go and what they cost, day by day, for the charts of the dashboard."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self

from asyncpg import Record
from fastapi import APIRouter
from pydantic import BaseModel

from contracts.base import Name
from gateway import bills, hours
from gateway.api.injected import Kits, or_empty
from gateway.api.money import usd_of_sum
from gateway.api.problems import PROBLEMS
from gateway.api.rights import GuardedRoute, needs
from gateway.api.times import SinceDay, UntilDay, Zone, days_of
from gateway.zones import zone_of

UTC_ZONE = "UTC"

router = APIRouter(prefix="/api/v1/dashboard", tags=["dashboard"], route_class=GuardedRoute)


class TrendDay(BaseModel):
    """What happened on one day. A run may have been requested on an earlier one than it ended.

    `success_rate` is the share of those that completed among those that completed or failed,
    0 to 1, `avg_duration_s` how long they took from the request to the end; both are null on a
    day without any. `cost_usd` is null when none of its calls has a known price, or when a
    channel or a pipeline is asked for: the bill does not know of them. So is `money_saved_usd`.
    """

    day: date
    requested: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None
    avg_duration_s: float | None
    cost_usd: float | None
    money_saved_usd: float | None

    @classmethod
    def of(cls, row: Record, bill: Record | None) -> Self:
        ended = row["completed"] + row["failed"]
        return cls(
            day=row["day"],
            requested=row["requested"],
            completed=row["completed"],
            failed=row["failed"],
            cancelled=row["cancelled"],
            success_rate=row["completed"] / ended if ended else None,
            avg_duration_s=row["finished_duration_ms"] / ended / 1000 if ended else None,
            **_money_of(bill),
        )


class Trends(BaseModel):
    """Every day that was asked for, the first one first, as it is in the time zone `tz`."""

    tz: str
    items: tuple[TrendDay, ...]


@router.get("/trends", dependencies=[needs("read")], responses=PROBLEMS["invalid-request"])
async def show_trends(  # noqa: PLR0913 -- one for each filter
    kit: Kits,
    *,
    since: SinceDay = None,
    until: UntilDay = None,
    tz: Annotated[Zone | None, or_empty(str)] = None,
    channel_id: Annotated[Name | None, or_empty(Name)] = None,
    pipeline: Annotated[Name | None, or_empty(Name)] = None,
) -> Trends:
    """Tell what happened on each of up to 366 days, the last 30 unless it is said.

    Costs the same however many runs there are. Days are those of the zone `tz`, made of whole
    hours in UTC: where a day begins in the middle of one, that hour is of the day before.
    """
    zone = zone_of(tz or UTC_ZONE)
    span = days_of(since, until, datetime.now(zone).date())
    days, bounds = span.days, span.bounds(zone)
    rows = await hours.by_day(kit.pool, channel_id, pipeline, days=days, bounds=bounds)
    is_whole = channel_id is None and pipeline is None
    found = await bills.by_span(kit.pool, days, bounds) if is_whole else None
    by_day = {bill["day"]: bill for bill in found or ()}
    return Trends(
        tz=zone.key, items=tuple(TrendDay.of(row, by_day.get(row["day"])) for row in rows)
    )


def _money_of(bill: Record | None) -> Mapping[str, float | None]:
    if bill is None:
        return {"cost_usd": None, "money_saved_usd": None}
    return {
        "cost_usd": usd_of_sum(bill["cost_usd_micro"], bill["calls"], bill["unpriced_calls"]),
        "money_saved_usd": usd_of_sum(
            bill["saved_usd_micro"], bill["saved_calls"], bill["unpriced_saved_calls"]
        ),
    }
