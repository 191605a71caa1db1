"""Sees all that is on the log, by reading it from its beginning; remembers what became of runs."""

import asyncio
import time
from dataclasses import dataclass, field

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts import subjects
from gateway.log import Entry, read_page

PAGE = 500
LOOK_S = 0.1
BY_SCHEDULE = "schedule:"
ENDS = frozenset({"completed", "failed", "cancelled"})
COMPLETED = b'"type":"step.completed"'


@dataclass(slots=True)
class RunSeen:
    """What the log says of one run. `news` is when its last event was seen."""

    topic: str = ""
    admitted: bool = False
    ended: str = ""
    errors: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    seqs: list[int] = field(default_factory=list[int])
    to_end: int = 0
    """So many of `seqs` there are up to the end of the run, that included."""
    completed: set[str] = field(default_factory=set[str])
    news: float = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def was_watched(self, ids: list[int]) -> bool:
        """Tell whether somebody who was told `ids` saw all up to the end, once and in order.

        What an agent had in hand when the run was ended over its head may come behind the end.
        """
        return len(ids) >= self.to_end > 0 and ids == self.seqs[: len(ids)]


class Witness:
    """Follows the log, whatever becomes of the broker."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self.runs = dict[str, RunSeen]()
        self.scheduled = dict[str, list[str]]()
        self.last_seq = 0
        self.unread = list[str]()

    def run(self, run_id: str) -> RunSeen:
        return self.runs.setdefault(run_id, RunSeen())

    async def watch(self) -> None:
        while True:
            try:
                page = await read_page(self._connection, self.last_seq + 1, PAGE)
            except (NatsError, TimeoutError):
                page = []
            for entry in page:
                self._see(entry)
            if len(page) < PAGE:
                await asyncio.sleep(LOOK_S)

    def _see(self, entry: Entry) -> None:
        self.last_seq = entry.seq
        run = self.run(subjects.run_id_of(entry.subject))
        run.news = time.monotonic()
        run.seqs.append(entry.seq)
        match entry.subject.split(".")[2:]:
            case ["requested"]:
                self._begin(run, entry)
            case ["admitted"]:
                run.admitted = True
            case [end] if end in ENDS:
                self._end(run, end, entry)
            case [step, _, "outcome", _] if COMPLETED in entry.payload:
                run.completed.add(step)
            case _:
                pass

    def _begin(self, run: RunSeen, entry: Entry) -> None:
        """Remember what a run is about, and the schedule that made it."""
        request = orjson.loads(entry.payload)
        run.topic, requested_by = request["topic"], request.get("requested_by", "")
        if requested_by.startswith(BY_SCHEDULE):
            runs = self.scheduled.setdefault(requested_by.removeprefix(BY_SCHEDULE), [])
            runs.append(subjects.run_id_of(entry.subject))

    def _end(self, run: RunSeen, end: str, entry: Entry) -> None:
        if run.ended:
            self.unread.append(f"{entry.subject} although the run was {run.ended}")
        run.ended, run.to_end = end, len(run.seqs)
        run.errors = orjson.loads(entry.payload).get("errors", [])
        run.over.set()
