"""Direct gets: messages of a stream without a consumer, from whichever of its copies answers.

Like a publish, the first request after a reconnect often gets no answer: it is asked again.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential

from agentkit.inbox import inbox_of
from agentkit.outage import is_transient

PAGE = 500
PAGE_BYTES = 8 * 1024 * 1024
PAGE_TIMEOUT_S = 5.0


class TooManyError(Exception):
    """More than 1,024 subjects match, or more bytes, than one answer can hold."""


class Page(NamedTuple):
    """`more` tells how many messages match behind these."""

    messages: list[Msg]
    more: int


async def direct_get(
    connection: Client,
    stream: str,
    filters: Sequence[str],
    *,
    until: int | None = None,
    timeout_s: float = 2,
) -> list[Msg]:
    """Return the last message of every subject that matches, in stream order.

    With `until` those up to that sequence are looked at, whatever has come since.

    Raises:
        TooManyError: over 1,024 subjects match, or what they hold is too large.
        TimeoutError: there was no whole answer in ten times `timeout_s`.
        nats.errors.NoRespondersError: there is no such stream now.
    """
    up_to = {} if until is None else {"up_to_seq": until}
    request = {"multi_last": list(filters), **up_to}
    answer = await _answer(connection, stream, request, timeout_s)
    if answer.more:
        raise TooManyError
    return answer.messages


async def direct_page(
    connection: Client, stream: str, subject: str, *, after: int, size: int = PAGE
) -> Page:
    """Return the next messages that match behind the sequence `after`, `size` of them at most.

    Raises:
        TimeoutError: there was no whole answer in ten times `PAGE_TIMEOUT_S`.
        nats.errors.NoRespondersError: there is no such stream now.
    """
    request = {"seq": after + 1, "next_by_subj": subject, "batch": size, "max_bytes": PAGE_BYTES}
    return await _answer(connection, stream, request, PAGE_TIMEOUT_S)


def sequence_of(message: Msg) -> int:
    return int((message.headers or {})["Nats-Sequence"])


def subject_of(message: Msg) -> str:
    return (message.headers or {})["Nats-Subject"]


def recorded_at_of(message: Msg) -> datetime:
    return datetime.fromisoformat((message.headers or {})["Nats-Time-Stamp"])


async def _answer(
    connection: Client, stream: str, request: dict[str, Any], timeout_s: float
) -> Page:
    asked = json.dumps(request).encode()
    try:
        async with asyncio.timeout(timeout_s):
            return await _ask(connection, stream, asked)
    except (NatsError, TimeoutError) as error:
        if not is_transient(error):
            raise
    async for attempt in AsyncRetrying(  # takes longer than an answer: only when there was none
        retry=retry_if_exception(is_transient),
        wait=wait_exponential(0.1, max=2),
        stop=stop_after_delay(timeout_s * 10),
        reraise=True,
    ):
        with attempt:
            async with asyncio.timeout(timeout_s):
                answer = await _ask(connection, stream, asked)
    return answer


async def _ask(connection: Client, stream: str, request: bytes) -> Page:
    """Collect the answer in a callback: waiting for each message takes a task of its own."""
    inbox = await inbox_of(connection)
    messages = list[Msg]()
    ended = asyncio.get_running_loop().create_future()

    def take(message: Msg) -> None:
        try:
            if not _ends(message):
                messages.append(message)
            elif not ended.done():
                ended.set_result(int((message.headers or {}).get("Nats-Num-Pending", 0)))
        except (TooManyError, NoRespondersError, RuntimeError) as error:
            if not ended.done():
                ended.set_exception(error)

    reply = inbox.expect(take)
    try:
        await connection.publish(f"$JS.API.DIRECT.GET.{stream}", request, reply=reply)
        return Page(messages, await ended)
    finally:
        inbox.forget(reply)


def _ends(message: Msg) -> bool:
    """Tell whether a status message (204 end, 404 nothing found) closes the answer.

    Raises:
        RuntimeError: the broker refused.
    """
    headers = message.headers or {}
    match headers.get("Status"):
        case None:
            return False
        case "204" | "404":
            return True
        case "413":
            raise TooManyError
        case "503":
            raise NoRespondersError
        case status:
            raise RuntimeError(f"direct get was refused: {status} {headers.get('Description', '')}")
