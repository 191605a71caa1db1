"""What every service's HTTP owes to those who send slowly, or nothing."""

import asyncio

import pytest
from starlette.applications import Starlette

from agentkit import http
from agentkit.http import health_routes, http_server


async def nothing_missing() -> list[str]:
    return []


@pytest.fixture
async def port(monkeypatch):
    monkeypatch.setattr(http, "REQUEST_TIMEOUT_S", 0.3)
    app = Starlette(routes=health_routes(nothing_missing))
    async with http_server(app, "127.0.0.1", 0) as port:
        yield port


@pytest.mark.parametrize("head", [b"", b"GET /health/live HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_a_connection_on_which_no_request_comes_is_closed(port, head):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    writer.write(head)
    answer = await asyncio.wait_for(reader.read(), 5)

    assert answer == b""
    writer.close()


async def test_a_connection_is_used_again_as_long_as_requests_come(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    for _ in range(6):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readuntil(b'{"status":"live"}')).startswith(b"HTTP/1.1 200 OK")
        await asyncio.sleep(0.1)  # longer in all than a single request may take

    writer.close()
