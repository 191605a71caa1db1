"""What may be done at an address, and addresses that try to be another."""

import asyncio

import pytest

CHANNELS = "/api/v1/channels"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (CHANNELS, "GET, POST, HEAD, OPTIONS"),
        ("/api/v1/pipeline/run", "POST, OPTIONS"),
        ("/api/v1/schedules/a", "GET, DELETE, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/docs/assets/swagger-ui.css", "GET, HEAD, OPTIONS"),
    ],
)
async def test_an_address_says_all_that_may_be_done_at_it(api, path, allowed):
    asked = await api.options(path)
    refused = await api.request("TRACE", path)

    assert (asked.status_code, asked.headers["allow"]) == (204, allowed)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert refused.json()["detail"] == f"TRACE is not for this address: use {allowed}"


@pytest.mark.parametrize("path", [CHANNELS, "/api/v1/dashboard/summary", "/health/live", "/docs"])
async def test_a_head_is_that_of_the_whole_answer(api, path):
    whole, head = await api.get(path), await api.head(path)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["content-type"] == whole.headers["content-type"]


async def test_a_head_is_counted_with_its_route(api):
    await api.head("/api/v1/schedules/nope")

    page = (await api.get("/metrics")).text

    route = 'method="HEAD",path="/api/v1/schedules/{schedule_id}",status="404"'
    assert f"yaa_http_requests_total{{{route}}}" in page


async def test_the_head_of_a_stream_does_not_wait_for_its_end(api, record, story):
    await record(story("a").requested())

    head = await api.head("/api/v1/pipeline/runs/a/events")

    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("path", [f"{CHANNELS}/", "/docs/", "/api/v1//channels"])
async def test_a_slash_too_many_is_another_address(api, path):
    response = await api.get(path, headers={"Host": "evil.example"})

    assert response.status_code == 404
    assert "location" not in response.headers
    assert "evil" not in response.text


@pytest.mark.parametrize("host", ["evil.example", "[", "a/../b?c", "x" * 5000])
@pytest.mark.usefixtures("api")
async def test_a_host_that_is_made_up_changes_nothing(settings, key, host):
    request = (
        f"GET /api/v1/pipeline/runs/nope HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"X-API-Key: {await key('read')}\r\n\r\n"
    )

    answer = await sent(settings, request)

    assert b" 404 Not Found\r\n" in answer
    assert host.encode() not in answer


@pytest.mark.usefixtures("api")
async def test_a_whole_url_for_an_address_is_the_path_in_it(settings):
    """RFC 9112 wants it to be taken; the host in it says nothing here."""
    request = "GET http://evil.example/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    answer = await sent(settings, request)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"evil" not in answer


async def sent(settings, request: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", settings.http_port)
    writer.write(request.encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer
