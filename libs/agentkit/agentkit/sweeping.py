"""Deletes files that nobody has put for long, and bytes that belong to no file."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nats.aio.client import Client

from agentkit.api import TIMEOUT_S, ask
from agentkit.direct import direct_page, recorded_at_of, sequence_of
from agentkit.erasing import erase
from agentkit.nats import last_on
from agentkit.objects import Entry, chunks_of, entries_of, entry_of
from agentkit.outage import survives_outage
from contracts import subjects

APPLIED_S = 0.5
"""So long after an entry was erased whoever was renewing it right then has done so."""

type InUse = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Returns those of some files, by SHA-256, that are in use."""


@dataclass(slots=True)
class Swept:
    """How many files were deleted, and how many bytes with them or without a file."""

    files: int = 0
    bytes: int = 0


async def sweep(connection: Client, *, unused_since: datetime, in_use: InUse) -> Swept:
    """Delete the files that were last put before `unused_since` and are not `in_use`.

    Whoever puts one of them again meanwhile has it: an entry is deleted by its sequence, a renewed
    one has another, and only bytes of which no entry is left are deleted. Bytes without an entry,
    of a put that was broken off for example, go when they are as old.

    Args:
        connection: of somebody who may delete from the bucket.
        unused_since: more than a day before now: what was put later may not be noted as renewed.
        in_use: is asked of those that are as old.

    Raises:
        TimeoutError, nats.errors.Error: the broker does not answer; what is deleted is deleted.
    """
    sweeper = _Sweeper(connection, subjects.ARTIFACTS_BUCKET)
    async for entries in sweeper.pages():
        old = [entry for entry in entries if entry.put_at < unused_since]
        used = frozenset(await in_use({entry.sha256 for entry in old}) if old else ())
        gone = [entry for entry in old if entry.sha256 not in used]
        sweeper.kept.update({entry.nuid for entry in entries} - {entry.nuid for entry in gone})
        await sweeper.delete(gone)
    await sweeper.delete_orphans(unused_since)
    return sweeper.swept


class _Sweeper:
    def __init__(self, connection: Client, bucket: str) -> None:
        self.swept = Swept()
        self.kept = set[str]()
        self._connection = connection
        self._js = connection.jetstream(timeout=TIMEOUT_S)
        self._bucket = bucket
        self._stream = f"OBJ_{bucket}"

    async def pages(self) -> AsyncIterator[list[Entry]]:
        after, every = 0, entries_of(self._bucket)
        while True:
            page = await direct_page(self._connection, self._stream, every, after=after)
            found = [(each, Entry.parse(sequence_of(each), each.data)) for each in page.messages]
            self.kept.update(_nuid_in(each.data) for each, entry in found if entry is None)
            yield [entry for _, entry in found if entry is not None]
            if not page.more or not page.messages:
                return
            after = sequence_of(page.messages[-1])

    async def delete(self, entries: Sequence[Entry]) -> None:
        """Delete entries, and their bytes unless they were renewed."""
        if not entries:
            return
        await erase(self._connection, self._stream, [entry.seq for entry in entries])
        await asyncio.sleep(APPLIED_S)
        for entry in entries:
            subject = entry_of(self._bucket, entry.sha256)
            newest = await last_on(self._connection, self._stream, subject)
            found = None if newest is None else Entry.parse(newest.seq or 0, newest.data or b"")
            if found is not None and found.nuid == entry.nuid:
                self.kept.add(entry.nuid)
                continue
            await self._purge(chunks_of(self._bucket, entry.nuid))
            self.swept.files += found is None
            self.swept.bytes += entry.size

    async def delete_orphans(self, unused_since: datetime) -> None:
        """Delete bytes that no entry speaks of."""
        for subject in await self._chunk_subjects():
            if subject.rpartition(".")[2] in self.kept:
                continue
            page = await direct_page(self._connection, self._stream, subject, after=0, size=1)
            if page.messages and recorded_at_of(page.messages[0]) < unused_since:
                await self._purge(subject)
                self.swept.bytes += len(page.messages[0].data) * (1 + page.more)

    @survives_outage
    async def _purge(self, subject: str) -> None:
        await self._js.purge_stream(self._stream, subject=subject)

    async def _chunk_subjects(self) -> list[str]:
        """Name every subject that has bytes; nats-py asks for the first 100,000 alone."""
        found = list[str]()
        while True:
            info = await self._info(len(found))
            page = info["state"].get("subjects") or {}
            found += page
            if not page or len(found) >= info.get("total", 0):
                return found

    @survives_outage
    async def _info(self, offset: int) -> dict[str, Any]:
        asked = {"subjects_filter": chunks_of(self._bucket, "*"), "offset": offset}
        return await ask(self._connection, f"STREAM.INFO.{self._stream}", asked)


def _nuid_in(entry: bytes) -> str:
    """Return whose bytes an entry speaks of that is none of ours; empty when of nobody's."""
    with suppress(ValueError, AttributeError):
        return str(json.loads(entry).get("nuid", ""))
    return ""
