"""JSON as it goes over the wire: the same value always makes the same bytes."""

import hashlib
import json
from typing import Any

type Json = dict[str, Any]

CREATED_AT = 1_767_225_600
"""The moment every answer claims to be made at, so that equal requests get equal bytes."""


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest_of(*parts: object) -> str:
    """Return a hex digest of JSON values; the order of keys does not matter."""
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def named_event(event: str, data: Json) -> bytes:
    return f"event: {event}\ndata: {dumped(data)}\n\n".encode()


def data_event(data: Json) -> bytes:
    return f"data: {dumped(data)}\n\n".encode()


def pieces_of(text: str, size: int = 12) -> list[str]:
    """Return `text` in pieces of about `size` characters, as a model would stream it."""
    return [text[start : start + size] for start in range(0, len(text), size)]
