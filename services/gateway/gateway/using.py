"""Which files runs use, by all that the log and the journal of paid calls tell of them."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

import orjson
from asyncpg import Pool, Record
from nats.aio.client import Client
from pydantic import ValidationError

from agentkit.artifacts import NatsArtifacts
from agentkit.objects import BlobDamagedError, BlobMissingError
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.base import refuse_deep
from gateway import log, outputs

TO_READ = """
SELECT last_seq, found.run_id
FROM gateway.checkpoint
LEFT JOIN (
    SELECT run_id
    FROM gateway.runs
    WHERE created_at < $1
    UNION
    SELECT run_id
    FROM gateway.runs AS run
    WHERE parent_run_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM gateway.runs AS it WHERE it.run_id = run.parent_run_id)
    UNION
    SELECT split_part(subject, '.', 2)
    FROM gateway.left_out
) AS found ON true
"""
"""A run whose parent was deleted while it was asked for has nothing left but its own."""

PRODUCED = """
SELECT last_seq, found.sha256
FROM gateway.checkpoint
LEFT JOIN (
    SELECT DISTINCT sha256
    FROM gateway.artifacts
    WHERE sha256 = ANY($1)
) AS found ON true
"""

NOTED_SINCE = """
SELECT files_noted_since
FROM gateway.checkpoint
"""

_SHA256 = re.compile(rb"[0-9a-f]{64}")


class Using:
    def __init__(self, pool: Pool, connection: Client) -> None:
        self._pool = pool
        self._connection = connection
        self._artifacts = NatsArtifacts(connection)
        self._used = set[str]()
        self._looked_into = set[str]()

    async def noted_since(self) -> datetime:
        """Return since when all who put a file that is there note that they did."""
        since: datetime = await self._pool.fetchval(NOTED_SINCE)
        return since

    async def runs_to_read(self, moment: datetime) -> Sequence[Record]:
        """Return the runs that were asked for before a moment, or whose parent is gone.

        Each row has how far the tables are as `last_seq`; the only row may have no run.
        """
        return await self._pool.fetch(TO_READ, moment)

    async def produced(self, files: Collection[str]) -> Sequence[Record]:
        """Return those files that a run in the tables has produced, in rows as `runs_to_read`."""
        return await self._pool.fetch(PRODUCED, list(files))

    async def read(self, run_ids: Iterable[str]) -> None:
        """Take note of all that runs use."""
        for run_id in run_ids:
            await self._note_run(run_id)

    def among(self, files: Collection[str]) -> set[str]:
        """Return those files of which note was taken."""
        return self._used & set(files)

    async def _note_run(self, run_id: str) -> None:
        journals = {run_id}
        for entry in await log.read_all(self._connection, subjects.of_run(run_id)):
            content = await self._note(entry.payload)
            if isinstance(content, dict) and isinstance(journal := content.get("journal_id"), str):
                journals.add(journal)
        for journal in journals:
            calls = subjects.calls_of(journal)
            for entry in await log.read_all(self._connection, calls, stream=subjects.CALLS):
                await self._note(entry.payload)

    async def _note(self, body: bytes) -> object:
        """Note every file that a text names, and those that the artifacts it refers to name."""
        self._used.update(found.decode() for found in _SHA256.findall(body))
        try:
            content: object = orjson.loads(body)
            refuse_deep(content)
        except ValueError:
            return None
        for ref in _stored_in(content):
            if ref.sha256 not in self._looked_into:
                self._looked_into.add(ref.sha256)
                with suppress(BlobMissingError, BlobDamagedError):
                    await self._note(await self._artifacts.read(outputs.file_of(ref)))
        return content


def _stored_in(content: object) -> Iterator[ArtifactRef]:
    """Find the artifacts that are referred to and lie elsewhere, however deep."""
    if isinstance(content, dict):
        if "kind" in content and "sha256" in content and content.get("inline") is None:
            with suppress(ValidationError):
                yield ArtifactRef.model_validate(content)
            return
        content = list(content.values())
    if isinstance(content, list):
        for item in content:
            yield from _stored_in(item)
