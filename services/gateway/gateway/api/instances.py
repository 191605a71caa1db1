"""The instances of a step that runs for each item of a list: up to ten thousand, page by page."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from pydantic import Field

from contracts.base import instance_of
from gateway import details, store
from gateway.api.cursors import Cursors
from gateway.api.injected import SHOWN_CHARS, Kits, RunIds, or_empty
from gateway.api.problems import PROBLEMS, not_found
from gateway.api.rights import GuardedRoute, needs
from gateway.api.runs import known_run
from gateway.api.step_views import InstancePage, InstanceView, by_attempt
from gateway.state import ENDED, AttemptStatus

router = APIRouter(prefix="/api/v1/pipeline/runs", tags=["runs"], route_class=GuardedRoute)


class Place(NamedTuple):
    """Where a page of instances ended: the next one begins behind it."""

    item: Annotated[int, Field(ge=0, lt=2**31)]


_cursors = Cursors("instances", Place)


@router.get(
    "/{run_id}/steps/{step}/instances",
    dependencies=[needs("read")],
    responses=PROBLEMS["unknown-run", "unknown-step", "invalid-request", "invalid-cursor"],
)
async def list_instances(  # noqa: PLR0913 -- one for each filter
    kit: Kits,
    run_id: RunIds,
    step: str,
    *,
    status: Annotated[AttemptStatus | None, or_empty(AttemptStatus)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str = "",
) -> InstancePage:
    """List the instances of a step that have begun, by index. `next_cursor` asks for more."""
    after = _cursors.place(cursor)
    run = (await known_run(kit, run_id)).run
    found = run.steps.get(step)
    if found is None or found.instances is None:
        raise _no_such_step(step, [each for each, s in run.steps.items() if s.instances])
    page = await details.page_of_instances(
        kit.pool,
        run_id,
        step,
        round_=found.attempt,
        after=-1 if after is None else after.item,
        status=_as_kept(status, ended=run.status in ENDED),
        limit=limit + 1,
    )
    shown = page.instances[:limit]
    ids = [instance_of(step, each.index) for each in shown]
    costs = await store.costs_of_instances(kit.pool, run_id, ids)
    more = Place(shown[-1].index) if len(page.instances) > limit else None
    errors, ended = by_attempt(page.errors), run.status in ENDED
    return InstancePage(
        items=tuple(
            InstanceView.of(each, costs.get(name), errors, ended=ended)
            for name, each in zip(ids, shown, strict=True)
        ),
        next_cursor=_cursors.of(more),
    )


def _as_kept(status: AttemptStatus | None, *, ended: bool) -> str | None:
    """Return what the table says of instances that are shown with `status`.

    Whatever ran when its run ended is shown as cancelled and still kept as running.
    """
    match status:
        case "cancelled" if ended:
            return "running"
        case "running" if ended:
            return "cancelled"
        case _:
            return status


def _no_such_step(step: str, known: list[str]) -> Exception:
    shown = step if len(step) <= SHOWN_CHARS else f"{step[:SHOWN_CHARS]}…"
    there_are = f"use one of {', '.join(known)}" if known else "this run has none"
    return not_found(
        "unknown-step", f"{shown!r} is no step that runs for each item of a list: {there_are}"
    )
