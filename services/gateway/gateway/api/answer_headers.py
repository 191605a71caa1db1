"""The headers of answers that programs read, as the description of the API tells them."""

from collections.abc import Iterator
from typing import Any

type Document = dict[str, Any]

_INTEGER = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}

HEADERS: Document = {
    "X-Request-ID": {
        "description": "The id of the request, as it was sent or made here; in the log as well.",
        "schema": _TEXT,
    },
    "RateLimit-Policy": {
        "description": "How often the key may ask in a window of so many seconds.",
        "schema": _TEXT,
        "example": '"key";q=600;w=60',
    },
    "RateLimit": {
        "description": "How often it still may, and in how many seconds as often as at first.",
        "schema": _TEXT,
        "example": '"key";r=599;t=1',
    },
    "Retry-After": {"description": "Ask again after so many seconds.", "schema": _INTEGER},
    "WWW-Authenticate": {"description": "The header that takes a key.", "schema": _TEXT},
    "Location": {
        "description": "The address of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "ETag": {"description": "Names the content; the same for ever.", "schema": _TEXT},
    "Accept-Ranges": {"description": "Parts can be asked for.", "schema": _TEXT},
    "Content-Disposition": {"description": "The name of the file.", "schema": _TEXT},
    "Content-Range": {
        "description": "Which bytes these are, of how many.",
        "schema": _TEXT,
        "example": "bytes 0-99/1234",
    },
}

_MAKES = frozenset({"startRun", "retryRun", "rerunRun", "createChannel", "createSchedule"})
_FILE = "downloadArtifact"
_WAITS = frozenset({"429", "503"})
_UNAUTHORIZED, _PARTIAL, _NOT_SATISFIABLE = "401", "206", "416"


def describe_headers(operation: Document) -> None:
    """Add to each answer of an operation the headers that it can have."""
    for status, answer in operation["responses"].items():
        names = _headers_of(operation, status)
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _headers_of(operation: Document, status: str) -> Iterator[str]:
    name, is_good = operation["operationId"], status < "300"
    yield "X-Request-ID"
    if "security" in operation and status != _UNAUTHORIZED:
        yield from ("RateLimit-Policy", "RateLimit")
    if status in _WAITS:
        yield "Retry-After"
    if status == _UNAUTHORIZED:
        yield "WWW-Authenticate"
    if name in _MAKES and is_good:
        yield "Location"
    if name == _FILE and (is_good or status == "304"):
        yield from ("ETag", "Accept-Ranges", "Content-Disposition")
    if name == _FILE and status in {_PARTIAL, _NOT_SATISFIABLE}:
        yield "Content-Range"
