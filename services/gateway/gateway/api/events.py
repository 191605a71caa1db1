"""The events of one run for a browser: what was, then what happens, without gap or repetition."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from gateway.api.injected import Kits, RunIds, unknown_run
from gateway.api.problems import PROBLEMS, away, unprocessable
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.live import Frame, Watch

HISTORY_TIMEOUT_S = 3
SEQ_DIGITS = 20
HELLO = format_sse_event(retry=1000, comment="events follow")
"""A browser that is cut off comes back after so many milliseconds."""
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

router = APIRouter(prefix="/api/v1/pipeline", tags=["runs"], route_class=GuardedRoute)


class EventStream(StreamingResponse):
    """Not FastAPI's own class, for which each event goes through three tasks."""

    media_type = "text/event-stream"


class NothingMoreError(Exception):
    """The run has ended and the browser has seen it: it must not ask again."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What one browser is to be sent: the part of the history it has not seen, then the rest.

    What was sent is forgotten: a thousand browsers may watch a long run for hours.
    """

    history: deque[Frame]
    watch: Watch
    seen: int

    async def frames(self) -> AsyncIterator[Frame]:
        seen, has_ended = self.seen, any(frame.ends_run for frame in self.history)
        while self.history:
            frame = self.history.popleft()
            if (frame.seq or 0) > seen:
                yield frame
                seen = frame.seq or seen
        if has_ended:
            return
        async for frame in self.watch.frames():
            if frame.seq is None or frame.seq > seen:
                yield frame
                seen = frame.seq or seen
            if frame.ends_run:
                return


async def _feed(
    kit: Kits,
    caller: Callers,
    run_id: RunIds,
    last_event_id: Annotated[
        str, Header(description="The id of the last event seen; only later ones are sent.")
    ] = "",
) -> AsyncIterator[Feed]:
    """Watch first and read the history then: what happens in between is in both."""
    seen = _seq_of(last_event_id)
    if not kit.connection.is_connected:
        raise away("the event log")
    with kit.hub.watch(run_id) as watch, kit.keyring.holding(caller.key, watch.close):
        async with asyncio.timeout(HISTORY_TIMEOUT_S):
            history = deque(await kit.hub.history(run_id))
        if not history:
            raise unknown_run(run_id)
        if any(frame.ends_run for frame in history) and (history[-1].seq or 0) <= seen:
            raise NothingMoreError
        yield Feed(history, watch, seen)


@router.get(
    "/runs/{run_id}/events",
    dependencies=[needs("read")],
    response_class=EventStream,
    responses={
        **PROBLEMS["unknown-run", "invalid-last-event-id"],
        204: {"description": "The run has ended and the caller has seen it: do not ask again"},
    },
)
async def watch_run(feed: Annotated[Feed, Depends(_feed)]) -> EventStream:
    """Stream the events of a run.

    `id` is the event's place in the log, `event` its type, `data` the event as JSON. Live
    events (`live.started`, `live.progress`, `live.tokens`, `live.call`) have no id and are
    never repeated. The stream ends with the run, or with its key; asked again behind the end of
    the run, the answer is 204.
    """
    return EventStream(_wire(feed), headers=HEADERS)


async def _wire(feed: Feed) -> AsyncIterator[bytes]:
    yield HELLO
    async for frame in feed.frames():
        yield frame.wire


def _seq_of(last_event_id: str) -> int:
    is_number = last_event_id.isascii() and last_event_id.isdigit()
    if last_event_id and not (is_number and len(last_event_id) <= SEQ_DIGITS):
        raise unprocessable(
            "invalid-last-event-id",
            f"Last-Event-ID is {last_event_id[:40]!r}: send the id of an event of this stream, "
            "or none",
        )
    return int(last_event_id or 0)
