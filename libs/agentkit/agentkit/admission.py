"""Who may begin: the runs that wait for others to end, and those that hold a slot.

Each waiting run is an empty message on stream QUEUE, each slot an entry of one value in bucket
`admission`, replaced only by whoever read it last.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import Field

from agentkit.nats import publish_once
from agentkit.outage import survives_outage
from contracts import subjects
from contracts.base import Frozen, Name, RunId
from contracts.pipeline import Priority
from contracts.subjects import Place

RANKS: Mapping[Priority, int] = {"high": 0, "normal": 1, "low": 2}
RISES_MS = 10 * 60 * 1000
"""Who waits so long counts as one priority higher: what is urgent holds up nobody for ever."""
_KEY = "ledger"
_TRIES = 64


class Caps(Frozen):
    """How many runs may be active at once; None is any number."""

    total: int | None = None
    per_channel: int | None = None

    @property
    def are_set(self) -> bool:
        return self.total is not None or self.per_channel is not None


class Ledger(Frozen):
    """`active` maps each run that holds a slot to its channel; `caps` are those last in force."""

    caps: Caps = Caps()
    active: dict[RunId, Name] = Field(default_factory=dict)

    def of_channel(self, channel_id: str) -> int:
        return sum(channel == channel_id for channel in self.active.values())

    def has_room_for(self, channel_id: str) -> bool:
        total, per_channel = self.caps.total, self.caps.per_channel
        if total is not None and len(self.active) >= total:
            return False
        return per_channel is None or self.of_channel(channel_id) < per_channel

    def with_run(self, run_id: str, channel_id: str) -> "Ledger":
        return self.model_copy(update={"active": {**self.active, run_id: channel_id}})

    def without(self, run_id: str) -> "Ledger":
        rest = {run: channel for run, channel in self.active.items() if run != run_id}
        return self.model_copy(update={"active": rest})


def rank_at(place: Place, now_ms: int) -> int:
    """Return the rank that a waiting run has come to; the lowest number goes first."""
    risen = max(0, now_ms - place.since_ms) // RISES_MS
    return max(0, place.rank - risen)


def now_in_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a waiting run stands: `before` others go first among those of its priority or above."""

    place: Place
    before: int
    ledger: Ledger


class AdmissionBook:
    """The queue and the ledger as one connection sees them."""

    def __init__(self, connection: Client) -> None:
        self._js = connection.jetstream()
        self._bucket: KeyValue | None = None

    async def turn_of(self, run_id: str) -> Turn | None:
        """Return where a run stands in the queue; None when it does not wait there."""
        for before, place in enumerate(await self.waiting()):
            if place.run_id == run_id:
                return Turn(place, before, await self.ledger())
        return None

    @survives_outage
    async def waiting(self) -> list[Place]:
        """Return who waits: by the priority they have come to, then the longest first."""
        info = await self._js.stream_info(subjects.QUEUE, subjects_filter=subjects.ALL_QUEUED)
        places = map(subjects.place_of, info.state.subjects or {})
        now_ms = now_in_ms()
        return sorted(places, key=lambda each: (rank_at(each, now_ms), each.since_ms, each.run_id))

    async def enqueue(self, place: Place) -> None:
        """Let a run wait; one that waits already does so once."""
        await publish_once(self._js, subjects.QUEUE, subjects.queued(*place), b"")

    @survives_outage
    async def dequeue(self, run_id: str) -> None:
        await self._js.purge_stream(subjects.QUEUE, subject=subjects.queued_run(run_id))

    async def ledger(self) -> Ledger:
        return (await self._read())[0]

    async def change(self, change: Callable[[Ledger], Ledger | None]) -> Ledger | None:
        """Replace the ledger by what `change` makes of it, read again when someone was faster.

        Returns the new ledger; None when `change` wants nothing changed.

        Raises:
            RuntimeError: others were faster over and over.
        """
        for _ in range(_TRIES):
            ledger, revision = await self._read()
            new = change(ledger)
            if new is None or new == ledger:
                return None
            if await self._replace(new, revision):
                return new
        raise RuntimeError(f"the admission ledger changed {_TRIES} times while it was to be")

    @survives_outage
    async def _read(self) -> tuple[Ledger, int]:
        bucket = await self._opened()
        try:
            entry = await bucket.get(_KEY)
        except KeyNotFoundError:
            return Ledger(), 0
        return Ledger.model_validate_json(entry.value or b"{}"), entry.revision or 0

    @survives_outage
    async def _replace(self, ledger: Ledger, revision: int) -> bool:
        bucket = await self._opened()
        try:
            await bucket.update(_KEY, ledger.model_dump_json().encode(), last=revision)
        except KeyWrongLastSequenceError:
            return False
        return True

    async def _opened(self) -> KeyValue:
        if self._bucket is None:
            self._bucket = await self._js.key_value(subjects.ADMISSION_BUCKET)
        return self._bucket
