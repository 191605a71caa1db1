"""A network that is gone says nothing: what was sent never arrives, and nobody hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from agentkit import nats
from agentkit.nats import connected
from agentkit.settings import Settings
from agentkit.testing import wait_until

MEGABYTE = 1_000_000


class Cable:
    """Passes on what is sent to the broker, and can be cut: then it takes and gives nothing."""

    def __init__(self, url: str) -> None:
        self._port = urlsplit(url).port
        self._ways = list[asyncio.Task[None]]()
        self.said = bytearray()
        """What was sent to the broker."""

    def cut(self) -> None:
        for way in self._ways:
            way.cancel()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._plug, "127.0.0.1", 0, limit=1024)
        self._open = list[asyncio.StreamWriter]()
        try:
            yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self.cut()
            for end in self._open:
                end.transport.abort()
            server.close()

    async def _plug(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", self._port)
        self._open += [writer, to]
        self._ways += [
            asyncio.create_task(self._pass(reader, to, self.said)),
            asyncio.create_task(self._pass(there, writer, bytearray())),
        ]

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytearray
    ) -> None:
        while data := await reader.read(1024):
            said += data
            writer.write(data)
            await writer.drain()


async def test_a_connection_is_made_anew_although_the_last_message_never_arrives(
    nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats, "PING_S", 0.1)
    cable = Cable(nats_url)
    async with (
        cable.laid() as url,
        connected(Settings(nats_url=url), name="test") as connection,
    ):
        cable.cut()
        for _ in range(20):
            await connection.publish("lost", bytes(MEGABYTE // 2))

        await wait_until(lambda: connection.is_connected and connection.stats["reconnects"] > 0)
        await connection.flush()


async def test_a_flush_says_that_the_broker_has_all_that_was_sent_before_it(nats_url: str) -> None:
    cable = Cable(nats_url)
    async with (
        cable.laid() as url,
        connected(Settings(nats_url=url), name="test") as connection,
    ):
        await connection.subscribe("heard")
        await connection.flush()

        assert 0 < cable.said.find(b"SUB heard") < cable.said.rfind(b"PING")
