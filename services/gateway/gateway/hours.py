"""What happened in each hour: of all runs, and of those of a channel, of a pipeline and of both.

The hours are moved by what changes, as the totals are, so that a chart of a year adds up at most
so many rows as a year has hours, however many runs there are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice, pairwise

from asyncpg import Pool, Record

from gateway import rows
from gateway.checkpoint import Session
from gateway.state import ENDED, RunState, without
from gateway.totals import took_ms

ALL = ""
"""Stands for every channel, or every pipeline: none is called so."""
FIGURES = 5

ADD = """
INSERT INTO gateway.hours AS total (
    channel_id, pipeline, hour, requested, completed, failed, cancelled, finished_duration_ms
)
SELECT COALESCE(channel_id, ''), COALESCE(pipeline, ''), hour,
       sum(requested), sum(completed), sum(failed), sum(cancelled), sum(duration_ms)
FROM (
    SELECT *, date_trunc('hour', at, 'UTC') AS hour
    FROM unnest(
        $1::text[], $2::text[], $3::timestamptz[],
        $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]
    ) AS event (
        channel_id, pipeline, at, requested, completed, failed, cancelled, duration_ms
    )
) AS happened
GROUP BY hour, CUBE (channel_id, pipeline)
ON CONFLICT (channel_id, pipeline, hour) DO UPDATE
SET requested = total.requested + excluded.requested,
    completed = total.completed + excluded.completed,
    failed = total.failed + excluded.failed,
    cancelled = total.cancelled + excluded.cancelled,
    finished_duration_ms = total.finished_duration_ms + excluded.finished_duration_ms
"""

EMPTY = """
DELETE FROM gateway.hours
WHERE hour = ANY($1)
  AND requested = 0
  AND completed = 0
  AND failed = 0
  AND cancelled = 0
"""

BY_DAY = """
SELECT day, sums.*
FROM unnest($3::date[], $4::timestamptz[], $5::timestamptz[]) AS days (day, begins_at, ends_at)
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(requested), 0)::bigint AS requested,
           COALESCE(sum(completed), 0)::bigint AS completed,
           COALESCE(sum(failed), 0)::bigint AS failed,
           COALESCE(sum(cancelled), 0)::bigint AS cancelled,
           COALESCE(sum(finished_duration_ms), 0)::bigint AS finished_duration_ms
    FROM gateway.hours
    WHERE channel_id = $1
      AND pipeline = $2
      AND hour >= begins_at
      AND hour < ends_at
) AS sums
ORDER BY day
"""

type Happening = tuple[str, str, datetime, int, int, int, int, int]
"""Channel, pipeline, when; 1 for what happened of requested, completed, failed, cancelled; ms."""


async def move(
    session: Session,
    before: Mapping[str, RunState],
    changed: Sequence[RunState],
    deleted: Collection[str] = (),
) -> None:
    """Move the hours by what has happened to runs since `before`, where new ones are not.

    What happened to runs that are deleted is taken off again.
    """
    kept = without(before, deleted)
    news = [each for run in changed for each in _news(kept.get(run.run_id), run)]
    gone = [each for run_id in deleted if run_id in before for each in happened(before[run_id])]
    news += [_taken_off(each) for each in gone]
    if news:
        await session.execute(ADD, *rows.columns(news, 3 + FIGURES))
    if gone:
        await session.execute(EMPTY, list({hour_of(each[2]) for each in gone}))


def happened(run: RunState) -> Iterator[Happening]:
    """Yield that a run was requested and, when it has ended, how; neither ever changes."""
    whose = (run.channel_id, run.pipeline)
    yield (*whose, run.created_at, 1, 0, 0, 0, 0)
    if run.status in ENDED and run.completed_at is not None:
        completed, failed, cancelled = (
            int(run.status == status) for status in ("completed", "failed", "cancelled")
        )
        yield (*whose, run.completed_at, 0, completed, failed, cancelled, took_ms(run))


def hour_of(at: datetime) -> datetime:
    """Return the hour in which something happened, by its beginning."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def by_day(
    pool: Pool,
    channel_id: str | None,
    pipeline: str | None,
    *,
    days: Sequence[date],
    bounds: Sequence[datetime],
) -> Sequence[Record]:
    """Return what happened on each of `days`, which `bounds` begin and end.

    An hour is of the day in which it begins.
    """
    spans = list(pairwise(bounds))
    begins, ends = [begin for begin, _ in spans], [end for _, end in spans]
    whose = (channel_id or ALL, pipeline or ALL)
    return await pool.fetch(BY_DAY, *whose, list(days), begins, ends)


def _news(before: RunState | None, run: RunState) -> Iterator[Happening]:
    known = 0 if before is None else 1 + (before.status in ENDED)
    return islice(happened(run), known, None)


def _taken_off(happening: Happening) -> Happening:
    channel_id, pipeline, at, *figures = happening
    requested, completed, failed, cancelled, took_ms_ = (-figure for figure in figures)
    return channel_id, pipeline, at, requested, completed, failed, cancelled, took_ms_
