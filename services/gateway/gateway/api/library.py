"""The library: videos that were published, to be found, watched and downloaded."""

from collections.abc import Mapping
from typing import Annotated, Self

from asyncpg import Record
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from contracts.artifacts import ArtifactRef, Publication, Video
from contracts.base import Name
from gateway import library, store
from gateway.api.cursors import Cursors
from gateway.api.injected import Kits, or_empty
from gateway.api.money import usd
from gateway.api.problems import PROBLEMS
from gateway.api.results import Contents, parsed, read_all
from gateway.api.rights import GuardedRoute, needs
from gateway.kit import Kit
from gateway.library import Place
from gateway.signing import Addresses
from gateway.store import UNKNOWN_COST, Cost

WEB = ("https://", "http://")
KINDS = (Publication.__name__, Video.__name__)

router = APIRouter(prefix="/api/v1/library", tags=["library"], route_class=GuardedRoute)

_cursors = Cursors("library", Place)


class LibraryItem(BaseModel):
    """A run that has published something.

    `title` is what it was published under, the topic when that cannot be read right now. `url` is
    where it is on the web, null when it went to a folder: `destination` tells which. `duration_s`
    is that of the video. What of the video cannot be read right now is null.
    """

    run_id: str
    channel_id: str
    brand_name: str
    topic: str
    title: str
    published_at: AwareDatetime
    completed_at: AwareDatetime
    duration_s: float | None
    destination: str
    url: str | None
    video_url: str | None
    thumbnail_url: str | None
    cost_usd: float | None
    dry_run: bool
    simulated: bool

    @classmethod
    def of(cls, row: Record, made: Contents, addresses: Addresses, cost: Cost) -> Self:
        publication, video = parsed(made, Publication), parsed(made, Video)
        destination = publication.destination if publication else ""
        told = {
            "title": publication.title if publication else row["topic"],
            "duration_s": video.duration_s if video else None,
            "destination": destination,
            "url": destination if destination.startswith(WEB) else None,
            "video_url": addresses.of(video.video) if video else None,
            "thumbnail_url": addresses.of(video.thumbnail) if video else None,
            "cost_usd": usd(cost.usd_micro),
        }
        return cls.model_validate({**row, **told})


class LibraryPage(BaseModel):
    items: tuple[LibraryItem, ...]
    next_cursor: str | None


@router.get(
    "", dependencies=[needs("read")], responses=PROBLEMS["invalid-request", "invalid-cursor"]
)
async def list_library(
    kit: Kits,
    *,
    channel_id: Annotated[Name | None, or_empty(Name)] = None,
    dry_run: Annotated[bool, Query(description="Only runs that would have published.")] = False,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: str = "",
) -> LibraryPage:
    """List runs that have completed and published something, the last one first."""
    rows = await library.page(
        kit.pool, channel_id, dry_run=dry_run, after=_cursors.place(cursor), limit=limit + 1
    )
    shown = rows[:limit]
    run_ids = [row["run_id"] for row in shown]
    made = await _made(kit, await library.outputs_of(kit.pool, run_ids))
    costs = await store.costs_of_runs(kit.pool, run_ids)
    addresses = await kit.signer.addresses()
    last = Place(shown[-1]["completed_at"], run_ids[-1]) if len(rows) > limit else None
    return LibraryPage(
        items=tuple(
            LibraryItem.of(
                row,
                made[row["run_id"]],
                addresses,
                UNKNOWN_COST if costs is None else costs.get(row["run_id"], Cost()),
            )
            for row in shown
        ),
        next_cursor=_cursors.of(last),
    )


async def _made(
    kit: Kit, outputs: Mapping[str, Mapping[str, ArtifactRef]]
) -> Mapping[str, Contents]:
    """Return what is to be shown of what each run has produced, by its kind."""
    wanted = [
        (run_id, kind, refs[kind])
        for run_id, refs in outputs.items()
        for kind in KINDS
        if kind in refs
    ]
    contents = await read_all(kit.artifacts, [ref for _, _, ref in wanted])
    made: dict[str, dict[str, Mapping[str, object]]] = {run_id: {} for run_id in outputs}
    for (run_id, kind, _), content in zip(wanted, contents, strict=True):
        made[run_id][kind] = content
    return made
