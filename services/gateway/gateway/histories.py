"""Every run of the log with its whole history, one after another and some at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, chain

from nats.aio.client import Client

from agentkit.direct import TooManyError, direct_get
from contracts import subjects
from contracts.events import RunEvent
from gateway import log
from gateway.fold import fold_all
from gateway.log import Entry
from gateway.state import RunState

PAGE = 100
"""Runs that are held in memory at a time."""
TOGETHER = 50
"""Runs that are asked for in one request: it costs the broker as much as one of them.

An answer has 1,024 messages at most; of runs that have more than twenty each, half are asked for.
"""


@dataclass(frozen=True, slots=True)
class History:
    """A run that begins at `seq` with its events.

    `run` is None when its beginning is unknown or the run is deleted.
    """

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
    while page := await log.read_page(connection, first, PAGE, subject=every):
        found = [entry for entry in page if entry.seq <= last_seq]
        if not found:
            return
        groups = batched(found, TOGETHER, strict=False)
        entries = await asyncio.gather(
            *(_entries_of(connection, group, last_seq) for group in groups)
        )
        by_run = _by_run(chain.from_iterable(entries))
        yield [_history(each, by_run, left_out) for each in found]
        first = page[-1].seq + 1


async def begun(connection: Client, run_ids: Sequence[str], last_seq: int) -> frozenset[str]:
    """Return those of `run_ids` that began up to `last_seq`."""
    wanted = [subjects.beginning_of(run_id) for run_id in run_ids]
    found = await direct_get(connection, subjects.RUNS, wanted, until=last_seq)
    return frozenset(subjects.run_id_of(log.stored(each).subject) for each in found)


async def _entries_of(
    connection: Client, beginnings: Sequence[Entry], last_seq: int
) -> list[Entry]:
    """Return all messages of some runs; of one that fills more than an answer page by page."""
    wanted = [subjects.of_run(subjects.run_id_of(each.subject)) for each in beginnings]
    try:
        messages = await direct_get(connection, subjects.RUNS, wanted, until=last_seq)
    except TooManyError:
        return await _in_parts(connection, beginnings, last_seq)
    return [log.stored(message) for message in messages]


async def _in_parts(connection: Client, beginnings: Sequence[Entry], last_seq: int) -> list[Entry]:
    if len(beginnings) == 1:
        run = subjects.of_run(subjects.run_id_of(beginnings[0].subject))
        every = await log.read_all(connection, run, first=beginnings[0].seq)
        return [entry for entry in every if entry.seq <= last_seq]
    middle = len(beginnings) // 2
    return [
        *await _entries_of(connection, beginnings[:middle], last_seq),
        *await _entries_of(connection, beginnings[middle:], last_seq),
    ]


def _by_run(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found = dict[str, list[Entry]]()
    for entry in entries:
        found.setdefault(subjects.run_id_of(entry.subject), []).append(entry)
    return found


def _history(
    beginning: Entry, by_run: Mapping[str, list[Entry]], left_out: Collection[int]
) -> History:
    run_id = subjects.run_id_of(beginning.subject)
    entries = sorted(by_run.get(run_id, ()), key=lambda entry: entry.seq)
    known = (entry.event for entry in entries if entry.seq not in left_out)
    events = [event for event in known if event is not None]
    return History(run_id, beginning.seq, events, fold_all(events))
