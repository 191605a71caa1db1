"""What is taken for a body, over the wire as a client may send it."""

import asyncio
import gzip

import pytest

from gateway.api import bodies

CHANNELS = "/api/v1/channels"
JSON = {"Content-Type": "application/json"}
DRAFT = b'{"channel_id": "science", "name": "Science"}'


async def test_a_body_that_is_too_large_is_refused_while_it_comes(api):
    async def endless():
        for _ in range(40):
            yield b"x" * 65_536

    response = await api.post(CHANNELS, content=endless(), headers=JSON)

    assert response.status_code == 413
    assert response.json()["detail"] == "the body has more than 1048576 bytes: send less"


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("method", "path"), [("POST", CHANNELS), ("GET", CHANNELS), ("DELETE", "/api/v1/schedules/a")]
)
async def test_a_body_that_is_announced_too_large_is_refused_at_once(settings, key, method, path):
    head = await head_of(method, path, 1_048_577, key)

    assert (await sent(settings, head)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.usefixtures("api")
async def test_a_body_that_comes_too_slowly_is_refused(settings, key, monkeypatch):
    monkeypatch.setattr(bodies, "TIMEOUT_S", 0.2)
    head = await head_of("POST", CHANNELS, 40, key)

    assert (await sent(settings, head + b"{")).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({}, "the body is sent without a Content-Type: send application/json"),
        ({"Content-Type": "text/plain"}, "the body is sent as 'text/plain': send application/json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "x-www-form-urlencoded': send"),
        ({"Content-Type": "application/merge-patch+json"}, "merge-patch+json': send"),
        ({"Content-Type": "application/json; charset=utf-16"}, "charset=utf-16': send"),
        ({"Content-Type": "application/json; charset=utf-8; x=1"}, "x=1': send"),
    ],
)
async def test_a_body_of_another_type_is_refused(api, headers, sentence):
    response = await api.post(CHANNELS, content=DRAFT, headers=headers)

    assert response.status_code == 415
    assert sentence in response.json()["detail"]
    assert response.headers["accept"] == "application/json"


async def test_a_body_that_is_compressed_is_refused(api):
    bomb = gzip.compress(b" " * 100_000_000 + DRAFT, 9)

    response = await api.post(CHANNELS, content=bomb, headers=JSON | {"Content-Encoding": "gzip"})

    assert response.status_code == 415
    assert response.json()["detail"] == "the body is encoded as 'gzip': send it as it is"


@pytest.mark.parametrize("type_", ["application/json", 'Application/JSON; Charset="UTF-8"'])
async def test_json_in_utf_8_is_taken(api, type_):
    response = await api.post(CHANNELS, content=DRAFT, headers={"Content-Type": type_})

    assert response.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"name": NaN}',
        b'{"name": "half \\ud800"}',
        b'{"name": ' + b"9" * 5000 + b"}",
        DRAFT.decode().encode("utf-16"),
    ],
)
async def test_a_body_that_is_no_json_is_refused(api, body):
    response = await api.post(CHANNELS, content=body, headers=JSON)

    assert response.status_code == 400
    assert response.json()["type"] == "urn:yaa:problem:malformed-json"
    assert response.json()["detail"].startswith("the body is no JSON (")


async def test_a_body_that_is_all_wrong_is_told_so_in_short(api):
    fields = {f"{'x' * 1000}{n}": 1 for n in range(900)}

    response = await api.post(CHANNELS, json=fields)

    assert response.status_code == 422
    assert len(response.json()["errors"]) == 100
    assert len(response.content) < 30_000


async def test_a_body_of_many_levels_is_refused_whatever_they_are_for(api):
    levels = b"[" * 900 + b"]" * 900
    body = b'{"from_step": "script", "edits": {"script": {"title": ' + levels + b"}}}"

    response = await api.post("/api/v1/pipeline/runs/a/rerun", content=body, headers=JSON)

    assert response.status_code == 400
    assert "it has more than 100 levels" in response.json()["detail"]


async def test_a_stranger_is_refused_before_the_body_has_come(settings, stranger):
    assert (await stranger.post(CHANNELS, content=b"{", headers=JSON)).status_code == 401
    head = f"POST {CHANNELS} HTTP/1.1\r\nHost: yaa\r\nContent-Length: 40\r\n\r\n"

    assert (await sent(settings, head.encode())).startswith(b"HTTP/1.1 401 ")


async def head_of(method: str, path: str, size: int, key) -> bytes:
    """Return the head of a request whose body is to have `size` bytes."""
    lines = f"Host: yaa\r\nX-API-Key: {await key('admin')}\r\nContent-Length: {size}\r\n"
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


async def sent(settings, request: bytes) -> bytes:
    """Send these bytes, and no more, and return the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", settings.http_port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()
        await writer.wait_closed()
