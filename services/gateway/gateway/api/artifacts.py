"""Files that runs have produced, in whole or in part, so that a browser can seek in a video."""

import asyncio
import mimetypes
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse

from contracts.base import Sha256
from gateway import store
from gateway.api.injected import Kits
from gateway.api.problems import PROBLEMS, ProblemError, away, not_found
from gateway.api.rights import GuardedRoute, needs_or_signed
from gateway.kit import Kit
from gateway.signing import NAME_MAX_CHARS

FIND_TIMEOUT_S = 3
FOR_EVER = "private, max-age=31536000, immutable"
UNKNOWN_TYPE = "application/octet-stream"
SHOWN_INLINE = re.compile(
    r"(image/(png|jpeg|webp|gif)|video/(mp4|webm)|audio/(wav|x-wav|mpeg|mp4|ogg)"
    r"|text/(plain|vtt)|application/(json|x-subrip))"
)
"""Whatever else would run in a browser as ours is offered for download only."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]")
"""What no file is called: it would lie in another folder."""

router = APIRouter(prefix="/api/v1/artifacts", tags=["artifacts"], route_class=GuardedRoute)


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is about to be sent. `is_known` tells that its type is certain."""

    sha256: str
    size_bytes: int
    media_type: str
    name: str
    is_known: bool

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'

    @property
    def headers(self) -> dict[str, str]:
        shown = SHOWN_INLINE.fullmatch(self.media_type) is not None
        name = quote(_UNFIT.sub("_", self.name), safe="")
        disposition = "inline" if shown else "attachment"
        return {
            "Content-Type": self.media_type if shown else UNKNOWN_TYPE,
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}",
            "Cache-Control": FOR_EVER if self.is_known else "no-cache",
            "ETag": self.etag,
            "Accept-Ranges": "bytes",
            "X-Content-Type-Options": "nosniff",
        }


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to and without `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


async def _file(
    kit: Kits, sha256: Sha256, name: Annotated[str, Query(max_length=NAME_MAX_CHARS)] = ""
) -> File:
    if not kit.connection.is_connected:
        raise away("the store of files")
    async with asyncio.timeout(FIND_TIMEOUT_S):
        size = await kit.artifacts.size_of(sha256)
    if size is None:
        raise not_found(
            "unknown-artifact",
            f"there is no file {sha256}: the detail of a run has their addresses",
        )
    row = await store.find_artifact(kit.pool, sha256)
    if row is None:
        guessed = mimetypes.guess_type(name)[0] or UNKNOWN_TYPE
        return File(sha256, size, guessed, name or sha256, is_known=False)
    return File(sha256, size, row["media_type"], name or row["name"], is_known=True)


@router.get(
    "/{sha256}",
    dependencies=[needs_or_signed("read")],
    response_class=StreamingResponse,
    responses={
        **PROBLEMS["address-refused", "unknown-artifact", "range-not-satisfiable"],
        200: {"content": {UNKNOWN_TYPE: {}}, "description": "The whole file"},
        206: {"content": {UNKNOWN_TYPE: {}}, "description": "The bytes that Range asks for"},
        304: {"description": "The caller has this file"},
    },
)
async def download_artifact(
    kit: Kits,
    file: Annotated[File, Depends(_file)],
    range_: Annotated[str, Header(alias="Range")] = "",
    if_none_match: Annotated[str, Header()] = "",
    if_range: Annotated[str, Header()] = "",
) -> Response:
    """Send a file or a part of it. Its address is its SHA-256, so it never changes."""
    if file.etag in if_none_match or if_none_match.strip() == "*":
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=file.headers)
    wanted = range_ if if_range in {"", file.etag} else ""
    span = _span_of(wanted, file.size_bytes)
    if span is None:
        return _sent(kit, file, Span(0, file.size_bytes), HTTPStatus.OK)
    return _sent(kit, file, span, HTTPStatus.PARTIAL_CONTENT)


def _sent(kit: Kit, file: File, span: Span, status: HTTPStatus) -> Response:
    headers = {**file.headers, "Content-Length": str(span.size)}
    if status == HTTPStatus.PARTIAL_CONTENT:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{file.size_bytes}"
    if span.size == 0:
        return Response(status_code=status, headers=headers)
    chunks = kit.artifacts.stream(file.sha256, span.start, span.end)
    return StreamingResponse(chunks, status_code=status, headers=headers)


def _span_of(header: str, size: int) -> Span | None:
    """Return what a Range header asks for, None for all of it.

    Several ranges or another unit are answered with the whole file, as RFC 9110 allows.

    Raises:
        ProblemError: the range lies behind the end.
    """
    asked = re.fullmatch(r"bytes=(\d{0,19})-(\d{0,19})", header.strip())
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if last and first and int(first) > int(last):
        return None
    if start >= end:
        raise ProblemError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "range-not-satisfiable",
            f"the range {header!r} lies behind the end: the file has {size} bytes",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return Span(start, end)
