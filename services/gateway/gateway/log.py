"""The log as the projection reads it: any stretch of it, by sequence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import RawStreamMsg
from pydantic import ValidationError

from agentkit.direct import direct_page, recorded_at_of, sequence_of, subject_of
from contracts import subjects
from contracts.events import RunEvent

PAGE = 1000


@dataclass(eq=False)
class Entry:
    """One message of the log; `seq` is its place in the stream. It is made a million times."""

    seq: int
    subject: str
    payload: bytes

    @classmethod
    def of(cls, message: RawStreamMsg) -> Self:
        return cls(message.seq or 0, message.subject or "", message.data or b"")

    @cached_property
    def event(self) -> RunEvent | None:
        """The event, or None for one that this release does not know."""
        try:
            return subjects.event_on(self.subject, self.payload)
        except subjects.MisplacedError as error:
            logger.error("event misplaced", seq=self.seq, problem=str(error))
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]["msg"]
            logger.warning(
                "event not understood", seq=self.seq, subject=self.subject, problem=problem
            )
        return None


def delivered(messages: Sequence[Msg]) -> list[Entry]:
    """Return what a consumer delivered, oldest first."""
    entries = [
        Entry(message.metadata.sequence.stream, message.subject, message.data)
        for message in messages
    ]
    return sorted(entries, key=lambda entry: entry.seq)


def stored(message: Msg) -> Entry:
    """Return a message that was read from its stream."""
    return Entry(sequence_of(message), subject_of(message), message.data)


async def read_page(
    connection: Client,
    first: int,
    size: int,
    *,
    stream: str = subjects.RUNS,
    subject: str = ">",
) -> list[Entry]:
    """Return up to `size` messages on `subject` from sequence `first` on; empty at the end.

    Raises:
        TimeoutError, nats.errors.NoRespondersError: as of `direct_page`.
    """
    page = await direct_page(connection, stream, subject, after=first - 1, size=size)
    return [stored(message) for message in page.messages]


async def read_all(
    connection: Client, subject: str, *, first: int = 1, stream: str = subjects.RUNS
) -> list[Entry]:
    """Return all messages on `subject` from sequence `first` on, in order.

    Raises:
        TimeoutError, nats.errors.NoRespondersError: as of `read_page`.
    """
    found = list[Entry]()
    while page := await read_page(connection, first, PAGE, stream=stream, subject=subject):
        found += page
        first = page[-1].seq + 1
    return found


async def created_at(connection: Client) -> datetime:
    """Return when the stream was made: what tells one log from another."""
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.created is not None  # noqa: S101 -- every server says it
    return info.created


async def last_seq(connection: Client) -> int:
    """Return how far the log goes right now."""
    state = (await connection.jetstream().stream_info(subjects.RUNS)).state
    return state.last_seq


async def next_at(connection: Client, *, after: int) -> datetime | None:
    """Return when the first event behind the sequence `after` was recorded, None without one."""
    page = await direct_page(connection, subjects.RUNS, subjects.ALL_RUNS, after=after, size=1)
    return recorded_at_of(page.messages[0]) if page.messages else None
