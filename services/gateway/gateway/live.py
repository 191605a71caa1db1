"""One reading of the log and of the live feed in this process, handed to every browser."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Self

import orjson
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from agentkit import metrics
from contracts import subjects
from contracts.events import RUN_ENDS, RunDeleted, RunRequested, StepCompleted, StepFailed

HEARTBEAT_S = 0.5
SILENCE_S = 1.6
"""Three heartbeats missed: the consumer is gone, for it lives in the server's memory."""
RETRY_S = 0.25
PING_S = 15.0
"""So long nothing is sent before a browser, and what lies between, hear that we are there."""
RECENT = 2000
"""So many events may a copy of the log lag behind the one that is followed."""

ENDS = frozenset(kind.model_fields["type"].default for kind in RUN_ENDS)
BEGINS: str = RunRequested.model_fields["type"].default
DELETED: str = RunDeleted.model_fields["type"].default
OUTCOMES = frozenset(kind.model_fields["type"].default for kind in (StepCompleted, StepFailed))
LIVE = "live."
UNKNOWN = "unknown"

_TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
"""What a type looks like; in an event stream the end of a line is the end of a field."""


@dataclass(frozen=True)
class Frame:
    """One event for a browser. `seq` is its place in the log, None for a live event.

    Not slotted: all browsers that watch a run are sent the same bytes, which are kept here.
    """

    type: str
    data: str
    seq: int | None = None

    @property
    def ends_run(self) -> bool:
        return self.type in ENDS

    @property
    def begins_run(self) -> bool:
        return self.type == BEGINS

    @property
    def deletes_run(self) -> bool:
        return self.type == DELETED

    @cached_property
    def wire(self) -> bytes:
        """The frame as an event stream has it."""
        if self is PING:
            return KEEPALIVE_COMMENT
        seq = None if self.seq is None else str(self.seq)
        return format_sse_event(event=self.type, data_str=self.data, id=seq)


PING = Frame("ping", "")
"""No event: it only keeps the stream alive."""


