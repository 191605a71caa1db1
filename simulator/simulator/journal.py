"""What was asked of the simulator: who could be billed for what, without any content."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Literal

from simulator.wire import Json

type Status = int | Literal["pending", "cut", "abandoned"]

KEEP = 1000


@dataclass(slots=True)
class Entry:
    """One request, and the trace it said it was for.

    `status` is 200 only once the whole answer was sent.
    """

    number: int
    path: str
    model: str
    digest: str
    stream: bool
    fault: str | None
    traceparent: str = ""
    tracestate: str = ""
    status: Status = "pending"

    @property
    def trace_id(self) -> str:
        return "".join(self.traceparent.split("-")[1:2])


class Journal:
    """The last requests in full, and counts of all of them."""

    def __init__(self) -> None:
        self._entries = deque[Entry](maxlen=KEEP)
        self._requests = Counter[str]()
        self._answered = Counter[tuple[str, str, str]]()
        self._number = 0

    def open(  # noqa: PLR0913 -- as an entry
        self,
        path: str,
        model: str,
        digest: str,
        *,
        stream: bool,
        fault: str | None,
        traceparent: str,
        tracestate: str,
    ) -> Entry:
        self._number += 1
        self._requests[path] += 1
        entry = Entry(self._number, path, model, digest, stream, fault, traceparent, tracestate)
        self._entries.append(entry)
        return entry

    def close(self, entry: Entry, status: Status) -> None:
        entry.status = status
        if status == 200:  # noqa: PLR2004, OK
            self._answered[entry.path, entry.digest, entry.trace_id] += 1

    def clear(self) -> None:
        self._entries.clear()
        self._requests.clear()
        self._answered.clear()
        self._number = 0

    def report(self, last: int) -> Json:
        answered = Counter[str]()
        for (path, *_), times in self._answered.items():
            answered[path] += times
        repeated = [
            {"path": path, "digest": digest, "times": times}
            for (path, digest, _), times in self._answered.items()
            if times > 1
        ]
        return {
            "requests": dict(self._requests),
            "answered": dict(answered),
            "repeated": repeated,
            "last": [asdict(entry) for entry in list(self._entries)[-last:]] if last else [],
        }
