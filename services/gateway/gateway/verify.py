"""Does the projection say what the log says? Each run is folded anew and held against its rows.

The tables are read in one snapshot and the log up to the checkpoint in it, so that projectors may
go on meanwhile. Some runs are held in memory at a time, however many there are.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import product

import orjson
from asyncpg import Pool, Record
from nats.aio.client import Client

from agentkit.artifacts import NatsArtifacts
from agentkit.errors import SettingsError
from contracts.events import RunEvent
from gateway import checkpoint, held, histories, hours, log, outputs, retention, rows, totals
from gateway.checkpoint import Session
from gateway.histories import History
from gateway.projector import Told, nothing_collected
from gateway.rows import Row
from gateway.state import RunState

PAGE = 100
FILES, TOTALS, HOURS = "artifacts", "totals", "hours"
CHECKSUM_BYTES = 8
DELETION_S = 60.0

type Hour = tuple[str, str, datetime]
"""Channel, pipeline, the hour's beginning."""


@dataclass(slots=True)
class TableCheck:
    """`difference` is the first one found, as a sentence; empty when there is none.

    `checksum` is that of the rows as they are, in whatever order.
    """

    name: str
    rows: int = 0
    checksum: int = 0
    difference: str = ""

    def differs(self, sentence: str) -> None:
        self.difference = self.difference or sentence

    def count(self, row: Record) -> None:
        digest = blake2b(orjson.dumps(tuple(row)), digest_size=CHECKSUM_BYTES).digest()
        self.rows += 1
        self.checksum = (self.checksum + int.from_bytes(digest)) % 2 ** (8 * CHECKSUM_BYTES)


@dataclass(slots=True)
class Verification:
    """`last_seq` is how far the log was read, `left_out` counts events that no table can hold."""

    last_seq: int
    left_out: int
    tables: Mapping[str, TableCheck] = field(
        default_factory=lambda: {
            name: TableCheck(name) for name in (*held.OF_RUNS, FILES, TOTALS, HOURS)
        }
    )

    @property
    def is_equal(self) -> bool:
        return not any(table.difference for table in self.tables.values())


async def verify(
    pool: Pool, connection: Client, told: Told = lambda _last, _end: None
) -> Verification:
    """Hold every table of the projection against the log.

    Raises:
        SettingsError: it is the projection of another log.
    """
    async with (
        pool.acquire() as session,
        _nothing_deleted(session),
        session.transaction(isolation="repeatable_read", readonly=True),
    ):
        await held.keep(session)
        at = await checkpoint.read(session)
        if at.log_created not in {None, await log.created_at(connection)}:
            raise SettingsError(
                "the projection was built from another log: connect the pair that belongs "
                "together or run yaa projections rebuild"
            )
        left_out = await held.left_out(session)
        check = _Check(session, connection, Verification(at.last_seq, len(left_out)))
        chunks = histories.read(connection, at.last_seq, left_out)
        with nothing_collected():
            chunk = await anext(chunks, None)
            while chunk is not None:
                told(chunk[-1].seq, at.last_seq)
                _, chunk = await asyncio.gather(check.runs(chunk), anext(chunks, None))
        return await check.whole()


@asynccontextmanager
async def _nothing_deleted(session: Session) -> AsyncIterator[None]:
    """Have no run deleted meanwhile: the log forgets it, and a snapshot of the tables does not."""
    try:
        await session.execute(retention.BESIDE_OTHERS, timeout=DELETION_S)
    except TimeoutError:
        raise SettingsError(
            "runs are being deleted right now, which takes longer: verify again later"
        ) from None
    try:
        yield
    finally:
        await session.execute(retention.NOT_BESIDE_OTHERS)


