"""Results of steps: typed artifacts and files, content-addressed in the object store.

Nothing is ever overwritten: an object's name is the SHA-256 of its bytes. A put that is
cancelled leaves chunks without an object; they are harmless and a sweeper's business.
"""

from abc import ABC, abstractmethod
from typing import Any

from pydantic_core import from_json

from agentkit.objects import ObjectStore
from contracts.artifacts import Artifact, ArtifactRef, BlobRef
from contracts.references import body_of, inline_ref

INLINE_MAX_BYTES = 8 * 1024
"""A larger artifact is stored and travels by reference: events stay small."""

_JSON = "application/json"


class TypedArtifacts(ABC):
    """Artifacts over any store of files."""

    @abstractmethod
    async def put(self, data: bytes, *, media_type: str, name: str) -> BlobRef: ...
    @abstractmethod
    async def read(self, ref: BlobRef) -> bytes: ...

    async def put_artifact(self, artifact: Artifact) -> ArtifactRef:
        ref = inline_ref(artifact)
        if ref.size_bytes <= INLINE_MAX_BYTES:
            return ref
        await self.put(body_of(ref), media_type=_JSON, name=ref.kind)
        return ref.model_copy(update={"inline": None})

    async def get_artifact[A: Artifact](self, ref: ArtifactRef, kind: type[A]) -> A:
        """Return what `ref` refers to.

        Raises:
            TypeError: it is of another kind.
            pydantic.ValidationError: it is not what this release calls by that name.
        """
        if ref.kind != kind.__name__:
            raise TypeError(f"artifact {ref.sha256} is a {ref.kind}, not a {kind.__name__}")
        if ref.inline is not None:
            return kind.model_validate(ref.inline)
        return kind.model_validate_json(await self.read(_blob_of(ref)))

    async def content(self, ref: ArtifactRef) -> dict[str, Any]:
        """Return the JSON of what `ref` refers to, whatever its kind is."""
        if ref.inline is not None:
            return ref.inline
        content: dict[str, Any] = from_json(await self.read(_blob_of(ref)))
        return content


class NatsArtifacts(ObjectStore, TypedArtifacts):
    """Artifacts and files in the broker's object store."""


def _blob_of(ref: ArtifactRef) -> BlobRef:
    return BlobRef(sha256=ref.sha256, size_bytes=ref.size_bytes, media_type=_JSON, name=ref.kind)
