"""The runs that this replica has seen, so that only what followed has to be read.

What is kept is a beginning of the log, which never changes: it can be short of what happened
since and never wrong. Whoever handles an event reads until the event is part of what is known.
"""

from collections import OrderedDict
from functools import reduce
from typing import NamedTuple

from nats.aio.client import Client

from agentkit.nats import read_run
from orchestrator.core import evolve
from orchestrator.state import Run

ROOM = 100_000
"""How many events the runs that are kept may have in all; the newest is kept whatever it has."""


class Known(NamedTuple):
    """A run as it was when `last_seq` was the newest of its `events` events.

    All that had to be done up to `done_seq` was done. Of what the broker delivers, all up to the
    delivery `heard` is part of it, whoever it was given to. `slot` is what admission was last told:
    whether the run holds one, and whether it has ended.
    """

    run: Run = Run()
    last_seq: int = 0
    events: int = 0
    done_seq: int = 0
    slot: tuple[bool, bool] | None = None
    heard: int = 0


class Runs:
    """Reads runs and keeps those that were read last."""

    def __init__(self, connection: Client, *, room: int = ROOM) -> None:
        self._connection = connection
        self._known = OrderedDict[str, Known]()
        self._room = room
        self._events = 0

    async def read(self, run_id: str, *, until: int = 0) -> Known:
        """Return a run as the log has it now, the event at `until` being part of it.

        Raises:
            TimeoutError: the log does not answer, or not with that event.
        """
        known = self._known.get(run_id, Known())
        news = await read_run(
            self._connection, run_id, after=known.last_seq, until=until, known=known.events
        )
        if news:
            known = known._replace(
                run=reduce(evolve, (event for _, event in news), known.run),
                last_seq=news[-1][0],
                events=known.events + len(news),
            )
        self._keep(run_id, known)
        return known

    def known(self, run_id: str) -> Known | None:
        """Return what is kept of a run; the log may have more."""
        return self._known.get(run_id)

    def forget(self, run_id: str) -> None:
        """Read a run from its beginning when it is next asked for."""
        if (forgotten := self._known.pop(run_id, None)) is not None:
            self._events -= forgotten.events

    def heard(self, run_id: str, delivery: int) -> None:
        """Remember that all is known of a run up to a delivery of the broker."""
        if (known := self._known.get(run_id)) is not None and known.heard < delivery:
            self._known[run_id] = known._replace(heard=delivery)

    def keep(self, run_id: str, known: Known) -> None:
        """Keep a run as it is known now."""
        self._keep(run_id, known)

    def is_done(self, run_id: str, sequence: int) -> bool:
        """Tell whether all was done that had to be after the event at `sequence`."""
        return sequence <= self._known.get(run_id, Known()).done_seq

    def done(self, run_id: str, known: Known) -> None:
        """Remember that all was done that follows from `known`."""
        newest = self._known.get(run_id, known)
        self._keep(run_id, newest._replace(done_seq=max(newest.done_seq, known.last_seq)))

    def settled(self, run_id: str, known: Known, slot: tuple[bool, bool]) -> None:
        """Remember what admission was told of a run."""
        self._keep(run_id, self._known.get(run_id, known)._replace(slot=slot))

    def _keep(self, run_id: str, known: Known) -> None:
        """Keep a run as the newest, and forget the oldest for which there is no room."""
        before = self._known.get(run_id)
        if before is not None and before.last_seq > known.last_seq:
            return
        self._events += known.events - (before.events if before else 0)
        self._known[run_id] = known
        self._known.move_to_end(run_id)
        while self._events > self._room and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._events -= forgotten.events
