"""What is on the log of a run when a browser comes: all at once, or page by page if it is long."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from agentkit.direct import TooManyError, direct_get, direct_page, sequence_of, subject_of
from agentkit.nats import begun_at
from contracts import subjects
from gateway.live import RETRY_S, Frame, Hub, frame_of

PAGE = 200
"""So many events of a long run are held for each browser that is being told of them."""
LAST_SEQ = 2**63


@dataclass(frozen=True, slots=True)
class Page:
    """Events behind the sequence `behind`, oldest first; what was sent is taken out.

    `has_ended` tells that the end of the run is among all events that are known by now.
    """

    frames: deque[Frame]
    behind: int
    has_ended: bool
    more: bool = False

    @classmethod
    def of(cls, frames: Iterable[Frame], behind: int, *, more: bool = False) -> Self:
        kept = sorted(frames, key=_seq_of)
        unseen = deque(frame for frame in kept if _seq_of(frame) > behind)
        return cls(unseen, behind, any(frame.ends_run for frame in kept), more)


class Past:
    """The log of one run, with what it may not know yet: what was handed out a moment ago."""

    def __init__(self, connection: Client, hub: Hub, run_id: str) -> None:
        self._connection = connection
        self._hub = hub
        self._run_id = run_id

    async def begin(self, seen: int = 0) -> Page | None:
        """Return what comes behind the event `seen`, None when there is no such run.

        What is no event of this run was not seen of it: then it is told from its beginning.
        """
        try:
            frames = await self._whole()
        except TooManyError:
            if _is_deleted(await self._life()):
                return None
            page = await self.behind(seen if await self._has(seen) else 0)
            return replace(page, has_ended=page.has_ended or await self._has_ended())
        if not frames or _is_deleted(frames):
            return None
        is_known = any(frame.seq == seen for frame in frames) or await self._has(seen)
        return Page.of(frames, seen if is_known else 0)

    async def behind(self, seen: int) -> Page:
        """Return the next page of a long run."""
        subject = subjects.of_run(self._run_id)
        page = await direct_page(self._connection, subjects.RUNS, subject, after=seen, size=PAGE)
        frames: Collection[Frame] = _frames_of(page.messages)
        if not page.more:
            frames = self._with_recent(frames)
        return Page.of(frames, seen, more=bool(page.more))

    async def _whole(self) -> Collection[Frame]:
        """Return everything recorded so far, nothing when there is no run.

        A copy of the log that lags behind gives a beginning of it, or nothing. What it does not
        know yet was handed out here a moment ago, or is going to be.

        Raises:
            TooManyError: it is more than one answer can hold.
        """
        filters = [subjects.of_run(self._run_id)]
        while True:
            stored = await direct_get(self._connection, subjects.RUNS, filters)
            frames = self._with_recent(_frames_of(stored))
            if frames or not await begun_at(self._connection, self._run_id):
                return frames
            await asyncio.sleep(RETRY_S)

    def _with_recent(self, frames: Iterable[Frame]) -> Collection[Frame]:
        recent = {frame.seq: frame for frame in self._hub.recent(self._run_id)}
        return (recent | {frame.seq: frame for frame in frames}).values()

    async def _has(self, seq: int) -> bool:
        """Tell whether this is an event of the run; whoever leads the log knows."""
        if not 0 < seq < LAST_SEQ:
            return False
        try:
            found = await self._connection.jetstream().get_msg(subjects.RUNS, seq)
        except NotFoundError:
            return False
        return subjects.run_id_of(found.subject or "..") == self._run_id

    async def _life(self) -> list[Frame]:
        """Return the beginning of the run and, if it was deleted, the word of that."""
        wanted = [subjects.beginning_of(self._run_id), subjects.deletion_of(self._run_id)]
        return _frames_of(await direct_get(self._connection, subjects.RUNS, wanted))

    async def _has_ended(self) -> bool:
        return bool(
            await direct_get(self._connection, subjects.RUNS, subjects.ends_of(self._run_id))
        )


def _frames_of(messages: Iterable[Msg]) -> list[Frame]:
    return [frame_of(subject_of(each), each.data, sequence_of(each)) for each in messages]


def _is_deleted(frames: Iterable[Frame]) -> bool:
    """Tell whether a run was deleted and has not begun again since."""
    turns = [frame for frame in frames if frame.deletes_run or frame.begins_run]
    return bool(turns) and max(turns, key=_seq_of).deletes_run


def _seq_of(frame: Frame) -> int:
    return frame.seq or 0
