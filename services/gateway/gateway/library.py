"""Runs that were published, the one that completed last first, and what they published."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asyncpg import Pool, Record

from contracts.artifacts import ArtifactRef
from contracts.base import RunId
from gateway.moments import Moment

LIST = """
SELECT run_id, channel_id, topic, brand_name, dry_run, simulated, completed_at, published_at
FROM gateway.runs
WHERE published_at IS NOT NULL
  AND dry_run = $1
  AND ($2::timestamptz IS NULL OR (completed_at, run_id) < ($2, $3::text))
ORDER BY completed_at DESC, run_id DESC
LIMIT $4
"""

LIST_OF_CHANNEL = """
SELECT run_id, channel_id, topic, brand_name, dry_run, simulated, completed_at, published_at
FROM gateway.runs
WHERE published_at IS NOT NULL
  AND dry_run = $1
  AND ($2::timestamptz IS NULL
       OR (timezone('UTC', completed_at), run_id) < (timezone('UTC', $2), $3::text))
  AND channel_id = $5
ORDER BY timezone('UTC', completed_at) DESC, run_id DESC
LIMIT $4
"""
"""Another order than that of all channels, so that the index of another will not do."""

OUTPUTS = """
SELECT run_id, output
FROM gateway.steps
WHERE run_id = ANY($1)
  AND output IS NOT NULL
ORDER BY run_id, position
"""


class Place(NamedTuple):
    """Where a page ended: the next one begins behind it."""

    completed_at: Moment
    run_id: RunId


async def page(
    pool: Pool, channel_id: str | None, *, dry_run: bool, after: Place | None, limit: int
) -> Sequence[Record]:
    """Return runs that have published something, or only would have when it is a `dry_run`."""
    bounds = (dry_run, *(after or (None, None)), limit)
    if channel_id is None:
        return await pool.fetch(LIST, *bounds)
    return await pool.fetch(LIST_OF_CHANNEL, *bounds, channel_id)


async def outputs_of(pool: Pool, run_ids: Sequence[str]) -> Mapping[str, Mapping[str, ArtifactRef]]:
    """Return what each run has produced by its kind, of two of a kind the last."""
    found: dict[str, dict[str, ArtifactRef]] = {run_id: {} for run_id in run_ids}
    for row in await pool.fetch(OUTPUTS, list(run_ids)) if run_ids else ():
        ref = ArtifactRef.model_validate_json(row["output"])
        found[row["run_id"]][ref.kind] = ref
    return found
