"""A provisioned broker, and a provider on the wire that says what a test tells it to."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import pytest
from nats.aio.client import Client

from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings

type Json = dict[str, Any]


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["writer"])
        yield connection


class Wire:
    """A provider that gives canned responses in order, and keeps what was sent and heard."""

    def __init__(self) -> None:
        self.url = ""
        self.sent = list[Json]()
        self.text = ""
        self._responses = list[bytes]()
        self._is_reset = False
        self._is_silent = False

    def will_reply(
        self,
        body: Json | bytes,
        *,
        status: int = 200,
        media_type: str = "application/json",
        headers: str = "",
        length: int | None = None,
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        size = len(content) if length is None else length
        head = (
            f"HTTP/1.1 {status} x\r\ncontent-type: {media_type}\r\ncontent-length: {size}\r\n"
            f"{headers}connection: close\r\n\r\n"
        )
        self._responses.append(head.encode() + content)

    def will_stream(self, *events: Json, length: int | None = None) -> None:
        """Reply with server-sent events; a `length` too large makes the stream break off."""
        named = [
            (f"event: {event['type']}\n" if "type" in event else "") + f"data: {json.dumps(event)}"
            for event in events
        ]
        body = "".join(f"{each}\n\n" for each in named).encode()
        self.will_reply(body, media_type="text/event-stream", length=length)

    def will_reset(self, *, after: bytes = b"") -> None:
        """Break the connection, without a word or in the middle of an answer."""
        self._responses.append(after)
        self._is_reset = True

    def will_say_nothing(self) -> None:
        self._responses.append(b"")
        self._is_silent = True

    async def hear(self, text: str) -> None:
        self.text += text

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        self.sent.append(json.loads(await reader.readexactly(length)))
        writer.write(self._responses.pop(0))
        if self._is_silent:
            await reader.read()
        if self._is_reset:
            await writer.drain()
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, linger)
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    async with await asyncio.start_server(wire.serve, "127.0.0.1", 0) as server:
        wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield wire
