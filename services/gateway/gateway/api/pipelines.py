"""The pipelines that are installed here: what a run can be asked of, and how it goes."""

from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from contracts.pipeline import Pipeline, StepSpec
from gateway.api.injected import SHOWN_CHARS, Kits, is_name
from gateway.api.orders import refused
from gateway.api.problems import PROBLEMS, not_found
from gateway.api.rights import GuardedRoute, needs
from gateway.drafting import pipeline_named
from gateway.intake import OrderError
from gateway.pipelines import Found

router = APIRouter(prefix="/api/v1/pipelines", tags=["pipelines"], route_class=GuardedRoute)


class PipelineView(BaseModel):
    """A pipeline as its file has it now, which is what the next run of it will do.

    `error` is empty unless the file cannot be used: it is a sentence then, and there are no steps.
    `asks_a_person`: some step asks for approval, so that a run of it can be reviewed.
    """

    pipeline: str
    description: str = ""
    deadline_s: float | None = None
    asks_a_person: bool = False
    steps: tuple[StepSpec, ...] = ()
    error: str = ""

    @classmethod
    def of(cls, pipeline: Pipeline) -> Self:
        return cls(
            pipeline=pipeline.pipeline,
            description=pipeline.description,
            deadline_s=pipeline.deadline_s,
            asks_a_person=pipeline.asks_a_person,
            steps=pipeline.steps,
        )

    @classmethod
    def of_file(cls, found: Found) -> Self:
        if found.pipeline is None:
            return cls(pipeline=_printable(found.name), error=_printable(found.error))
        return cls.of(found.pipeline)


@router.get("", dependencies=[needs("read")])
async def list_pipelines(kit: Kits) -> list[PipelineView]:
    """List all pipelines by name. One that cannot be used is among them, and says why."""
    found = await kit.pipelines.every(kit.settings.pipelines_dir)
    return [PipelineView.of_file(each) for each in found]


@router.get(
    "/{pipeline}",
    dependencies=[needs("read")],
    responses=PROBLEMS["unknown-pipeline", "pipeline-unusable"],
)
async def show_pipeline(kit: Kits, pipeline: str) -> PipelineView:
    """Tell everything about one pipeline: its steps, and what each of them needs."""
    if not is_name(pipeline):
        shown = pipeline if len(pipeline) <= SHOWN_CHARS else f"{pipeline[:SHOWN_CHARS]}…"
        raise not_found(
            "unknown-pipeline", f"there is no pipeline {shown!r}: the list of pipelines has all"
        )
    try:
        return PipelineView.of(await pipeline_named(kit, pipeline))
    except OrderError as error:
        raise refused(error) from error


def _printable(text: str) -> str:
    """Replace what a file can be called and JSON cannot say."""
    return text.encode(errors="replace").decode()
