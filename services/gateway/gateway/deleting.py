"""Deletes runs: the log is told first, and when the tables know, all else of them is erased."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched

from loguru import logger
from nats.aio.msg import Msg

from agentkit import failpoints
from agentkit.direct import TooManyError, direct_get, direct_page, sequence_of, subject_of
from agentkit.erasing import erase
from agentkit.nats import append, last_on
from agentkit.outage import survives_outage
from agentkit.wire import Connection
from contracts import subjects
from contracts.events import RunDeleted
from gateway import log

TOGETHER = 50
READ_AT_ONCE = 8
TIMEOUT_S = 5.0
TOLD_FOR = timedelta(days=7)
"""So long the log tells that a run was deleted: to tables that are restored, or catch up."""

type CatchUp = Callable[[], Awaitable[object]]
"""Brings the tables up to the log."""


class Deleting:
    """Deletes on one log. Whoever has an interest in a run has been asked before."""

    def __init__(self, connection: Connection, catch_up: CatchUp) -> None:
        self._connection = connection
        self._catch_up = catch_up
        self._js = connection.jetstream(timeout=TIMEOUT_S)

    async def delete(self, run_ids: Sequence[str], requested_by: str) -> None:
        """Delete runs, those that others repeat first: whoever would retry one is told so."""
        if not run_ids:
            return
        for run_id in run_ids:
            now = datetime.now(UTC)
            await append(self._js, RunDeleted(run_id=run_id, at=now, requested_by=requested_by))
        await self._catch_up()
        await self._erase_all(run_ids)
        for run_id in run_ids:
            logger.info("run deleted", run_id=run_id)

    async def finish(self) -> None:
        """Erase what a crash has left of runs that were deleted, or an agent has added since.

        The tables know of all deletions by now. What the log has told for a week is forgotten.
        """
        told = await log.read_all(self._connection, subjects.deletion_of("*"))
        for some in batched(told, TOGETHER, strict=False):
            await self._erase_all(await self._unfinished([each.subject for each in some]))
        since = datetime.now(UTC) - TOLD_FOR
        old = [each.seq for each in told if each.event is not None and each.event.at < since]
        last = await log.last_seq(self._connection)  # it stays: a log has a last event
        await erase(self._connection, subjects.RUNS, [seq for seq in old if seq < last])

    async def _unfinished(self, deletions: Sequence[str]) -> list[str]:
        """Return the runs of which more is left than that they were deleted."""
        run_ids = [subjects.run_id_of(subject) for subject in deletions]
        wanted = [subjects.of_run(run_id) for run_id in run_ids]
        try:
            found = await direct_get(self._connection, subjects.RUNS, wanted)
        except TooManyError:
            return run_ids
        left = {subjects.run_id_of(subject_of(each)) for each in _but_deletions(found)}
        return [run_id for run_id in run_ids if run_id in left]

    async def _erase_all(self, run_ids: Iterable[str]) -> None:
        few = asyncio.Semaphore(READ_AT_ONCE)

        async def erase_one(run_id: str) -> None:
            async with few:
                await self._erase(run_id)

        await asyncio.gather(*map(erase_one, run_ids))

    async def _erase(self, run_id: str) -> None:
        """Erase a run, but for the word that it was deleted.

        A retry has the id that its parent's first one had: what began after the word is another
        run, and then the word goes.
        """
        deletion, beginning = [
            0 if found is None else found.seq or 0
            for found in await asyncio.gather(
                last_on(self._connection, subjects.RUNS, subjects.deletion_of(run_id)),
                last_on(self._connection, subjects.RUNS, subjects.beginning_of(run_id)),
            )
        ]
        events = await self._events_of(run_id)
        if beginning > deletion:
            before = [seq for seq in events if seq < deletion]
            await erase(self._connection, subjects.RUNS, [*before, deletion])
            return
        await self._purge(subjects.CALLS, subjects.calls_of(run_id))
        await self._purge(subjects.TIMERS, subjects.timers_of(run_id))
        await failpoints.reach("retention.middle", subjects.deletion_of(run_id))
        await erase(self._connection, subjects.RUNS, events)

    async def _events_of(self, run_id: str) -> list[int]:
        """Return the sequences of a run's events, without the one that says it was deleted."""
        subject, found, after = subjects.of_run(run_id), list[int](), 0
        try:
            messages = await direct_get(self._connection, subjects.RUNS, [subject])
        except TooManyError:
            pass
        else:
            return [sequence_of(each) for each in _but_deletions(messages)]
        while True:
            page = await direct_page(self._connection, subjects.RUNS, subject, after=after)
            found += [sequence_of(each) for each in _but_deletions(page.messages)]
            if not page.more or not page.messages:
                return found
            after = sequence_of(page.messages[-1])

    @survives_outage
    async def _purge(self, stream: str, subject: str) -> None:
        await self._js.purge_stream(stream, subject=subject)


def _but_deletions(messages: Iterable[Msg]) -> list[Msg]:
    return [each for each in messages if not subjects.is_deletion(subject_of(each))]
