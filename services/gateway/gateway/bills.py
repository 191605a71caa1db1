"""Paid calls one by one, and what they come to by run, day, agent or model.

Sums are of what the usage service keeps for each hour, day and run: they cost the same however
many calls there are. Days are in UTC, unless somebody says where they begin and end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import combinations, pairwise
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from asyncpg import Pool, Record
from pydantic import AfterValidator

from contracts.base import RunId
from gateway.moments import Moment
from gateway.store import UNREADABLE
from gateway.text import refuse_control_characters

LIST_CALLS = """
SELECT id, run_id, step, attempt, agent, capability, provider, model,
       prompt_tokens, completion_tokens, total_tokens, cost_usd_micro, simulated, created_at
FROM usage.calls
WHERE ($1::timestamptz IS NULL OR created_at >= $1)
  AND ($2::timestamptz IS NULL OR created_at < $2)
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
ORDER BY created_at DESC, id DESC
LIMIT $5
"""

_LIST_KEYED = """\
SELECT id, run_id, step, attempt, agent, capability, provider, model,
       prompt_tokens, completion_tokens, total_tokens, cost_usd_micro, simulated, created_at
FROM usage.calls
WHERE <key> = $6
  AND ($1::timestamptz IS NULL OR timezone('UTC', created_at) >= timezone('UTC', $1))
  AND ($2::timestamptz IS NULL OR timezone('UTC', created_at) < timezone('UTC', $2))
  AND ($3::timestamptz IS NULL
       OR (timezone('UTC', created_at), id) < (timezone('UTC', $3), $4::uuid))
ORDER BY timezone('UTC', created_at) DESC, id DESC
LIMIT $5
"""

KEYS = ("agent", "model")
LIST_KEYED: Mapping[tuple[str, ...], str] = {
    keys: _LIST_KEYED.replace("<key>", " || '/' || ".join(keys))
    for count in range(1, len(KEYS) + 1)
    for keys in combinations(KEYS, count)
}
"""By the columns that are asked for: one index alone has the key of each and its order of time."""

LIST_OF_RUN = """
WITH of_run AS MATERIALIZED (
    SELECT id, run_id, step, attempt, agent, capability, provider, model,
           prompt_tokens, completion_tokens, total_tokens, cost_usd_micro, simulated, created_at
    FROM usage.calls
    WHERE run_id = $6
)
SELECT *
FROM of_run
WHERE ($1::timestamptz IS NULL OR created_at >= $1)
  AND ($2::timestamptz IS NULL OR created_at < $2)
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
  AND ($7::text IS NULL OR agent = $7)
  AND ($8::text IS NULL OR model = $8)
ORDER BY created_at DESC, id DESC
LIMIT $5
"""

SUMS = """
SELECT first, second,
       sum(calls)::bigint AS calls,
       sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens,
       sum(cost_usd_micro)::bigint AS cost_usd_micro,
       sum(unpriced_calls)::bigint AS unpriced_calls,
       COALESCE(sum(calls) FILTER (WHERE simulated), 0)::bigint AS simulated_calls,
       sum(saved_calls)::bigint AS saved_calls,
       sum(saved_usd_micro)::bigint AS saved_usd_micro,
       sum(unpriced_saved_calls)::bigint AS unpriced_saved_calls
FROM (
    SELECT *,
           CASE $1
               WHEN 'day' THEN day::text
               WHEN 'agent' THEN agent
               WHEN 'model' THEN provider
               ELSE ''
           END AS first,
           CASE $1 WHEN 'model' THEN model ELSE '' END AS second
    FROM usage.day_costs
    WHERE ($2::date IS NULL OR day >= $2)
      AND ($3::date IS NULL OR day < $3)
) AS named
WHERE $4::text IS NULL
   OR (first, second) > ($4, $5::text)
GROUP BY first, second
ORDER BY CASE WHEN $1 = 'day' THEN first END DESC, first, second
LIMIT $6
"""

BY_DAY_AND_NAME = """
SELECT day, first, second,
       sum(calls)::bigint AS calls,
       sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens,
       sum(cost_usd_micro)::bigint AS cost_usd_micro,
       sum(unpriced_calls)::bigint AS unpriced_calls,
       COALESCE(sum(calls) FILTER (WHERE simulated), 0)::bigint AS simulated_calls,
       sum(saved_calls)::bigint AS saved_calls,
       sum(saved_usd_micro)::bigint AS saved_usd_micro,
       sum(unpriced_saved_calls)::bigint AS unpriced_saved_calls
FROM (
    SELECT *,
           CASE $1 WHEN 'agent' THEN agent ELSE provider END AS first,
           CASE $1 WHEN 'agent' THEN '' ELSE model END AS second
    FROM usage.day_costs
    WHERE day >= $2
      AND day < $3
) AS named
GROUP BY day, first, second
ORDER BY day, first, second
"""

BY_RUN = """
SELECT run.*,
       COALESCE(saving.saved_calls, 0) AS saved_calls,
       COALESCE(saving.saved_usd_micro, 0) AS saved_usd_micro,
       COALESCE(saving.unpriced_calls, 0) AS unpriced_saved_calls
