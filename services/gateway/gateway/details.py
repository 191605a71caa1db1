"""All that the projection holds of one run, as much of it as a page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from asyncpg import Pool, Record

from contracts.base import instance_of
from contracts.events import StepError
from gateway import loading, rows
from gateway.checkpoint import Session
from gateway.state import ApprovalState, InstanceState, RunState

ERRORS_SHOWN = 100
"""Of all instances of all steps; the pages of a step's instances have the rest."""
UNFINISHED_SHOWN = 20
CHILDREN_SHOWN = 20

ERRORS = """
SELECT step, attempt, agent, error, message, retryable, retry_after_s
FROM gateway.errors
WHERE run_id = $1
ORDER BY strpos(step, ':') > 0, attempt, step
LIMIT $2
"""

UNFINISHED = """
SELECT i.*
FROM gateway.steps AS s
CROSS JOIN LATERAL (
    SELECT run_id, step, index, round,
           agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
           attempts
    FROM gateway.instances
    WHERE run_id = s.run_id
      AND step = s.step
      AND round = s.attempt
      AND status <> 'completed'
    ORDER BY status, index
    LIMIT $2
) AS i
WHERE s.run_id = $1
  AND s.items IS NOT NULL
"""

INSTANCES = """
SELECT run_id, step, index, round,
       agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
       attempts
FROM gateway.instances
WHERE run_id = $1
  AND step = $2
  AND round = $3
  AND index > $4
  AND ($5::text IS NULL OR status = $5)
ORDER BY index
LIMIT $6
"""

ERRORS_OF_STEPS = """
SELECT step, attempt, agent, error, message, retryable, retry_after_s
FROM gateway.errors
WHERE run_id = $1
  AND step = ANY($2)
"""

APPROVALS = """
SELECT run_id, step, round, risk, digest, agent, task, shown, expected_cost_usd_micro, dry_run,
       requested_at, expires_at, on_expiry, requester_may_approve, revise,
       status, comment, decided_by, decided_at
FROM gateway.approvals
WHERE run_id = $1
ORDER BY requested_at, step
"""

CHILDREN = """
SELECT run_id, parent_from_step, parent_kind, status, created_at
FROM gateway.runs
WHERE parent_run_id = $1
ORDER BY created_at DESC
LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Details:
    """A run, its first errors, what is not finished of its instances, and what came of it."""

    run: RunState
    errors: Sequence[StepError]
    instances: Sequence[InstanceState] = ()
    instance_errors: Sequence[StepError] = ()
    approvals: Sequence[ApprovalState] = ()
    children: Sequence[Record] = field(default_factory=list)


class Page(NamedTuple):
    instances: list[InstanceState]
    errors: list[StepError]


async def find(pool: Pool, run_id: str) -> Details | None:
    """Return what there is of a run, or None when the projection has no such run."""
    async with pool.acquire() as session, session.transaction(isolation="repeatable_read"):
        run = (await loading.load_runs(session, [run_id])).get(run_id)
        if run is None:
            return None
        unfinished = await _unfinished(session, run)
        return Details(
            run=run,
            errors=_errors(await session.fetch(ERRORS, run_id, ERRORS_SHOWN)),
            instances=unfinished,
            instance_errors=await _errors_of(session, run_id, unfinished),
            approvals=[rows.approval_of(row) for row in await session.fetch(APPROVALS, run_id)],
            children=await session.fetch(CHILDREN, run_id, CHILDREN_SHOWN),
        )


def told_by(run: RunState) -> Details:
    """Return what a fold of the whole log of a run knows of it."""
    unfinished = [each for each in run.instances.values() if each.status != "completed"]
    return Details(
        run=run,
        errors=run.errors[:ERRORS_SHOWN],
        instances=unfinished[:UNFINISHED_SHOWN],
        instance_errors=run.errors,
        approvals=list(run.approvals.values()),
    )


async def page_of_instances(  # noqa: PLR0913 -- where a page begins and what is on it
    pool: Pool, run_id: str, step: str, *, round_: int, after: int, status: str | None, limit: int
) -> Page:
    """Return the instances of a round that have begun, by index, with the errors they met."""
    async with pool.acquire() as session, session.transaction(isolation="repeatable_read"):
        found = await session.fetch(INSTANCES, run_id, step, round_, after, status, limit)
        instances = [rows.instance_of(row) for row in found]
        return Page(instances, await _errors_of(session, run_id, instances))


async def _unfinished(session: Session, run: RunState) -> list[InstanceState]:
    if all(step.instances is None for step in run.steps.values()):
        return []
    found = await session.fetch(UNFINISHED, run.run_id, UNFINISHED_SHOWN)
    return [rows.instance_of(row) for row in found]


async def _errors_of(
    session: Session, run_id: str, instances: Sequence[InstanceState]
) -> list[StepError]:
    ids = [instance_of(each.step, each.index) for each in instances]
    return _errors(await session.fetch(ERRORS_OF_STEPS, run_id, ids)) if ids else []


def _errors(found: Sequence[Record]) -> list[StepError]:
    return [StepError(**dict(row)) for row in found]
