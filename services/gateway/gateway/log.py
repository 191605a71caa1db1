"""The log as the projection reads it: any stretch of it, by sequence."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from pydantic import ValidationError

from contracts import subjects
from contracts.events import RunEvent, parse_event

PAGE_BYTES = 8 * 1024 * 1024
PAGE = 1000
TIMEOUT_S = 10


class TooManySubjectsError(Exception):
    """The broker answers with the last messages of 1,024 subjects at once and no more."""


@dataclass(frozen=True)
class Entry:
    """One message of the log; `seq` is its place in the stream."""

    seq: int
    subject: str
    payload: bytes

    @cached_property
    def event(self) -> RunEvent | None:
        """The event, or None for one that this release does not know."""
        try:
            return parse_event(self.payload)
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
    headers = message.headers or {}
    return Entry(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data)


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
        TimeoutError: the answer did not end in time.
        nats.errors.NoRespondersError: there is no such stream now.
    """
    request = {"seq": first, "next_by_subj": subject, "batch": size, "max_bytes": PAGE_BYTES}
    return await _direct_get(connection, stream, request)


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


async def history(connection: Client, beginning: Entry, last_seq: int) -> list[Entry]:
    """Return all messages of the run that begins with `beginning`, up to `last_seq`, in order.

    Raises:
        TimeoutError, nats.errors.NoRespondersError: as of `read_page`.
    """
    whole = subjects.of_run(subjects.run_id_of(beginning.subject))
    try:
        found = await last_of(connection, [whole], last_seq)
    except TooManySubjectsError:
        found = await read_all(connection, whole, first=beginning.seq)
    return sorted((e for e in found if e.seq <= last_seq), key=lambda entry: entry.seq)


async def last_of(connection: Client, filters: Sequence[str], last_seq: int) -> list[Entry]:
    """Return the last message up to `last_seq` of every subject that matches.

    Raises:
        TooManySubjectsError: more match than the broker answers with at once.
        TimeoutError, nats.errors.NoRespondersError: as of `read_page`.
    """
    request = {"multi_last": list(filters), "up_to_seq": last_seq}
    return await _direct_get(connection, subjects.RUNS, request)


async def _direct_get(connection: Client, stream: str, request: dict[str, object]) -> list[Entry]:
    inbox = connection.new_inbox()
    page = list[Entry]()
    ended = asyncio.get_running_loop().create_future()

    async def take(message: Msg) -> None:
        """Collect what is stored until the message that ends the answer; a task each is dear."""
        try:
            if (entry := _entry_of(message)) is not None:
                page.append(entry)
            elif not ended.done():
                ended.set_result(None)
        except (NoRespondersError, TooManySubjectsError) as error:
            if not ended.done():
                ended.set_exception(error)

    subscription = await connection.subscribe(inbox, cb=take)
    try:
        payload = json.dumps(request).encode()
        await connection.publish(f"$JS.API.DIRECT.GET.{stream}", payload, reply=inbox)
        async with asyncio.timeout(TIMEOUT_S):
            await ended
    finally:
        await subscription.unsubscribe()
    return page


async def created_at(connection: Client) -> datetime:
    """Return when the stream was made: what tells one log from another."""
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.created is not None  # noqa: S101 -- every server says it
    return info.created


async def last_seq(connection: Client) -> int:
    """Return how far the log goes right now."""
    state = (await connection.jetstream().stream_info(subjects.RUNS)).state
    return state.last_seq


def _entry_of(message: Msg) -> Entry | None:
    """Return the stored message, or None for the status message that ends an answer."""
    headers = message.headers or {}
    match headers.get("Status"):
        case None:
            return stored(message)
        case "503":
            raise NoRespondersError
        case "413":
            raise TooManySubjectsError
        case _:
            return None
