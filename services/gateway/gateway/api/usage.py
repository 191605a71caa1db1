"""What was paid for: call by call, and by run, day, agent or model."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, StringConstraints

from contracts.base import Name, RunId
from gateway import bills
from gateway.api.cursors import Cursors
from gateway.api.injected import Kits, or_empty
from gateway.api.money import usd, usd_of_sum
from gateway.api.problems import PROBLEMS
from gateway.api.rights import GuardedRoute, needs
from gateway.api.times import Since, SinceDay, Until, UntilDay, days_of
from gateway.bills import CallPlace, DayPlace, Days, NamePlace, RunPlace, Wanted
from gateway.kit import Kit
from gateway.text import refuse_control_characters

MODEL_MAX_CHARS = 200

router = APIRouter(prefix="/api/v1/usage", tags=["usage"], route_class=GuardedRoute)

type Group = Literal["run", "day", "agent", "model"]
type NamedGroup = Literal["agent", "model"]
type _Model = Annotated[
    str, StringConstraints(max_length=MODEL_MAX_CHARS), AfterValidator(refuse_control_characters)
]
type _Limit = Annotated[int, Query(ge=1, le=500)]

type _Page = tuple[tuple[GroupSums, ...], str | None]

_calls = Cursors("calls", CallPlace)
_runs = Cursors("run costs", RunPlace)
_days = Cursors("day costs", DayPlace)
_agents = Cursors("agent costs", NamePlace)
_models = Cursors("model costs", NamePlace)


class CallView(BaseModel):
    """One paid call. `cost_usd` is null when it is not `priced`: nobody knows what it cost."""

    id: UUID
    run_id: str
    step: str
    attempt: int
    agent: str
    capability: str
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost_usd: float | None
    priced: bool
    simulated: bool
    created_at: AwareDatetime

    @classmethod
    def of_row(cls, row: Record) -> Self:
        cost = row["cost_usd_micro"]
        return cls.model_validate({**row, "cost_usd": usd(cost), "priced": cost is not None})


class CallPage(BaseModel):
    items: tuple[CallView, ...]
    next_cursor: str | None


class Sums(BaseModel):
    """`cost_usd` is null when none of the calls has a known price, as is `money_saved_usd`.

    `saved_calls` were answered without being paid, as they had been paid before. They are in no
    other figure, and what they would have cost is in `money_saved_usd` alone.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float | None = 0.0
    unpriced_calls: int = 0
    simulated_calls: int = 0
    saved_calls: int = 0
    money_saved_usd: float | None = 0.0


class GroupSums(Sums):
    """What belongs together: by a run, a day, an agent, or a model and its provider."""

    run_id: str | None = None
    day: date | None = None
    agent: str | None = None
    provider: str | None = None
    model: str | None = None


class UsageDays(BaseModel):
    """What each agent or model came to on each day on which it was paid."""

    group_by: NamedGroup
    items: tuple[GroupSums, ...]


class UsageSummary(BaseModel):
    """`total` is of all calls of the days that are asked for, whatever page of `items` this is."""

    group_by: Group
    total: Sums
    items: tuple[GroupSums, ...]
    next_cursor: str | None


@router.get(
    "", dependencies=[needs("read")], responses=PROBLEMS["invalid-request", "invalid-cursor"]
)
async def list_usage(  # noqa: PLR0913 -- one for each filter
    kit: Kits,
    *,
    run_id: Annotated[RunId | None, or_empty(RunId)] = None,
    agent: Annotated[Name | None, or_empty(Name)] = None,
    model: Annotated[_Model | None, or_empty(_Model)] = None,
    since: Since = None,
    until: Until = None,
    limit: _Limit = 100,
    cursor: str = "",
) -> CallPage:
    """List paid calls, newest first. What was answered from the journal is not among them."""
    wanted = Wanted(run_id, agent, model, since, until)
    rows = await bills.calls(kit.pool, wanted, after=_calls.place(cursor), limit=limit + 1)
    items = tuple(map(CallView.of_row, rows[:limit]))
    more = CallPlace(items[-1].created_at, items[-1].id) if len(rows) > limit else None
    return CallPage(items=items, next_cursor=_calls.of(more))


