"""References to artifacts, made without a store: their hashes, and what an event may carry."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from pydantic_core import to_json

from contracts.artifacts import Artifact, ArtifactRef

INLINE_IN_EVENT_BYTES = 48 * 1024
"""What all artifacts of one event may take inline; with the rest of it an event stays small."""


class Lightened(NamedTuple):
    """What an event may carry, and what must be stored before it is recorded."""

    refs: dict[str, ArtifactRef]
    to_store: tuple[ArtifactRef, ...]
    """With their content: `body_of` each lies under its `sha256` before anybody reads it."""


def inline_ref(artifact: Artifact) -> ArtifactRef:
    """Return the reference to `artifact` that carries it, however large it is."""
    content = artifact.model_dump(mode="json")
    body = _body_of(content)
    return ArtifactRef(
        kind=type(artifact).__name__,
        sha256=hashlib.sha256(body).hexdigest(),
        size_bytes=len(body),
        inline=content,
    )


def body_of(ref: ArtifactRef) -> bytes:
    """Return what is stored of an artifact that is carried inline."""
    return _body_of(ref.inline)


def lightened(
    refs: Mapping[str, ArtifactRef], *, max_bytes: int = INLINE_IN_EVENT_BYTES
) -> Lightened:
    """Keep the smallest artifacts inline, `max_bytes` in all, and the others by reference."""
    kept, to_store, left = dict(refs), list[ArtifactRef](), max_bytes
    for name, ref in sorted(refs.items(), key=lambda pair: (pair[1].size_bytes, pair[0])):
        if ref.inline is None:
            continue
        left -= ref.size_bytes
        if left < 0:
            stored = _as_stored(ref)
            to_store.append(stored)
            kept[name] = stored.model_copy(update={"inline": None})
    return Lightened(kept, tuple(to_store))


def _as_stored(ref: ArtifactRef) -> ArtifactRef:
    """Return the reference by which the content is found again.

    The hash is taken anew: what went through JSON may be written otherwise than at first.
    """
    body = body_of(ref)
    sha256 = hashlib.sha256(body).hexdigest()
    return ref.model_copy(update={"sha256": sha256, "size_bytes": len(body)})


def _body_of(content: object) -> bytes:
    return to_json(content, inf_nan_mode="null")
