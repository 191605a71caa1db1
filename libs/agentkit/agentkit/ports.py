"""What a step needs from the outside. Adapters: `nats.py`, `artifacts.py`; fakes: `fakes.py`."""

from pathlib import Path
from typing import Protocol

from contracts.artifacts import Artifact, ArtifactRef, BlobRef
from contracts.events import StepOutcome
from contracts.live import LiveEvent


class Blobs(Protocol):
    """Content-addressed store of files: equal bytes are stored once."""

    async def put(self, data: bytes, *, media_type: str, name: str) -> BlobRef: ...
    async def put_file(self, path: Path, *, media_type: str, name: str) -> BlobRef: ...
    async def read(self, ref: BlobRef) -> bytes: ...
    async def save(self, ref: BlobRef, path: Path) -> None: ...


class Artifacts(Protocol):
    """Typed results of steps, inline while small."""

    async def put_artifact(self, artifact: Artifact) -> ArtifactRef: ...
    async def get_artifact[A: Artifact](self, ref: ArtifactRef, kind: type[A]) -> A: ...


class Outcomes(Protocol):
    """For each attempt the first outcome recorded stands."""

    async def has_ended(self, run_id: str) -> bool: ...
    async def of(self, run_id: str, step: str, attempt: int, agent: str) -> StepOutcome | None: ...
    async def record(self, outcome: StepOutcome) -> StepOutcome: ...


class LiveFeed(Protocol):
    """Tells watchers what happens right now; losing it loses nothing."""

    async def send(self, event: LiveEvent) -> None: ...
