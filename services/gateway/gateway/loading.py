"""Runs as the tables hold them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from contracts.base import step_of
from contracts.events import RunEvent, RunRequested
from gateway import rows
from gateway.checkpoint import Session
from gateway.state import ApprovalState, InstanceState, RunState, StepState, replace

RUNS = """
SELECT run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, simulated,
       status, current_agent, created_at, updated_at, completed_at,
       requested_by, priority, deadline_at, admitted_at,
       parent_run_id, parent_from_step, parent_kind,
       paused, pause_n, pause_at, pause_reason, pause_by,
       waiting_for_approval, cancel_reason, trace_id, published_at
FROM gateway.runs
WHERE run_id = ANY($1)
"""

STEPS = """
SELECT run_id, step, position, task, needs,
       agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
       attempts, items, items_completed, items_failed, items_running, skip_reason, reused
FROM gateway.steps
WHERE run_id = ANY($1)
ORDER BY position
"""

INSTANCES = """
SELECT run_id, step, index, round,
       agent, status, attempt, requested_at, completed_at, duration_ms, output, simulated,
       attempts
FROM gateway.instances
JOIN unnest($1::text[], $2::text[], $3::integer[]) AS wanted (run_id, step, index)
    USING (run_id, step, index)
"""

OPEN_APPROVALS = """
SELECT run_id, step, round, risk, digest, agent, task, shown, expected_cost_usd_micro, dry_run,
       requested_at, expires_at, on_expiry, requester_may_approve, revise,
       status, comment, decided_by, decided_at
FROM gateway.approvals
WHERE run_id = ANY($1)
  AND status = 'waiting'
"""


type Instance = tuple[str, str, int]
"""Run, step, index."""


async def load_runs(session: Session, run_ids: Collection[str]) -> dict[str, RunState]:
    """Return runs with their steps; their instances, approvals and errors stay in the tables."""
    steps = dict[str, dict[str, StepState]]()
    for row in await session.fetch(STEPS, list(run_ids)):
        steps.setdefault(row["run_id"], {})[row["step"]] = rows.step_of(row)
    found = await session.fetch(RUNS, list(run_ids))
    return {row["run_id"]: rows.run_of(row, steps.get(row["run_id"], {})) for row in found}


async def load_for(
    session: Session, events: Sequence[RunEvent], known: Mapping[str, RunState]
) -> dict[str, RunState]:
    """Return the runs that `events` tell of, each with all that they can change in it.

    Runs in `known` are as the tables have them; those that begin with `events` are not there yet.
    """
    met = {event.run_id for event in events}
    begun = {event.run_id for event in events if type(event) is RunRequested}
    runs = {run_id: known[run_id] for run_id in met & known.keys()}
    if elsewhere := met - known.keys() - begun:
        runs |= await load_runs(session, elsewhere)
    return await _complete(session, runs, events)


async def _complete(
    session: Session, runs: dict[str, RunState], events: Sequence[RunEvent]
) -> dict[str, RunState]:
    """Return `runs` with those instances and approvals that `events` can change."""
    wanted = _instances_in(event for event in events if event.run_id in runs)
    found = await _load_instances(session, wanted) if wanted else {}
    for run_id in found.keys() & runs.keys():
        runs[run_id] = replace(runs[run_id], instances=found[run_id])
    asking = [run.run_id for run in runs.values() if run.waiting_for_approval]
    approvals = await _load_open_approvals(session, asking) if asking else {}
    for run_id, open_ones in approvals.items():
        runs[run_id] = replace(runs[run_id], approvals=open_ones)
    return runs


def _instances_in(events: Iterable[RunEvent]) -> set[Instance]:
    found = set[Instance]()
    for event in events:
        if ":" in (step := event.__dict__.get("step", "")):  # pydantic takes long to say no
            name, index = step_of(step)
            found.add((event.run_id, name, index or 0))
    return found


async def _load_instances(
    session: Session, wanted: Collection[Instance]
) -> dict[str, dict[tuple[str, int], InstanceState]]:
    found = dict[str, dict[tuple[str, int], InstanceState]]()
    for row in await session.fetch(INSTANCES, *rows.columns(wanted, 3)):
        instance = rows.instance_of(row)
        found.setdefault(row["run_id"], {})[instance.step, instance.index] = instance
    return found


async def _load_open_approvals(
    session: Session, run_ids: Collection[str]
) -> dict[str, dict[tuple[str, int], ApprovalState]]:
    found = dict[str, dict[tuple[str, int], ApprovalState]]()
    for row in await session.fetch(OPEN_APPROVALS, run_ids):
        approval = rows.approval_of(row)
        found.setdefault(row["run_id"], {})[approval.step, approval.round] = approval
    return found