class Watch:
    """What one browser has not been sent yet.

    When it lags too far behind, live events are left out; before an event of the log would
    be, the watch closes: the browser connects again and says what it has seen.
    """

    def __init__(self, limit: int, *, ping_s: float = PING_S) -> None:
        self._limit = limit
        self._ping_s = ping_s
        self._frames = deque[Frame]()
        self._changed = asyncio.Event()
        self._open = True
        self._lags = False

    @property
    def is_open(self) -> bool:
        return self._open and not self._lags

    def put(self, frame: Frame) -> None:
        if not self.is_open:
            return  # there is a gap before it, or whoever reads may not any more
        if len(self._frames) < self._limit:
            self._frames.append(frame)
            self._changed.set()
        elif frame.seq is not None:
            self._lags = True
            self._changed.set()

    def begin_anew(self) -> bool:
        """Forget what was collected, as it is on the log; False when the watch was closed."""
        self._frames.clear()
        self._lags = False
        return self._open

    def close(self) -> None:
        self._open = False
        self._changed.set()

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield frames until the watch is closed and empty, and `PING` when nothing happens."""
        while self.is_open or self._frames:
            while self._frames:
                yield self._frames.popleft()
            if self.is_open and not await self._changes():
                yield PING

    async def _changes(self) -> bool:
        self._changed.clear()
        try:
            async with asyncio.timeout(self._ping_s):
                return await self._changed.wait()
        except TimeoutError:
            return False


class Hub:
    """Follows the log from where it stands on entering, across restarts of the server.

    Not nats-py's ordered consumer: its first reset after a start at the end of the log reads
    the whole log again.
    """

    def __init__(self, connection: Client, *, queue: int = 1000) -> None:
        self._connection = connection
        self._queue = queue
        self._watches = dict[str, set[Watch]]()
        self._position = 0
        self._recent = deque[tuple[int, str, bytes]](maxlen=RECENT)
        self._following = False
        self._open = True

    @property
    def watchers(self) -> int:
        return sum(map(len, self._watches.values()))

    async def __aenter__(self) -> Self:
        info = await self._connection.jetstream().stream_info(subjects.RUNS)
        self._position = info.state.last_seq
        self._live = await self._connection.subscribe(subjects.ALL_LIVE, cb=self._on_live)
        self._task = asyncio.create_task(self._follow(), name="hub")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        with suppress(NatsError):
            await self._live.unsubscribe()

    def close(self) -> None:
        """Let every browser go; it will find another gateway or this one again."""
        self._open = False
        for watch in [watch for watches in self._watches.values() for watch in watches]:
            watch.close()

    @contextmanager
    def watch(self, run_id: str) -> Iterator[Watch]:
        """Collect what happens to a run from now on."""
        watch = Watch(self._queue)
        if not self._open:
            watch.close()
        self._watches.setdefault(run_id, set()).add(watch)
        metrics.SSE_WATCHERS.inc()
        try:
            yield watch
        finally:
            metrics.SSE_WATCHERS.dec()
            others = self._watches[run_id]
            others.discard(watch)
            if not others:
                del self._watches[run_id]

    def recent(self, run_id: str) -> Iterator[Frame]:
        """Return what was handed out last of a run, which a copy of the log may not know yet."""
        for seq, subject, data in self._recent:
            if subjects.run_id_of(subject) == run_id:
                yield frame_of(subject, data, seq)

    def missing(self) -> list[str]:
        return [] if self._following else ["the log is not being followed for live events"]

    async def _follow(self) -> None:
        while True:
            try:
                await self._read_from(self._position + 1)
            except (NatsError, TimeoutError) as error:
                logger.warning("following the log anew", position=self._position, error=str(error))
            self._following = False
            await asyncio.sleep(RETRY_S)

    async def _read_from(self, first: int) -> None:
        """Hand out the log from sequence `first` on; return when a message is missing."""
        inbox = self._connection.new_inbox()
        subscription = await self._connection.subscribe(inbox)
        try:
            await self._connection.jetstream().add_consumer(
                subjects.RUNS, _consumer(inbox, first), timeout=SILENCE_S
            )
            self._following = True
            delivered = 0
            while True:
                message = await subscription.next_msg(timeout=SILENCE_S)
                if _is_status(message):
                    await self._answer(message)
                else:
                    delivered += 1
                    self._hand_out(message)
                if _count_of(message, otherwise=delivered) != delivered:
                    return
        finally:
            self._following = False
            with suppress(NatsError):
                await subscription.unsubscribe()

    async def _answer(self, message: Msg) -> None:
        """Tell a server that waits for us that we keep up."""
        stalled = (message.headers or {}).get("Nats-Consumer-Stalled")
        if reply := stalled or message.reply:
            await self._connection.publish(reply)

    def _hand_out(self, message: Msg) -> None:
        seq = message.metadata.sequence.stream
        if seq <= self._position:
            return  # a consumer that lost its node begins where it began before
        self._position = seq
        self._recent.append((seq, message.subject, message.data))
        self._send(message, seq)

    async def _on_live(self, message: Msg) -> None:
        self._send(message, None)

    def _send(self, message: Msg, seq: int | None) -> None:
        watches = self._watches.get(subjects.run_id_of(message.subject))
        if not watches:
            return
        frame = frame_of(message.subject, message.data, seq)
        for watch in list(watches):
            watch.put(frame)


def _consumer(inbox: str, first: int) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_subject=inbox,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        mem_storage=True,
        num_replicas=1,
        flow_control=True,
        idle_heartbeat=HEARTBEAT_S,
    )


def _is_status(message: Msg) -> bool:
    return (message.headers or {}).get("Status") == "100"


def _count_of(message: Msg, *, otherwise: int) -> int:
    """Return how many messages the server has sent so far, as far as `message` tells."""
    if _is_status(message):
        return int((message.headers or {}).get("Nats-Last-Consumer", otherwise))
    return message.metadata.sequence.consumer


def frame_of(subject: str, payload: bytes, seq: int | None) -> Frame:
    """Return what browsers are sent; no agent makes anything but its outcome or a live event."""
    event = _object_in(payload)
    type_ = event.get("type")
    if not isinstance(type_, str) or not _TYPE.fullmatch(type_):
        type_ = UNKNOWN
    elif seq is None:
        type_ = type_ if type_.startswith(LIVE) else UNKNOWN
    elif subjects.is_outcome(subject):
        type_ = type_ if type_ in OUTCOMES and _is_on(subject, event) else UNKNOWN
    return Frame(type_, payload.decode(errors="replace"), seq)


def _object_in(payload: bytes) -> Mapping[str, object]:
    """Return the object that an event is in JSON, an empty one for what is none."""
    try:
        found = orjson.loads(payload)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_on(subject: str, event: Mapping[str, object]) -> bool:
    """Tell whether an outcome is of the attempt that its subject names."""
    told = (event.get(name) for name in ("run_id", "step", "attempt", "agent"))
    return subject == subjects.outcome_of(*map(str, told))