class _Check:
    """Goes through the log run by run and adds up what it finds."""

    def __init__(self, session: Session, connection: Client, found: Verification) -> None:
        self._session = session
        self._connection = connection
        self._artifacts = NatsArtifacts(connection)
        self._found = found
        self._totals = totals.of_runs(())
        self._hours = dict[Hour, list[int]]()

    async def runs(self, chunk: Sequence[History]) -> None:
        """Hold the rows of some runs against their histories."""
        run_ids = [history.run_id for history in chunk]
        expected = _expected(chunk)
        for table, (_, key_columns) in held.OF_RUNS.items():
            actual = await held.of_runs(self._session, table, run_ids)
            _compare(self._found.tables[table], expected[table], actual, key_columns)
        kept = (history.events for history in chunk if history.run is not None)
        await self._files([event for events in kept for event in events])
        added = totals.of_runs(history.run for history in chunk if history.run is not None)
        self._totals = [a + b for a, b in zip(self._totals, added, strict=True)]
        for run in (history.run for history in chunk if history.run is not None):
            self._count_hours(run)

    async def whole(self) -> Verification:
        """Look for rows of which the log says nothing, and compare the totals."""
        for name, count in (await held.counts(self._session)).items():
            table = self._found.tables[name]
            if count > table.rows and not table.difference:
                unknown = await self._unknown_run() if name == "runs" else ""
                what = unknown or f"{count - table.rows} rows"
                table.differs(f"{what}: in the table and not on the log")
        actual = await held.totals(self._session)
        table = self._found.tables[TOTALS]
        table.rows, table.checksum = 1, sum(actual)
        if list(actual) != self._totals:
            table.differs(f"{_list(actual)} in the table, {_list(self._totals)} by the log")
        await self._compare_hours()
        return self._found

    def _count_hours(self, run: RunState) -> None:
        """Add what happened to a run to its hours, and to those of all channels and pipelines."""
        for channel_id, pipeline, at, *figures in hours.happened(run):
            hour = hours.hour_of(at)
            for whose in product((channel_id, hours.ALL), (pipeline, hours.ALL)):
                sums = self._hours.setdefault((*whose, hour), [0] * hours.FIGURES)
                sums[:] = (a + b for a, b in zip(sums, figures, strict=True))

    async def _compare_hours(self) -> None:
        """Hold the hours against the log; there are so many as time has, not as there are runs."""
        table = self._found.tables[HOURS]
        async for row in held.hours(self._session):
            table.count(row)
            channel_id, pipeline, hour, *figures = row
            expected = self._hours.pop((channel_id, pipeline, hour), None)
            if expected != figures:
                by_log = "none" if expected is None else _list(expected)
                key = f"{channel_id or 'all'} {pipeline or 'all'} {hour:%Y-%m-%d %H}"
                table.differs(f"{key}: {_list(figures)} in the table, {by_log} by the log")
        for channel_id, pipeline, hour in self._hours:
            key = f"{channel_id or 'all'} {pipeline or 'all'} {hour:%Y-%m-%d %H}"
            table.differs(f"{key}: on the log and not in the table")

    async def _files(self, events: Sequence[RunEvent]) -> None:
        """Compare the files of runs, each with every run that produced it."""
        table = self._found.tables[FILES]
        expected = dict[tuple[str, str], Row]()
        for run_id, blob in await outputs.files_of(self._artifacts, events):
            expected.setdefault((blob.sha256, run_id), rows.artifact_row(run_id, blob))
        found = await held.files(self._session, expected)
        for sha256, _ in expected.keys() - {(row["sha256"], row["run_id"]) for row in found}:
            table.differs(f"{sha256}: on the log and not in the table")
        for row in found:
            table.count(row)
            _compare_row(table, expected[row["sha256"], row["run_id"]], row, row["sha256"])

    async def _unknown_run(self) -> str:
        """Return the first run in the table that is not on the log."""
        last = ""
        while some := await held.run_ids_after(self._session, last, PAGE):
            known = await histories.begun(self._connection, some, self._found.last_seq)
            for run_id in some:
                if run_id not in known:
                    return run_id
            last = some[-1]
        return ""


def _expected(chunk: Sequence[History]) -> dict[str, list[Row]]:
    """Return the rows that the histories make, by table."""
    expected: dict[str, list[Row]] = {table: [] for table in held.OF_RUNS}
    for run in (history.run for history in chunk if history.run is not None):
        expected["runs"].append(rows.run_row(run))
        expected["steps"] += (rows.step_row(run.run_id, each) for each in run.steps.values())
        expected["instances"] += (
            rows.instance_row(run.run_id, each) for each in run.instances.values()
        )
        expected["approvals"] += (
            rows.approval_row(run.run_id, each) for each in run.approvals.values()
        )
        expected["errors"] += (rows.error_row(run.run_id, each) for each in run.errors)
    return expected


def _compare(
    table: TableCheck, expected: Sequence[Row], actual: Sequence[Record], key_columns: int
) -> None:
    known = {tuple(row)[:key_columns]: row for row in actual}
    for row in actual:
        table.count(row)
    for wanted in expected:
        key = wanted[:key_columns]
        if key in known:
            _compare_row(table, wanted, known.pop(key), _list(key))
        else:
            table.differs(f"{_list(key)}: on the log and not in the table")
    for left in known:
        table.differs(f"{_list(left)}: in the table and not on the log")


def _compare_row(table: TableCheck, wanted: Row, row: Record, key: str) -> None:
    if tuple(row) != wanted:
        pairs = zip(row.items(), wanted, strict=True)
        names = [name for (name, value), other in pairs if value != other]
        table.differs(f"{key}: another {', '.join(names)} than by the log")


def _list(values: Sequence[object]) -> str:
    return " ".join(str(value) for value in values)
