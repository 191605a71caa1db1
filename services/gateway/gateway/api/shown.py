"""What a step was given or has produced, as it is shown: its content, and where its files are."""

from typing import Any, Self

from pydantic import BaseModel

from agentkit.artifacts import NatsArtifacts
from contracts.artifacts import ArtifactRef
from gateway.api import results
from gateway.outputs import blobs_in, file_of
from gateway.signing import Addresses

SHOWN_MAX_BYTES = 256 * 1024
"""What is larger is offered as a file only."""


class ShownFile(BaseModel):
    name: str
    media_type: str
    size_bytes: int
    url: str


class ShownView(BaseModel):
    """An input or the output of a step. `content` is null when it is too large, or lost.

    `url` is where it can be had as a file, null for what is small enough to be in `content`.
    """

    kind: str
    sha256: str
    size_bytes: int
    content: dict[str, Any] | None
    url: str | None
    files: tuple[ShownFile, ...]

    @classmethod
    def of(cls, ref: ArtifactRef, content: dict[str, Any] | None, addresses: Addresses) -> Self:
        return cls(
            kind=ref.kind,
            sha256=ref.sha256,
            size_bytes=ref.size_bytes,
            content=content,
            url=None if ref.inline is not None else addresses.of(file_of(ref)),
            files=tuple(
                ShownFile(
                    name=blob.name,
                    media_type=blob.media_type,
                    size_bytes=blob.size_bytes,
                    url=addresses.of(blob),
                )
                for blob in blobs_in(content)
            ),
        )


async def content_of(artifacts: NatsArtifacts, ref: ArtifactRef) -> dict[str, Any] | None:
    """Return an artifact's JSON to be shown, None when it is too large or cannot be had."""
    if ref.size_bytes > SHOWN_MAX_BYTES:
        return None
    return dict(await results.read(artifacts, ref)) or None
