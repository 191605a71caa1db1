"""The events of one run for a browser: what was, then what happens, without gap or repetition."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import format_sse_event
from loguru import logger
from nats.errors import Error as NatsError
from starlette.responses import StreamingResponse

from gateway.api.injected import Kits, RunIds, unknown_run
from gateway.api.problems import PROBLEMS, ProblemError, away, unprocessable
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.keys import ApiKey
from gateway.kit import Kit
from gateway.live import Frame, Watch
from gateway.past import Page, Past

HISTORY_TIMEOUT_S = 3
"""So long the first page of what was may take; of a run without end it is one of many."""
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


@dataclass(slots=True)
class Feed:
    """What one browser is to be sent: what it has not seen of the past, then what happens.

    What was sent is forgotten, and the next page read when it was: a thousand browsers may watch
    a long run for hours.
    """

    past: Past
    page: Page
    watch: Watch

    async def frames(self) -> AsyncIterator[Frame]:
        seen = self.page.behind
        async for frame in self._told():
            yield frame
            seen = frame.seq or seen
        if self.page.more or self.page.has_ended:
            return
        async for frame in self.watch.frames():
            if frame.seq is None or frame.seq > seen:
                yield frame
                seen = frame.seq or seen
            if frame.ends_run:
                return

    async def _told(self) -> AsyncIterator[Frame]:
        """Yield the past; a page that cannot be had ends it, and the browser comes back for it."""
        seen = self.page.behind
        while True:
            while self.page.frames:
                frame = self.page.frames.popleft()
                yield frame
                seen = frame.seq or seen
            if not (self.page.more and self.watch.begin_anew()):
                return
            try:
                page = await self.past.behind(seen)
            except (NatsError, TimeoutError) as error:
                logger.warning("history is not read on", error=type(error).__name__)
                return
            self.page = replace(page, has_ended=page.has_ended or self.page.has_ended)


async def _feed(
    kit: Kits,
    caller: Callers,
    run_id: RunIds,
    last_event_id: Annotated[
        str,
        Header(
            description="The id of the last event seen; only later ones are sent. That of "
            "another stream counts for nothing."
        ),
    ] = "",
) -> AsyncIterator[Feed]:
    """Watch first and read the history then: what happens in between is in both."""
    seen = _seq_of(last_event_id)
    if not kit.connection.is_connected:
        raise away("the event log")
    _refuse_crowd(kit, caller.key)
    past = Past(kit.connection, kit.hub, run_id)
    with kit.hub.watch(run_id) as watch, kit.keyring.holding(caller.key, watch.close):
        async with asyncio.timeout(HISTORY_TIMEOUT_S):
            page = await past.begin(seen)
        if page is None:
            raise unknown_run(run_id)
        if page.has_ended and not page.frames:
            raise NothingMoreError
        yield Feed(past, page, watch)


@router.get(
    "/runs/{run_id}/events",
    dependencies=[needs("read")],
    response_class=EventStream,
    responses={
        **PROBLEMS["unknown-run", "invalid-last-event-id", "too-many-streams"],
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


def _refuse_crowd(kit: Kit, key: ApiKey) -> None:
    most = kit.settings.streams_per_key
    if kit.keyring.held(key) >= most:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-streams",
            f"the key {key.name!r} watches {most} runs already, as many as it may at once: close "
            "one, or use another key",
        )


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
