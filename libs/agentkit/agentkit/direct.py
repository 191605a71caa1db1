"""Direct gets: messages of a stream without a consumer, from whichever of its copies answers.

Like a publish, the first request after a reconnect often gets no answer: it is asked again.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential

from agentkit.outage import is_transient

PAGE = 500
PAGE_TIMEOUT_S = 5.0


class TooManyError(Exception):
    """More than 1,024 subjects match, which one answer cannot hold."""


async def direct_get(
    connection: Client, stream: str, filters: Sequence[str], *, timeout_s: float = 2
) -> list[Msg]:
    """Return the last message of every subject that matches, in stream order.

    Raises:
        TooManyError: over 1,024 subjects match.
        TimeoutError: there was no whole answer in ten times `timeout_s`.
        nats.errors.NoRespondersError: there is no such stream now.
    """
    return await _answer(connection, stream, {"multi_last": list(filters)}, timeout_s)


async def direct_page(connection: Client, stream: str, subject: str, *, after: int) -> list[Msg]:
    """Return the next messages that match behind the sequence `after`; less than `PAGE` are all.

    Raises:
        TimeoutError: there was no whole answer in ten times `PAGE_TIMEOUT_S`.
        nats.errors.NoRespondersError: there is no such stream now.
    """
    request = {"seq": after + 1, "next_by_subj": subject, "batch": PAGE}
    return await _answer(connection, stream, request, PAGE_TIMEOUT_S)


def sequence_of(message: Msg) -> int:
    return int((message.headers or {})["Nats-Sequence"])


async def _answer(
    connection: Client, stream: str, request: dict[str, Any], timeout_s: float
) -> list[Msg]:
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(is_transient),
        wait=wait_exponential(0.1, max=2),
        stop=stop_after_delay(timeout_s * 10),
        reraise=True,
    ):
        with attempt:
            async with asyncio.timeout(timeout_s):
                messages = await _ask(connection, stream, json.dumps(request).encode())
    return messages


async def _ask(connection: Client, stream: str, request: bytes) -> list[Msg]:
    inbox = connection.new_inbox()
    messages = list[Msg]()
    subscription = await connection.subscribe(inbox)
    try:
        await connection.publish(f"$JS.API.DIRECT.GET.{stream}", request, reply=inbox)
        while not _ends(message := await subscription.next_msg(timeout=None)):
            messages.append(message)
    finally:
        with suppress(NatsError):
            await subscription.unsubscribe()
    return messages


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
