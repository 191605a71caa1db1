"""What every service's HTTP owes to those who send slowly, or nothing."""

import asyncio
import json
import platform
from contextlib import suppress

import httpx2
import pytest
from starlette.applications import Starlette

from agentkit import http
from agentkit.http import health_routes, health_server, http_server


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


async def test_metrics_say_whether_the_service_can_work():
    missing = ["nats is not reachable"]

    async def readiness() -> list[str]:
        return missing

    async with health_server(readiness, "127.0.0.1", 0) as port, httpx2.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}/metrics"
        before = (await client.get(url)).text
        missing.clear()
        after = (await client.get(url)).text

    assert "yaa_ready 0.0" in before
    assert "yaa_ready 1.0" in after
    assert f'yaa_build_info{{python="{platform.python_version()}",version="' in after


async def answer_to(port: int, *parts: bytes) -> tuple[bytes, dict[str, object]]:
    """Return the first line and the problem of what is answered to what is sent piece by piece."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    problem = json.loads(body)
    assert f"x-request-id: {problem['request_id']}".encode() in head
    return head.partition(b"\r\n")[0], problem


@pytest.mark.parametrize("opening", [b"GET /", b"GET / HTTP/1.1\r\nX-Much: "])
@pytest.mark.parametrize("end", [b"", b" HTTP/1.1\r\n\r\n"])
async def test_a_head_that_is_too_large_is_refused_and_kept_nowhere(port, opening, end):
    first, problem = await answer_to(port, opening, *[b"x" * 50_000] * 20, end)

    assert first == b"HTTP/1.1 431 Request Header Fields Too Large"
    assert problem["status"] == 431
    assert problem["detail"] == "the address and the headers have more than 65536 bytes: send less"


async def test_a_head_that_is_just_not_too_large_is_taken(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    for part in (b"GET /health/live HTTP/1.1\r\nX-Much: ", *[b"x" * 1000] * 65, b"\r\n\r\n"):
        writer.write(part)
        await writer.drain()

    assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    writer.close()


async def test_what_is_no_request_is_told_so_as_a_problem(port):
    first, problem = await answer_to(port, b"\x16\x03\x01 hello\r\n\r\n")

    assert first == b"HTTP/1.1 400 Bad Request"
    assert problem["detail"] == "Invalid HTTP request received: send HTTP/1.1"
