"""Lets runs begin, so many at once as there are slots; any number of replicas does it together.

A run that may begin is put on the ledger, told so on its log, and taken off the queue, in this
order. A crash in between leaves a run that is on both, and whoever looks next finishes it. One
that ended while it was let begin is found by looking at its log once it is on the ledger.
"""

import asyncio
from datetime import UTC, datetime

from loguru import logger
from nats.aio.client import Client

from agentkit.admission import RANKS, AdmissionBook, Caps, Ledger, now_in_ms
from agentkit.nats import NatsOutcomes, append
from contracts.events import RunAdmitted
from contracts.subjects import Place
from orchestrator.outputs import Admit
from orchestrator.turns import next_turn

SWEEP_S = 60.0
"""How often slots of runs that ended unseen are looked for."""


class Admission:
    """One replica's share of letting runs begin."""

    def __init__(self, connection: Client, caps: Caps) -> None:
        self.caps = caps
        self._js = connection.jetstream()
        self._book = AdmissionBook(connection)
        self._outcomes = NatsOutcomes(connection)
        self._filling = asyncio.Lock()
        self._is_wanted = False

    async def enter(self, admit: Admit) -> None:
        """Let a run begin when there is a slot, else wait for one."""
        since_ms = int(admit.requested_at.timestamp() * 1000)
        await self._book.enqueue(
            Place(RANKS[admit.priority], admit.channel_id, since_ms, admit.run_id)
        )
        await self._fill()

    async def withdraw(self, run_id: str) -> None:
        """Let a run that is paused wait for nothing; it enters again when it goes on."""
        await self._book.dequeue(run_id)

    async def settle(self, run_id: str, channel_id: str, *, holds: bool, ended: bool) -> None:
        """Give a run the slot it holds, whatever the caps, or take from it what it does not.

        A run that was let begin once is never made to wait again: it goes on, counted.
        """
        if ended:
            await self._book.dequeue(run_id)
        if holds:
            await self._hold(run_id, channel_id)
        elif await self._release(run_id):
            await self._fill()

    async def active(self) -> tuple[str, ...]:
        """Return the runs that hold a slot."""
        return tuple((await self._book.ledger()).active)

    async def sweep(self) -> None:
        """Free the slots of runs that have ended, and let begin who waits for no reason."""
        if not self.caps.are_set:
            await self._book.change(lambda _: Ledger())
        for run_id in (await self._book.ledger()).active:
            if await self._outcomes.has_ended(run_id) and await self._release(run_id):
                logger.warning("slot of an ended run was still held", run_id=run_id)
        await self._fill()

    async def _fill(self) -> None:
        """Let begin who may; many that ask at the same time are served by one look."""
        if self._is_wanted:
            return
        self._is_wanted = True
        try:
            await self._filling.acquire()
        finally:
            self._is_wanted = False
        try:
            await self._let_begin()
        finally:
            self._filling.release()

    async def _let_begin(self) -> None:
        waiting = await self._book.waiting()
        await self._finish_begun(waiting)
        while waiting and (place := await self._take(waiting)) is not None:
            await self._admit(place)
            waiting.remove(place)

    async def _finish_begun(self, waiting: list[Place]) -> None:
        """Finish what a replica that crashed has begun; of several that try, all are right."""
        active = (await self._book.ledger()).active
        for place in [place for place in waiting if place.run_id in active]:
            await self._admit(place)
            waiting.remove(place)

    async def _take(self, waiting: list[Place]) -> Place | None:
        """Put the next run on the ledger; None when nobody may begin."""
        taken: Place | None = None

        def with_next(ledger: Ledger) -> Ledger | None:
            nonlocal taken
            ledger = ledger.model_copy(update={"caps": self.caps})
            taken = next_turn(ledger, waiting, now_in_ms())
            return None if taken is None else ledger.with_run(taken.run_id, taken.channel_id)

        await self._book.change(with_next)
        return taken

    async def _admit(self, place: Place) -> None:
        """Tell a run that is on the ledger that it may begin."""
        if await self._outcomes.has_ended(place.run_id):
            await self._release(place.run_id)
        else:
            event = RunAdmitted(run_id=place.run_id, at=datetime.now(UTC))
            if await append(self._js, event):
                logger.info("run admitted", run_id=place.run_id, channel_id=place.channel_id)
        await self._book.dequeue(place.run_id)

    async def _hold(self, run_id: str, channel_id: str) -> None:
        def with_run(ledger: Ledger) -> Ledger | None:
            return None if run_id in ledger.active else ledger.with_run(run_id, channel_id)

        is_new = await self._book.change(with_run) is not None
        if is_new and await self._outcomes.has_ended(run_id):
            await self._release(run_id)

    async def _release(self, run_id: str) -> bool:
        """Free the slot of a run; False when it has none."""

        def without(ledger: Ledger) -> Ledger | None:
            return ledger.without(run_id) if run_id in ledger.active else None

        return await self._book.change(without) is not None
