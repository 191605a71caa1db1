"""Files in a JetStream object store bucket, content-addressed: a name is the SHA-256 of the bytes.

The layout is the object store's own, so `nats object` can read it. In addition each object's
entry lists the stream sequences of its chunks: any part is then read by direct gets, without
a consumer (380 MB/s and 1.5 ms to the first byte, where the client library has 19 MB/s).
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import batched
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from agentkit.outage import survives_outage
from contracts import subjects
from contracts.artifacts import BlobRef

CHUNK_BYTES = 1000 * 1024
"""One message; with its headers it stays under the broker's limit of 1 MiB."""

_AHEAD = 4
_TIMEOUT_S = 3.0
_SEQUENCES = "Yaa-Sequences"


class BlobMissingError(Exception):
    """The object store does not have this file."""


class BlobDamagedError(Exception):
    """The object store's bytes are not the ones that were put."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where an object's bytes are: chunks of equal size, the last one may be shorter."""

    size: int
    chunk_bytes: int
    sequences: tuple[int, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self | None:
        """Return what an object's entry says; None for one that was deleted, or is not ours."""
        try:
            info: dict[str, Any] = json.loads(data)
            listed = info["headers"][_SEQUENCES][0]
            entry = cls(
                size=int(info["size"]),
                chunk_bytes=int(info["options"]["max_chunk_size"]),
                sequences=tuple(int(each) for each in listed.split(",") if each),
            )
        except (ValueError, TypeError, LookupError, AttributeError):
            return None
        return None if info.get("deleted") else entry


class ObjectStore:
    """Stores and reads files; equal bytes are stored once."""

    def __init__(self, connection: Client, bucket: str = subjects.ARTIFACTS_BUCKET) -> None:
        self._connection = connection
        self._js = connection.jetstream(timeout=_TIMEOUT_S)
        self._bucket = bucket
        self._stream = f"OBJ_{bucket}"

    @property
    def is_reachable(self) -> bool:
        """Tell whether there is a connection right now: without one, reading takes its time."""
        return self._connection.is_connected

    async def put(self, data: bytes, *, media_type: str, name: str) -> BlobRef:
        sha256 = await asyncio.to_thread(_sha256_of, data)
        ref = BlobRef(sha256=sha256, size_bytes=len(data), media_type=media_type, name=name)
        if await self._find(sha256) is None:
            view = memoryview(data)
            starts = range(0, len(data), CHUNK_BYTES)
            pieces = (bytes(view[start : start + CHUNK_BYTES]) for start in starts)
            await self._store(ref, pieces)
        return ref

    async def put_file(self, path: Path, *, media_type: str, name: str) -> BlobRef:
        """Store a file that nobody writes to meanwhile.

        Raises:
            OSError: it cannot be read.
        """
        with ExitStack() as stack:
            file = stack.enter_context(await asyncio.to_thread(path.open, "rb"))
            digest = await asyncio.to_thread(hashlib.file_digest, file, "sha256")
            size = file.tell()
            ref = BlobRef(
                sha256=digest.hexdigest(), size_bytes=size, media_type=media_type, name=name
            )
            if await self._find(ref.sha256) is None:
                file.seek(0)
                await self._store(ref, iter(partial(file.read, CHUNK_BYTES), b""))
        return ref

    async def read(self, ref: BlobRef) -> bytes:
        """Return the whole file.

        Raises:
            BlobMissingError: there is no such file.
            BlobDamagedError: its bytes are not the ones that were put.
        """
        return b"".join([chunk async for chunk in self._verified(ref)])

    async def save(self, ref: BlobRef, path: Path) -> None:
        """Write the file to `path`, which appears whole or not at all.

        Raises:
            BlobMissingError: there is no such file.
            BlobDamagedError: its bytes are not the ones that were put.
            OSError: it cannot be written.
        """
        partial_path = path.with_name(f".{path.name}.{token_hex(4)}.part")
        try:
            with ExitStack() as stack:
                file = stack.enter_context(await asyncio.to_thread(partial_path.open, "wb"))
                async for chunk in self._verified(ref):
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(partial_path.replace, path)
        finally:
            await asyncio.to_thread(partial_path.unlink, missing_ok=True)

    async def size_of(self, sha256: str) -> int | None:
        """Return the size in bytes, None when there is no such file."""
        entry = await self._find(sha256)
        return None if entry is None else entry.size

    async def stream(
        self, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to and without `end`; unlike `read`, unverified.

        Raises:
            BlobMissingError: there is no such file.
        """
        entry = await self._entry(sha256)
        stop = entry.size if end is None else min(end, entry.size)
        if start >= stop:
            return
        first, last = start // entry.chunk_bytes, (stop - 1) // entry.chunk_bytes
        at = first * entry.chunk_bytes
        async for chunk in self._chunks(entry.sequences[first : last + 1]):
            yield chunk[max(0, start - at) : stop - at]
            at += entry.chunk_bytes

    async def _verified(self, ref: BlobRef) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        async for chunk in self.stream(ref.sha256):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != ref.sha256:
            raise BlobDamagedError(
                f"file {ref.name!r} ({ref.sha256}) is damaged in bucket {self._bucket!r}: "
                "restore the bucket, or run the step that made it again"
            )

    async def _entry(self, sha256: str) -> _Entry:
        if (entry := await self._find(sha256)) is None:
            raise BlobMissingError(
                f"there is no file {sha256} in bucket {self._bucket!r}: "
                "run the step that makes it again"
            )
        return entry

    async def _chunks(self, sequences: Sequence[int]) -> AsyncIterator[bytes]:
        for group in batched(sequences, _AHEAD, strict=False):
            for chunk in await asyncio.gather(*map(self._chunk, group)):
                yield chunk

    @survives_outage
    async def _chunk(self, sequence: int) -> bytes:
        try:
            message = await self._js.get_msg(self._stream, seq=sequence, direct=True)
        except NotFoundError:
            raise BlobDamagedError(
                f"chunk {sequence} is gone from bucket {self._bucket!r}: restore the bucket"
            ) from None
        return message.data or b""

    @survives_outage
    async def _find(self, sha256: str) -> _Entry | None:
        try:
            message = await self._js.get_last_msg(self._stream, self._meta(sha256), direct=True)
        except NotFoundError:
            return None
        return _Entry.parse(message.data or b"")

    async def _store(self, ref: BlobRef, pieces: Iterator[bytes]) -> None:
        """Publish the chunks, then the entry that makes them an object."""
        nuid = token_hex(11)
        sequences = list[int]()
        while piece := await asyncio.to_thread(next, pieces, b""):
            identity = f"{nuid}-{len(sequences)}"
            subject = f"$O.{self._bucket}.C.{nuid}"
            sequences.append(await self._publish(subject, piece, {"Nats-Msg-Id": identity}))
        entry = _entry_of(ref, self._bucket, nuid, sequences)
        await self._publish(self._meta(ref.sha256), entry, {})

    @survives_outage
    async def _publish(self, subject: str, data: bytes, headers: dict[str, str]) -> int:
        return (await self._js.publish(subject, data, headers=dict(headers))).seq

    def _meta(self, sha256: str) -> str:
        return f"$O.{self._bucket}.M.{base64.urlsafe_b64encode(sha256.encode()).decode()}"


def _entry_of(ref: BlobRef, bucket: str, nuid: str, sequences: Sequence[int]) -> bytes:
    """Return an entry as every client of the object store understands it."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(ref.sha256)).decode()
    return json.dumps(
        {
            "name": ref.sha256,
            "bucket": bucket,
            "nuid": nuid,
            "size": ref.size_bytes,
            "chunks": len(sequences),
            "mtime": datetime.now(UTC).isoformat(),
            "digest": f"SHA-256={digest}",
            "options": {"max_chunk_size": CHUNK_BYTES},
            "headers": {_SEQUENCES: [",".join(map(str, sequences))]},
        }
    ).encode()


def _sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
