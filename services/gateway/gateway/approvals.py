"""The approvals of all runs as the projection holds them."""

from typing import Annotated, Literal, NamedTuple

from asyncpg import Pool, Record
from pydantic import Field

from contracts.base import Name, RunId
from gateway.moments import Moment

type Standing = Literal[
    "waiting", "decided", "approved", "rejected", "revised", "expired", "cancelled"
]
"""`decided` is each of those behind it."""

LIST_APPROVALS = """
SELECT a.run_id, a.step, a.round, a.risk, a.digest, a.expected_cost_usd_micro, a.dry_run,
       a.requested_at, a.expires_at, a.on_expiry, a.requester_may_approve, a.revise,
       a.status, a.comment, a.decided_by, a.decided_at,
       r.topic, r.channel_id, r.pipeline, r.requested_by, r.simulated
FROM gateway.approvals AS a
JOIN gateway.runs AS r USING (run_id)
WHERE ($1::text IS NULL OR a.status = $1 OR ($1 = 'decided' AND a.status <> 'waiting'))
  AND ($2::text IS NULL OR r.channel_id = $2)
  AND ($3::timestamptz IS NULL
       OR (a.requested_at, a.run_id, a.step, a.round) < ($3, $4::text, $5::text, $6::integer))
ORDER BY a.requested_at DESC, a.run_id DESC, a.step DESC, a.round DESC
LIMIT $7
"""


class Place(NamedTuple):
    """Where a page of approvals ended: the next one begins behind it."""

    requested_at: Moment
    run_id: RunId
    step: Name
    round: Annotated[int, Field(ge=0, lt=2**31)]


async def list_approvals(
    pool: Pool,
    *,
    status: Standing | None,
    channel_id: str | None,
    after: Place | None,
    limit: int,
) -> list[Record]:
    """Return approvals with what their runs are about, newest first."""
    place = after or (None, None, None, None)
    return await pool.fetch(LIST_APPROVALS, status, channel_id, *place, limit)