@router.get(
    "/summary",
    dependencies=[needs("read")],
    responses=PROBLEMS["invalid-request", "invalid-cursor"],
)
async def summarize_usage(  # noqa: PLR0913 -- one for each filter
    kit: Kits,
    *,
    group_by: Group = "day",
    since: SinceDay = None,
    until: UntilDay = None,
    limit: _Limit = 100,
    cursor: str = "",
) -> UsageSummary:
    """Add up what was paid for and what was saved. Costs the same however many calls there are.

    Days are in UTC. A run is among those of the day of its first call, with all that it cost.
    """
    days = Days(since, until)
    items, more = await _GROUPS[group_by](kit, days, cursor, limit)
    total = await bills.total(kit.pool, days)
    return UsageSummary(
        group_by=group_by,
        total=Sums() if total is None else Sums.model_validate(_sums_of(total)),
        items=items,
        next_cursor=more,
    )


@router.get("/days", dependencies=[needs("read")], responses=PROBLEMS["invalid-request"])
async def list_usage_days(
    kit: Kits,
    *,
    group_by: NamedGroup = "agent",
    since: SinceDay = None,
    until: UntilDay = None,
) -> UsageDays:
    """Tell what agents or models came to on each of up to 366 days, the last 30 unless it is said.

    Days are in UTC, the first one first; who was not paid on a day is not among those of the day.
    """
    span = days_of(since, until, datetime.now(UTC).date())
    rows = await bills.by_day_and_name(kit.pool, group_by, span.since, span.until)
    items = (GroupSums(day=row["day"], **_NAMES[group_by](row), **_sums_of(row)) for row in rows)
    return UsageDays(group_by=group_by, items=tuple(items))


async def _by_run(kit: Kit, days: Days, cursor: str, limit: int) -> _Page:
    rows = await bills.by_run(kit.pool, days, after=_runs.place(cursor), limit=limit + 1)
    items = tuple(GroupSums(run_id=row["run_id"], **_sums_of(row)) for row in rows[:limit])
    last = _last(rows, limit)
    more = None if last is None else RunPlace(last["first_at"], last["run_id"])
    return items, _runs.of(more)


async def _by_day(kit: Kit, days: Days, cursor: str, limit: int) -> _Page:
    rows = await bills.by_day(kit.pool, days, after=_days.place(cursor), limit=limit + 1)
    items = tuple(
        GroupSums(day=date.fromisoformat(row["first"]), **_sums_of(row)) for row in rows[:limit]
    )
    last = _last(rows, limit)
    more = None if last is None else DayPlace(date.fromisoformat(last["first"]))
    return items, _days.of(more)


async def _by_agent(kit: Kit, days: Days, cursor: str, limit: int) -> _Page:
    after = _agents.place(cursor)
    rows = await bills.by_name(kit.pool, "agent", days, after=after, limit=limit + 1)
    items = tuple(GroupSums(**_agent_of(row), **_sums_of(row)) for row in rows[:limit])
    last = _last(rows, limit)
    more = None if last is None else NamePlace(last["first"], last["second"])
    return items, _agents.of(more)


async def _by_model(kit: Kit, days: Days, cursor: str, limit: int) -> _Page:
    after = _models.place(cursor)
    rows = await bills.by_name(kit.pool, "model", days, after=after, limit=limit + 1)
    items = tuple(GroupSums(**_model_of(row), **_sums_of(row)) for row in rows[:limit])
    last = _last(rows, limit)
    more = None if last is None else NamePlace(last["first"], last["second"])
    return items, _models.of(more)


_GROUPS: Mapping[Group, Callable[[Kit, Days, str, int], Awaitable[_Page]]] = {
    "run": _by_run,
    "day": _by_day,
    "agent": _by_agent,
    "model": _by_model,
}


def _agent_of(row: Record) -> dict[str, Any]:
    return {"agent": row["first"]}


def _model_of(row: Record) -> dict[str, Any]:
    return {"provider": row["first"], "model": row["second"]}


_NAMES: Mapping[NamedGroup, Callable[[Record], dict[str, Any]]] = {
    "agent": _agent_of,
    "model": _model_of,
}


def _last(rows: Sequence[Record], limit: int) -> Record | None:
    """Return the last row of a page when there is another one behind it."""
    return rows[limit - 1] if len(rows) > limit else None


def _sums_of(row: Record) -> dict[str, Any]:
    known = {name: row[name] for name in Sums.model_fields if name in row}
    return known | {
        "total_tokens": row["prompt_tokens"] + row["completion_tokens"],
        "cost_usd": usd_of_sum(row["cost_usd_micro"], row["calls"], row["unpriced_calls"]),
        "money_saved_usd": usd_of_sum(
            row["saved_usd_micro"], row["saved_calls"], row["unpriced_saved_calls"]
        ),
    }
