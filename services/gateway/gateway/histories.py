"""Every run of the log with its whole history, one after another and some at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from nats.aio.client import Client

from contracts import subjects
from contracts.events import RunEvent
from gateway import log
from gateway.fold import fold_all
from gateway.log import Entry
from gateway.state import RunState

AT_ONCE = 16
PAGE = 100
"""Runs that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class History:
    """A run that begins at `seq` with its events; `run` is None when its beginning is unknown."""

    run_id: str
    seq: int
    events: Sequence[RunEvent]
    run: RunState | None


async def read(
    connection: Client, last_seq: int, left_out: Collection[int] = ()
) -> AsyncIterator[list[History]]:
    """Read every run that began up to `last_seq`, oldest first, as it stood then."""
    first = 1
    every = subjects.beginning_of("*")
    few = asyncio.Semaphore(AT_ONCE)

    async def history(beginning: Entry) -> History:
        async with few:
            return await _history(connection, beginning, last_seq, left_out)

    while page := await log.read_page(connection, first, PAGE, subject=every):
        found = [entry for entry in page if entry.seq <= last_seq]
        if not found:
            return
        yield await asyncio.gather(*map(history, found))
        first = page[-1].seq + 1


async def begun(connection: Client, run_ids: Sequence[str], last_seq: int) -> frozenset[str]:
    """Return those of `run_ids` that began up to `last_seq`."""
    wanted = [subjects.beginning_of(run_id) for run_id in run_ids]
    found = await log.last_of(connection, wanted, last_seq)
    return frozenset(subjects.run_id_of(entry.subject) for entry in found)


async def _history(
    connection: Client, beginning: Entry, last_seq: int, left_out: Collection[int]
) -> History:
    run_id = subjects.run_id_of(beginning.subject)
    entries = await log.history(connection, beginning, last_seq)
    known = (entry.event for entry in entries if entry.seq not in left_out)
    events = [event for event in known if event is not None]
    return History(run_id, beginning.seq, events, fold_all(events))
