"""The sums over all runs, moved by what changes: reading them costs the same at any size."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

from gateway.checkpoint import Session
from gateway.state import ENDED, RunState, RunStatus

STATUSES: tuple[RunStatus, ...] = ("pending", "running", "completed", "failed", "cancelled")
"""In the order of the columns of the totals."""
RAN_TO_END: frozenset[RunStatus] = ENDED - {"cancelled"}
"""How long a run took that somebody stopped says nothing of how long runs take."""

ADD = """
UPDATE gateway.totals
SET runs = runs + $1,
    pending = pending + $2,
    running = running + $3,
    completed = completed + $4,
    failed = failed + $5,
    cancelled = cancelled + $6,
    finished_duration_ms = finished_duration_ms + $7
"""

FORGET = """
UPDATE gateway.totals
SET runs = 0, pending = 0, running = 0, completed = 0, failed = 0, cancelled = 0,
    finished_duration_ms = 0
"""


async def move(
    session: Session,
    before: Mapping[str, RunState],
    changed: Sequence[RunState],
    deleted: Collection[str] = (),
) -> None:
    """Move the totals by what runs have become since `before`, where new ones are not."""
    met = dict.fromkeys(chain((run.run_id for run in changed), deleted))
    old = of_runs(before[run_id] for run_id in met if run_id in before)
    new = of_runs(changed)
    if old != new:
        await session.execute(ADD, *(b - a for a, b in zip(old, new, strict=True)))


async def forget(session: Session) -> None:
    await session.execute(FORGET)


def of_runs(runs: Iterable[RunState]) -> list[int]:
    """Return runs, how many of them stand how, milliseconds of those that ran to an end."""
    totals = [0] * (len(STATUSES) + 2)
    for run in runs:
        totals[0] += 1
        totals[STATUSES.index(run.status) + 1] += 1
        totals[-1] += took_ms(run)
    return totals


def took_ms(run: RunState) -> int:
    """Return the milliseconds that a run took, 0 unless it ran to an end."""
    if run.status not in RAN_TO_END or run.completed_at is None:
        return 0
    return round((run.completed_at - run.created_at).total_seconds() * 1000)
