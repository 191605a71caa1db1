"""Which files runs use, by all that the log and the journal of paid calls tell of them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import orjson
from asyncpg import Pool
from nats.aio.client import Client
from pydantic import ValidationError

from agentkit.artifacts import NatsArtifacts
from agentkit.objects import BlobDamagedError, BlobMissingError
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.base import refuse_deep
from gateway import log, outputs

OLD_OR_ORPHANED = """
SELECT run_id
FROM gateway.runs AS run
WHERE created_at < $1
UNION
SELECT run_id
FROM gateway.runs AS run
WHERE parent_run_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM gateway.runs AS other WHERE other.run_id = run.parent_run_id)
UNION
SELECT split_part(subject, '.', 2)
FROM gateway.left_out
"""
"""A run whose parent was deleted while it was asked for has nothing left but its own."""

_SHA256 = re.compile(rb"[0-9a-f]{64}")


class Using:
    def __init__(self, pool: Pool, connection: Client) -> None:
        self._pool = pool
        self._connection = connection
        self._artifacts = NatsArtifacts(connection)
        self._used = set[str]()
        self._looked_into = set[str]()

    async def files_of_runs_before(self, moment: datetime) -> frozenset[str]:
        """Return what runs use that were asked for before a moment, or whose parent is gone."""
        for row in await self._pool.fetch(OLD_OR_ORPHANED, moment):
            await self._note_run(row["run_id"])
        return frozenset(self._used)

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
