"""Write the contract for readers outside Python: JSON Schema and AsyncAPI 3.

Run `python -m contracts.export docs/contracts`; a test keeps the folder current.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from contracts import artifacts
from contracts.artifacts import Artifact, ArtifactRef, BlobRef
from contracts.asyncapi import asyncapi
from contracts.calls import CallMeta, CallRecord
from contracts.cards import AgentCard, Quote, QuoteRequest
from contracts.events import EVENT_TYPES, Timer
from contracts.live import LIVE_TYPES, SetLogLevel, StopRun
from contracts.notices import (
    ApprovalNotice,
    CompletedNotice,
    FailedNotice,
    TrialNotice,
    TrialReport,
)
from contracts.pipeline import Pipeline
from contracts.schedules import Schedule, ScheduleOutcome

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, dict[str, Any]]:
    """Return file name to JSON document: one schema per model, and `asyncapi.json`."""
    schemas = {f"{kind.__name__}.json": schema_of(kind) for kind in models()}
    return schemas | {"asyncapi.json": asyncapi()}


def models() -> tuple[type[BaseModel], ...]:
    """Return every model that leaves a process on its own."""
    return (
        *EVENT_TYPES,
        *LIVE_TYPES,
        *artifact_kinds(),
        *(ArtifactRef, BlobRef, Timer, StopRun, SetLogLevel, CallMeta, CallRecord),
        *(AgentCard, QuoteRequest, Quote, Pipeline),
        *(Schedule, ScheduleOutcome),
        *(ApprovalNotice, CompletedNotice, FailedNotice, TrialNotice, TrialReport),
    )


def artifact_kinds() -> tuple[type[Artifact], ...]:
    return tuple(
        kind
        for kind in vars(artifacts).values()
        if isinstance(kind, type) and issubclass(kind, Artifact) and kind is not Artifact
    )


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    return {"$schema": DIALECT, **kind.model_json_schema()}


def rendered(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Make `folder` hold these documents and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    current = documents()
    for path in folder.glob("*.json"):
        if path.name not in current:
            path.unlink()
    for name, document in current.items():
        (folder / name).write_text(rendered(document), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
