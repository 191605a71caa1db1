"""What a run has produced, put together from the outputs of its steps by their kind."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from loguru import logger
from nats.errors import Error as NatsError
from pydantic import ValidationError

from agentkit.artifacts import NatsArtifacts
from contracts.artifacts import (
    Artifact,
    ArtifactRef,
    Findings,
    Media,
    Publication,
    Script,
    Seo,
    Video,
)
from gateway.api.views import Result
from gateway.outputs import content_of
from gateway.signing import Addresses
from gateway.state import RunState

READ_TIMEOUT_S = 5
READ_AT_ONCE = 8

type Contents = Mapping[str, Mapping[str, object]]


async def result_of(artifacts: NatsArtifacts, addresses: Addresses, run: RunState) -> Result | None:
    """Return what is there so far, None when no step has produced anything known."""
    outputs = [step.output for step in run.steps.values() if step.output]
    return await result_in(artifacts, addresses, outputs)


async def result_in(
    artifacts: NatsArtifacts, addresses: Addresses, refs: Iterable[ArtifactRef]
) -> Result | None:
    """Return what is among `refs`, of two of a kind the last; None when none of it is known."""
    known = {ref.kind: ref for ref in refs if ref.kind in _KINDS}
    if not known:
        return None
    contents = await asyncio.gather(*(read(artifacts, ref) for ref in known.values()))
    found = dict(zip(known, contents, strict=True))
    media, video = parsed(found, Media), parsed(found, Video)
    return Result(
        findings=parsed(found, Findings),
        script=parsed(found, Script),
        seo=parsed(found, Seo),
        images=tuple(addresses.of(scene.image) for scene in media.scenes) if media else (),
        video_url=addresses.of(video.video) if video else None,
        thumbnail_url=addresses.of(video.thumbnail) if video else None,
        subtitles_url=addresses.of(video.subtitles) if video else None,
        duration_s=video.duration_s if video else None,
        publication=parsed(found, Publication),
    )


async def read(artifacts: NatsArtifacts, ref: ArtifactRef) -> Mapping[str, object]:
    """Return an artifact's JSON, empty when it cannot be had right now."""
    if ref.inline is None and not artifacts.is_reachable:
        return {}
    with suppress(NatsError, TimeoutError):
        async with asyncio.timeout(READ_TIMEOUT_S):
            return await content_of(artifacts, ref) or {}
    return {}


async def read_all(
    artifacts: NatsArtifacts, refs: Sequence[ArtifactRef]
) -> list[Mapping[str, object]]:
    """Return the JSON of many artifacts, some at a time, in the time that one of them has."""
    few = asyncio.Semaphore(READ_AT_ONCE)
    ends_at = asyncio.get_running_loop().time() + READ_TIMEOUT_S

    async def content(ref: ArtifactRef) -> Mapping[str, object]:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(ends_at), few:
                return await read(artifacts, ref)
        return {}

    return await asyncio.gather(*map(content, refs))


def parsed[A: Artifact](contents: Contents, kind: type[A]) -> A | None:
    """Return what is there of a kind, None when it is not, or is not what its name says."""
    content = contents.get(kind.__name__)
    if not content:
        return None
    try:
        return kind.model_validate(content)
    except ValidationError:
        logger.warning("artifact is not of its kind", kind=kind.__name__)
        return None


_KINDS = frozenset(kind.__name__ for kind in (Findings, Media, Publication, Script, Seo, Video))