FROM (
    SELECT run_id, first_at, calls, prompt_tokens, completion_tokens,
           cost_usd_micro, unpriced_calls, simulated_calls
    FROM usage.run_costs
    WHERE ($1::timestamptz IS NULL OR first_at >= $1)
      AND ($2::timestamptz IS NULL OR first_at < $2)
      AND ($3::timestamptz IS NULL OR (first_at, run_id) < ($3, $4::text))
    ORDER BY first_at DESC, run_id DESC
    LIMIT $5
) AS run
LEFT JOIN LATERAL (
    SELECT saved_calls, saved_usd_micro, unpriced_calls
    FROM usage.run_savings
    WHERE run_id = run.run_id
) AS saving ON true
ORDER BY first_at DESC, run_id DESC
"""

BY_SPAN = """
SELECT day, sums.*
FROM unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) AS days (day, begins_at, ends_at)
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(calls), 0)::bigint AS calls,
           COALESCE(sum(cost_usd_micro), 0)::bigint AS cost_usd_micro,
           COALESCE(sum(unpriced_calls), 0)::bigint AS unpriced_calls,
           COALESCE(sum(saved_calls), 0)::bigint AS saved_calls,
           COALESCE(sum(saved_usd_micro), 0)::bigint AS saved_usd_micro,
           COALESCE(sum(unpriced_saved_calls), 0)::bigint AS unpriced_saved_calls
    FROM usage.hour_costs
    WHERE hour >= begins_at
      AND hour < ends_at
) AS sums
ORDER BY day
"""

type Text = Annotated[str, AfterValidator(refuse_control_characters)]


class CallPlace(NamedTuple):
    """Where a page of calls ended: the next one begins behind it."""

    created_at: Moment
    id: UUID


class RunPlace(NamedTuple):
    first_at: Moment
    run_id: RunId


class DayPlace(NamedTuple):
    day: date


class NamePlace(NamedTuple):
    """The name of an agent, or of a provider and its model."""

    first: Text
    second: Text


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls; what is None does not matter. Those of `since` are in, of `until` not."""

    run_id: str | None = None
    agent: str | None = None
    model: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Days(NamedTuple):
    """Which days; None is without an end. Calls of `since` are in, of `until` not."""

    since: date | None = None
    until: date | None = None


async def calls(
    pool: Pool, wanted: Wanted, *, after: CallPlace | None, limit: int
) -> Sequence[Record]:
    """Return the paid calls that are wanted, newest first."""
    bounds = (wanted.since, wanted.until, *(after or (None, None)), limit)
    if wanted.run_id is not None:
        filters = (wanted.run_id, wanted.agent, wanted.model)
        return await pool.fetch(LIST_OF_RUN, *bounds, *filters)
    keys = tuple(key for key in KEYS if getattr(wanted, key) is not None)
    if not keys:
        return await pool.fetch(LIST_CALLS, *bounds)
    value = "/".join(getattr(wanted, key) for key in keys)
    return await pool.fetch(LIST_KEYED[keys], *bounds, value)


async def total(pool: Pool, days: Days) -> Record | None:
    """Return what all calls of those days come to, None when there were none."""
    return await pool.fetchrow(SUMS, "all", *days, None, None, 1)


async def by_day(pool: Pool, days: Days, *, after: DayPlace | None, limit: int) -> Sequence[Record]:
    """Return what days come to, the last one first."""
    until = after.day if after else days.until
    return await pool.fetch(SUMS, "day", days.since, until, None, None, limit)


async def by_name(
    pool: Pool,
    group: Literal["agent", "model"],
    days: Days,
    *,
    after: NamePlace | None,
    limit: int,
) -> Sequence[Record]:
    """Return what agents or models come to in those days, by their names."""
    return await pool.fetch(SUMS, group, *days, *(after or (None, None)), limit)


async def by_day_and_name(
    pool: Pool, group: Literal["agent", "model"], since: date, until: date
) -> Sequence[Record]:
    """Return what agents or models come to on each day on which they were paid, first day first."""
    return await pool.fetch(BY_DAY_AND_NAME, group, since, until)


async def by_run(pool: Pool, days: Days, *, after: RunPlace | None, limit: int) -> Sequence[Record]:
    """Return what runs come to that made their first call in those days, the last one first."""
    bounds = (_begin_of(days.since), _begin_of(days.until))
    return await pool.fetch(BY_RUN, *bounds, *(after or (None, None)), limit)


async def by_span(
    pool: Pool, days: Sequence[date], bounds: Sequence[datetime]
) -> Sequence[Record] | None:
    """Return what `days` come to, which `bounds` begin and end; None when there is no bill.

    An hour is of the day in which it begins.
    """
    spans = list(pairwise(bounds))
    begins, ends = [begin for begin, _ in spans], [end for _, end in spans]
    try:
        return await pool.fetch(BY_SPAN, list(days), begins, ends)
    except UNREADABLE:
        return None


def _begin_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
