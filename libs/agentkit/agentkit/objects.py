"""Files in a JetStream object store bucket, read without the client library's slow path."""

import asyncio
import base64
import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import BinaryIO

from nats.aio.client import Client
from nats.js.api import Header
from nats.js.errors import NotFoundError

from contracts import subjects
from contracts.artifacts import BlobRef

CHUNK_BYTES = 1000 * 1024
"""One message; with its headers it stays under the broker's limit of 1 MiB."""

_AHEAD = 4


class BlobMissingError(Exception):
    """The object store does not have this file."""


class BlobDamagedError(Exception):
    """The object store's bytes are not the ones that were put."""


class ObjectStore:
    def __init__(self, connection: Client, bucket: str = subjects.ARTIFACTS_BUCKET) -> None:
        self._connection = connection
        self._bucket = bucket

    async def put(self, data: bytes, *, media_type: str, name: str) -> BlobRef:
        raise NotImplementedError

    async def put_file(self, path: Path, *, media_type: str, name: str) -> BlobRef:
        raise NotImplementedError

    async def read(self, ref: BlobRef) -> bytes:
        raise NotImplementedError

    async def save(self, ref: BlobRef, path: Path) -> None:
        raise NotImplementedError

    async def size_of(self, sha256: str) -> int | None:
        """Return the size in bytes, None when there is no such file."""
        raise NotImplementedError

    def stream(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to and without `end`."""
        raise NotImplementedError
