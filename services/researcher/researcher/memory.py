"""What a channel knows: its brand guide and the claims of its earlier research, in LanceDB.

Importing this module takes two seconds and 150 MB: it is loaded with the first research.
"""

import asyncio
import fcntl
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Self

import lancedb
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from lancedb.expr import Expr, col, lit

from contracts.artifacts import Claim, Source
from researcher.passage import Passage

COMPACT_AFTER_FILES = 100
KEEP_OLD_VERSIONS = timedelta(days=1)

type Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]
type Row = dict[str, Any]


class MemoryFolderError(Exception):
    """The folder cannot be used; the message names it and the way out."""


class Memory:
    """One channel's rows of one table. Vectors of different models never share a table.

    Rows are named by a digest of their content, and the table's primary key makes two
    writers of the same row write it once, in other processes as well.
    """

    def __init__(self, table: lancedb.AsyncTable, channel_id: str, embed: Embed) -> None:
        self._table = table
        self._channel_id = channel_id
        self._embed = embed

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, model: str, dimension: int, channel_id: str, embed: Embed
    ) -> AsyncIterator[Self]:
        """Open the table for vectors of `model` with `dimension` numbers, made if need be."""
        with await _opened(folder, table_name(model, dimension), dimension) as table:
            yield cls(table, channel_id, embed)

    async def index_guide(self, passages: Sequence[Passage]) -> int:
        """Store the passages of the brand guide that are new, forget those that are gone.

        Returns:
            How many passages were embedded.
        """
        wanted = {_id("brand_guide", self._channel_id, _content(p)): p for p in passages}
        known = await self._ids(self._of("brand_guide"))
        new = {key: passage for key, passage in wanted.items() if key not in known}
        await self._store(new, run_id="")
        if gone := known - wanted.keys():
            await self._table.delete(self._of("brand_guide") & col("id").isin(sorted(gone)))
        return len(new)

    async def remember(self, run_id: str, topic: str, claims: Iterable[Claim]) -> None:
        """Store what a run found out. Storing the same claims again changes nothing."""
        rows = {
            _id("earlier_research", self._channel_id, run_id, claim.text): _memory_of(claim, topic)
            for claim in claims
        }
        known = await self._ids(self._of("earlier_research") & (col("run_id") == lit(run_id)))
        await self._store({k: p for k, p in rows.items() if k not in known}, run_id=run_id)
        await self._compact()

    async def guide(self, vector: Sequence[float], *, limit: int) -> tuple[Passage, ...]:
        """Return the passages of the brand guide nearest to `vector`, nearest first."""
        return await self._nearest(vector, self._of("brand_guide"), limit)

    async def earlier(
        self, vector: Sequence[float], *, limit: int, run_id: str
    ) -> tuple[Passage, ...]:
        """Return the nearest claims of other runs, never those of `run_id` itself."""
        others = self._of("earlier_research") & (col("run_id") != lit(run_id))
        return await self._nearest(vector, others, limit)

    def _of(self, kind: str) -> Expr:
        return (col("channel_id") == lit(self._channel_id)) & (col("kind") == lit(kind))

    async def _ids(self, where: Expr) -> set[str]:
        rows = await self._table.query().where(where).select(["id"]).to_list()
        return {row["id"] for row in rows}

    async def _nearest(
        self, vector: Sequence[float], where: Expr, limit: int
    ) -> tuple[Passage, ...]:
        if limit == 0:
            return ()
        query = self._table.query().where(where).nearest_to(list(vector)).distance_type("cosine")
        rows = await query.limit(limit).to_list()
        rows.sort(key=lambda row: (row["_distance"], row["id"]))
        return tuple(_passage_of(row) for row in rows)

    async def _store(self, passages: dict[str, Passage], *, run_id: str) -> None:
        if not passages:
            return
        vectors = await self._embed([_content(passage) for passage in passages.values()])
        rows = [
            self._row(key, passage, run_id, vector)
            for (key, passage), vector in zip(passages.items(), vectors, strict=True)
        ]
        schema = await self._table.schema()
        upsert = self._table.merge_insert("id").when_matched_update_all()
        await upsert.when_not_matched_insert_all().execute(pa.Table.from_pylist(rows, schema))

    def _row(self, key: str, passage: Passage, run_id: str, vector: list[float]) -> Row:
        return {
            "id": key,
            "channel_id": self._channel_id,
            "run_id": run_id,
            "text": passage.text,
            **passage.source.model_dump(),
            "vector": vector,
        }

    async def small_files(self) -> int:
        """Return how many files the table's writes have left; one each, until joined."""
        stats: Any = await self._table.stats()  # a dict in lancedb 0.40, whatever its annotation
        files: int = stats["fragment_stats"]["num_small_fragments"]
        return files

    async def _compact(self) -> None:
        if await self.small_files() > COMPACT_AFTER_FILES:
            with suppress(RuntimeError):  # another process is compacting right now
                await self._table.optimize(cleanup_older_than=KEEP_OLD_VERSIONS)


def table_name(model: str, dimension: int) -> str:
    return f"memory-{re.sub(r'[^a-z0-9.]+', '-', model.lower())}-{dimension}"


async def _opened(folder: Path, name: str, dimension: int) -> lancedb.AsyncTable:
    # Two creations at once overwrite each other in lancedb 0.40, in spite of `exist_ok`.
    with (
        await asyncio.to_thread(_locked, folder),
        await lancedb.connect_async(folder) as connection,
    ):
        schema = _schema(dimension)
        table: lancedb.AsyncTable = await connection.create_table(
            name, schema=schema, exist_ok=True
        )
        return table


def _locked(folder: Path) -> IO[str]:
    """Wait for the folder's lock; closing the returned file gives it back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".create.lock").open("a")
    except OSError as error:
        raise MemoryFolderError(
            f"the research memory {str(folder)!r} cannot be written ({error.strerror}): "
            "make the folder writable or set YAA_LANCEDB_DIR to another one"
        ) from error
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _schema(dimension: int) -> pa.Schema:
    # With this key concurrent merges of the same row are noticed; without it both insert.
    key = {"lance-schema:unenforced-primary-key": "true"}
    texts = ("channel_id", "run_id", "kind", "title", "url", "text")
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False, metadata=key),
            *(pa.field(name, pa.string()) for name in texts),
            pa.field("vector", pa.list_(pa.float32(), dimension)),
        ]
    )


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _content(passage: Passage) -> str:
    return f"{passage.source.title}: {passage.text}"


def _memory_of(claim: Claim, topic: str) -> Passage:
    url = next((source.url for source in claim.sources if source.url), "")
    return Passage(claim.text, Source(kind="earlier_research", title=topic, url=url))


def _passage_of(row: Row) -> Passage:
    source = Source(kind=row["kind"], title=row["title"], url=row["url"])
    return Passage(row["text"], source)
