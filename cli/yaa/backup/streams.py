"""One stream of the broker to a file and back, through JetStream's own snapshots.

A snapshot has the messages with their sequences and the configuration, as the broker packs them. It
has no consumers here: durables are made anew and begin at the first message, which every reader of
ours may be given again.
"""

import asyncio
import json
from typing import Any, BinaryIO

from nats.aio.client import Client
from nats.aio.msg import Msg

from yaa.errors import YaaError

API = "$JS.API.STREAM"
CHUNK_BYTES = 128 * 1024
ANSWER_S = 30.0
"""The broker looks through a stream's files before it answers."""
END_OF_DATA = "204"
NOT_FOUND = 404

type Json = dict[str, Any]


async def save(connection: Client, stream: str, file: BinaryIO) -> Json:
    """Write a stream to `file`; return what the broker has to be told to restore it.

    Raises:
        YaaError: the broker refuses, or breaks off.
    """
    chunks = asyncio.Queue[Msg]()
    inbox = connection.new_inbox()
    subscription = await connection.subscribe(inbox, cb=chunks.put)
    try:
        wanted = {"deliver_subject": inbox, "no_consumers": True, "chunk_size": CHUNK_BYTES}
        told = await _asked(connection, f"SNAPSHOT.{stream}", wanted)
        while chunk := await asyncio.wait_for(chunks.get(), ANSWER_S):
            if not chunk.data:
                _check_end(stream, chunk)
                break
            file.write(chunk.data)
            if chunk.reply:  # the broker sends on as it is told what has come
                await chunk.respond(b"")
    finally:
        await subscription.unsubscribe()
    return {"config": told["config"], "state": told["state"]}


async def restore(
    connection: Client, stream: str, told: Json, file: BinaryIO, *, replicas: int
) -> None:
    """Make a stream that does not exist again what it was.

    Raises:
        YaaError: the broker refuses, or cannot use what it is sent.
    """
    config = told["config"] | {"num_replicas": replicas}
    begun = await _asked(connection, f"RESTORE.{stream}", told | {"config": config})
    deliver = begun["deliver_subject"]
    while chunk := file.read(CHUNK_BYTES):
        _check(stream, (await connection.request(deliver, chunk, timeout=ANSWER_S)).data)
    _check(stream, (await connection.request(deliver, b"", timeout=ANSWER_S)).data)


async def remove(connection: Client, stream: str) -> None:
    """Remove a stream if there is one."""
    _parsed(stream, await _answer(connection, f"DELETE.{stream}", {}), missing_ok=True)


async def messages_in(connection: Client, stream: str) -> int:
    """Return how many messages a stream holds; 0 when there is none."""
    answer = await _answer(connection, f"INFO.{stream}", {})
    told = _parsed(stream, answer, missing_ok=True)
    return int(told.get("state", {}).get("messages", 0))


async def _asked(connection: Client, what: str, request: Json) -> Json:
    return _parsed(what, await _answer(connection, what, request))


async def _answer(connection: Client, what: str, request: Json) -> bytes:
    payload = json.dumps(request).encode()
    return (await connection.request(f"{API}.{what}", payload, timeout=ANSWER_S)).data


def _parsed(what: str, answer: bytes, *, missing_ok: bool = False) -> Json:
    told: Json = json.loads(answer)
    error = told.get("error")
    if error is not None and not (missing_ok and error.get("code") == NOT_FOUND):
        raise YaaError(f"the broker refuses {what} ({error['description']}): look at its log")
    return told


def _check(stream: str, answer: bytes) -> None:
    """See that the broker took a part; the last one is answered with what has become of all."""
    if answer.startswith(b"-ERR"):
        raise YaaError(f"the broker cannot take {stream} ({answer.decode()}): look at its log")
    if answer.startswith(b"{"):
        _parsed(stream, answer)


def _check_end(stream: str, end: Msg) -> None:
    status = (end.headers or {}).get("Status", END_OF_DATA)
    if status != END_OF_DATA:
        raise YaaError(f"the broker broke off in the middle of {stream}: make the backup again")
