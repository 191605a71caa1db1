"""What steps produced, wherever it lies: inline in the event or in the object store."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress

import orjson
from loguru import logger
from pydantic import JsonValue, TypeAdapter, ValidationError

from agentkit.artifacts import NatsArtifacts
from agentkit.objects import BlobDamagedError, BlobMissingError
from contracts.artifacts import ArtifactRef, BlobRef
from contracts.base import refuse_deep
from contracts.events import RunEvent, StepCompleted

JSON_TYPE = "application/json"
MAX_BYTES = 4 * 1024 * 1024
"""A larger artifact is served as a file and never looked into."""
READ_AT_ONCE = 4


async def content_of(artifacts: NatsArtifacts, ref: ArtifactRef) -> dict[str, JsonValue] | None:
    """Return an artifact's JSON, None for one that is lost or too large to look into."""
    if ref.inline is not None:
        return ref.inline
    if ref.size_bytes > MAX_BYTES:
        return None
    try:
        content: dict[str, JsonValue] = orjson.loads(await artifacts.read(file_of(ref)))
        refuse_deep(content)
    except (BlobMissingError, BlobDamagedError, ValueError) as error:
        logger.warning("artifact cannot be read", sha256=ref.sha256, error=str(error))
        return None
    return content


async def files_of(
    artifacts: NatsArtifacts, events: Sequence[RunEvent]
) -> list[tuple[str, BlobRef]]:
    """Return (run id, file) of everything that can be downloaded since `events`."""
    few = asyncio.Semaphore(READ_AT_ONCE)

    async def content(ref: ArtifactRef) -> object:
        async with few:
            return await content_of(artifacts, ref)

    completed = [event for event in events if type(event) is StepCompleted]
    stored = [event.output for event in completed if event.output.inline is None]
    contents = iter(await asyncio.gather(*map(content, stored)))
    return [
        (event.run_id, blob)
        for event in completed
        for blob in _files(
            event.output, next(contents) if event.output.inline is None else event.output.inline
        )
    ]


def blobs_in(content: object) -> Iterator[BlobRef]:
    """Find the files that an artifact's JSON names, however deep."""
    if isinstance(content, dict):
        if "sha256" in content and "media_type" in content:
            with suppress(ValidationError):
                yield _blob.validate_python(content)
            return
        content = list(content.values())
    if isinstance(content, list):
        for item in content:
            yield from blobs_in(item)


_blob: TypeAdapter[BlobRef] = TypeAdapter(BlobRef)


def file_of(ref: ArtifactRef) -> BlobRef:
    """Return the file that a large artifact is stored as."""
    return BlobRef(
        sha256=ref.sha256, size_bytes=ref.size_bytes, media_type=JSON_TYPE, name=f"{ref.kind}.json"
    )


def _files(ref: ArtifactRef, content: object) -> Iterator[BlobRef]:
    if ref.inline is None:
        yield file_of(ref)
    yield from blobs_in(content)
