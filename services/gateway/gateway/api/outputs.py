"""What one step of a run has produced: to be looked at, or edited for a run that repeats it."""

from fastapi import APIRouter

from gateway.api.injected import SHOWN_CHARS, Kits, RunIds
from gateway.api.problems import PROBLEMS, away, not_found
from gateway.api.rights import GuardedRoute, needs
from gateway.api.runs import known_run
from gateway.api.shown import ShownView, content_of

router = APIRouter(prefix="/api/v1/pipeline/runs", tags=["runs"], route_class=GuardedRoute)


@router.get(
    "/{run_id}/steps/{step}/output",
    dependencies=[needs("read")],
    responses=PROBLEMS["unknown-run", "no-output"],
)
async def show_output(kit: Kits, run_id: RunIds, step: str) -> ShownView:
    """Show what a step has produced. `content` is null when it has more than 256 KiB, or is lost.

    The output of a step that runs for each item of a list refers to those of its instances.
    """
    run = (await known_run(kit, run_id)).run
    found = run.steps.get(step)
    if found is None or found.output is None:
        shown = step if len(step) <= SHOWN_CHARS else f"{step[:SHOWN_CHARS]}…"
        there = ", ".join(name for name, each in run.steps.items() if each.output is not None)
        raise not_found(
            "no-output",
            f"run {run_id} has no output of {shown!r}: "
            + (f"use one of {there}" if there else "wait until a step has completed"),
        )
    if found.output.inline is None and not kit.artifacts.is_reachable:
        raise away("the store of files")
    content = await content_of(kit.artifacts, found.output)
    return ShownView.of(found.output, content, await kit.signer.addresses())
