"""Pages of runs, newest first: by how they stand, whose they are, when and what they are about.

A text is words, each the beginning of a word of the topic. They are looked for from run to run,
in so many for a page. When that is not enough, and few runs have them, those are found at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

from asyncpg import Pool, Record

from contracts.base import RunId
from gateway.moments import Moment
from gateway.state import RunStatus

FEW = 2000
"""So many runs that have the words are sorted for a page."""
LOOKED_THROUGH = 5000
"""So many runs a page is looked for in."""

LIST_NEWEST = """
SELECT *
FROM (
    SELECT *, row_number() OVER (ORDER BY at DESC, run_id DESC) AS place
    FROM (
        SELECT run_id, channel_id, topic, brand_name, pipeline, status, current_agent, dry_run,
               simulated, created_at, updated_at, completed_at, priority, paused,
               waiting_for_approval, parent_run_id, created_at AS at,
               $4::text IS NULL OR topic_words @@ $4::text::tsquery AS is_wanted
        FROM gateway.runs
        WHERE ($1::timestamptz IS NULL OR created_at >= $1)
          AND ($2::timestamptz IS NULL OR (created_at, run_id) < ($2, $3::text))
        ORDER BY created_at DESC, run_id DESC
        LIMIT $5
    ) AS following
) AS numbered
WHERE is_wanted
   OR place = $5
ORDER BY at DESC, run_id DESC
LIMIT $6
"""

_LIST_KEYED = """\
SELECT *
FROM (
    SELECT *, row_number() OVER (ORDER BY at DESC, run_id DESC) AS place
    FROM (
        SELECT run_id, channel_id, topic, brand_name, pipeline, status, current_agent, dry_run,
               simulated, created_at, updated_at, completed_at, priority, paused,
               waiting_for_approval, parent_run_id, timezone('UTC', created_at) AS at,
               $4::text IS NULL OR topic_words @@ $4::text::tsquery AS is_wanted
        FROM gateway.runs
        WHERE <key> = $7
          AND ($1::timestamptz IS NULL OR timezone('UTC', created_at) >= timezone('UTC', $1))
          AND ($2::timestamptz IS NULL
               OR (timezone('UTC', created_at), run_id) < (timezone('UTC', $2), $3::text))
        ORDER BY timezone('UTC', created_at) DESC, run_id DESC
        LIMIT $5
    ) AS following
) AS numbered
WHERE is_wanted
   OR place = $5
ORDER BY at DESC, run_id DESC
LIMIT $6
"""

KEYS = ("channel_id", "pipeline", "status")
LIST_KEYED: Mapping[tuple[str, ...], str] = {
    keys: _LIST_KEYED.replace("<key>", " || '/' || ".join(keys))
    for count in range(1, len(KEYS) + 1)
    for keys in combinations(KEYS, count)
}
"""By the columns that are asked for. One index alone has the key of each and its order of time.

With the columns by themselves, in the order of `created_at`, the planner would go through the
newest runs of all for a channel that usually is among them, and has had none for a year.
"""

LIST_FEW = """
WITH found AS MATERIALIZED (
    SELECT run_id, channel_id, topic, brand_name, pipeline, status, current_agent, dry_run,
           simulated, created_at, updated_at, completed_at, priority, paused,
           waiting_for_approval, parent_run_id
    FROM gateway.runs
    WHERE ($1::text IS NULL OR topic_words @@ $1::text::tsquery)
      AND ($2::text IS NULL OR parent_run_id = $2)
)
SELECT *
FROM found
WHERE ($3::text IS NULL OR channel_id = $3)
  AND ($4::text IS NULL OR pipeline = $4)
  AND ($5::text IS NULL OR status = $5)
  AND ($6::timestamptz IS NULL OR created_at >= $6)
  AND ($7::timestamptz IS NULL OR (created_at, run_id) < ($7, $8::text))
ORDER BY created_at DESC, run_id DESC
LIMIT $9
"""

COUNT_FEW = """
WITH found AS MATERIALIZED (
    SELECT
    FROM gateway.runs
    WHERE topic_words @@ $1::text::tsquery
)
SELECT count(*)
FROM (SELECT FROM found LIMIT $2) AS few
"""

WORDS = r"""
SELECT string_agg(
    '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''':*', ' & '
)
FROM unnest(to_tsvector('simple', $1))
"""


class Place(NamedTuple):
    """Where a page of runs ended: the next one begins behind it."""

    created_at: Moment
    run_id: RunId


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs; what is None does not matter. Those of `since` are in, of `until` not."""

    channel_id: str | None = None
    pipeline: str | None = None
    status: RunStatus | None = None
    parent_run_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


class Page(NamedTuple):
    """`more` is where to go on, None when there is nothing more."""

    rows: Sequence[Record]
    more: Place | None


async def page(pool: Pool, wanted: Wanted, *, after: Place | None, limit: int) -> Page:
    """Return the runs that are wanted, newest first.

    A page by words that many runs have may hold less than `limit`, though there is more.
    """
    words = None
    if wanted.text is not None and (words := await pool.fetchval(WORDS, wanted.text)) is None:
        return Page([], None)
    if wanted.parent_run_id is not None:
        return await _among_few(pool, wanted, words, after, limit)
    found = await _look_through(pool, wanted, words, after, limit)
    is_cut = len(found.rows) < limit and found.more is not None
    if is_cut and await pool.fetchval(COUNT_FEW, words, FEW + 1) <= FEW:
        return await _among_few(pool, wanted, words, after, limit)
    return found


async def _look_through(
    pool: Pool, wanted: Wanted, words: str | None, after: Place | None, limit: int
) -> Page:
    """Return what is among the runs that follow; without words that is each of them."""
    most = limit + 1 if words is None else LOOKED_THROUGH
    keys = tuple(key for key in KEYS if getattr(wanted, key) is not None)
    rows = await pool.fetch(
        LIST_KEYED[keys] if keys else LIST_NEWEST,
        wanted.since,
        *_before(wanted, after),
        words,
        most,
        limit + 1,
        *(["/".join(getattr(wanted, key) for key in keys)] if keys else []),
    )
    shown = [row for row in rows if row["is_wanted"]]
    if len(shown) > limit:
        return Page(shown[:limit], _place_of(shown[limit - 1]))
    is_cut = bool(rows) and rows[-1]["place"] == most
    return Page(shown, _place_of(rows[-1]) if is_cut else None)


async def _among_few(
    pool: Pool, wanted: Wanted, words: str | None, after: Place | None, limit: int
) -> Page:
    rows = await pool.fetch(
        LIST_FEW,
        words,
        wanted.parent_run_id,
        wanted.channel_id,
        wanted.pipeline,
        wanted.status,
        wanted.since,
        *_before(wanted, after),
        limit + 1,
    )
    return Page(rows[:limit], _place_of(rows[limit - 1]) if len(rows) > limit else None)


def _before(wanted: Wanted, after: Place | None) -> tuple[datetime | None, str]:
    """Return the earlier of both ends: before all ids of a time is before that time."""
    places = [place for place in (after, wanted.until and (wanted.until, "")) if place]
    return min(places, default=(None, ""))


def _place_of(row: Record) -> Place:
    return Place(row["created_at"], row["run_id"])
