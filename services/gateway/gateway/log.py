"""The log as the projection reads it: any stretch of it, by sequence."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from pydantic import ValidationError

from contracts import subjects
from contracts.events import RunEvent, parse_event

PAGE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the log; `seq` is its place in the stream."""

    seq: int
    subject: str
    payload: bytes

    def event(self) -> RunEvent | None:
        """Return the event, or None for one that this release does not know."""
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


async def read_page(
    connection: Client,
    first: int,
    size: int,
    *,
    stream: str = subjects.RUNS,
    timeout_s: float = 10,
) -> list[Entry]:
    """Return up to `size` messages from sequence `first` on; empty at the end of the stream.

    Raises:
        TimeoutError: the answer did not end in `timeout_s`.
        nats.errors.NoRespondersError: there is no such stream now.
    """
    inbox = connection.new_inbox()
    subscription = await connection.subscribe(inbox)
    request = {"seq": first, "next_by_subj": ">", "batch": size, "max_bytes": PAGE_BYTES}
    page = list[Entry]()
    try:
        await connection.publish(
            f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode(), reply=inbox
        )
        async with asyncio.timeout(timeout_s):
            while (entry := _entry_of(await subscription.next_msg(timeout=None))) is not None:
                page.append(entry)
    finally:
        await subscription.unsubscribe()
    return page


async def created_at(connection: Client) -> datetime:
    """Return when the stream was made: what tells one log from another."""
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.created is not None  # noqa: S101 -- every server says it
    return info.created


def _entry_of(message: Msg) -> Entry | None:
    """Return the stored message, or None for the status message that ends an answer."""
    headers = message.headers or {}
    if headers.get("Status") == "503":
        raise NoRespondersError
    if "Status" in headers:
        return None
    return Entry(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data)
