"""What a browser is told about every answer, and who may read it."""

import re

import pytest
from httpx2 import AsyncClient

from gateway.__main__ import start
from gateway.settings import GatewaySettings

CHANNELS = "/api/v1/channels"
OURS = "http://localhost:5173"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    return settings.model_copy(update={"cors_origins": (OURS,)})


@pytest.mark.parametrize(
    "path", [CHANNELS, "/no/such/page", "/docs", "/openapi.json", "/health/live", "/metrics"]
)
async def test_every_answer_is_protected(api, path):
    headers = (await api.get(path)).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"]
    assert "server" not in headers


async def test_an_error_of_the_gateway_is_protected_and_can_be_read_by_our_pages(api, pool):
    await pool.execute("ALTER TABLE gateway.channels RENAME COLUMN name TO nom")

    response = await api.get(CHANNELS, headers={"Origin": OURS})

    assert response.status_code == 500
    assert response.headers["access-control-allow-origin"] == OURS
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_https_is_kept_to_once_it_was_used(api):
    plain = await api.get(CHANNELS)
    secure = await api.get(CHANNELS, headers={"X-Forwarded-Proto": "https"})

    assert "strict-transport-security" not in plain.headers
    assert secure.headers["strict-transport-security"] == "max-age=31536000"


async def test_scripts_come_from_us_alone(api):
    policy = (await api.get(CHANNELS)).headers["content-security-policy"]

    assert "unsafe" not in policy
    assert "img-src 'self' blob: data:" in policy
    assert "media-src 'self' blob: data:" in policy
    assert "script-src" not in policy


async def test_the_page_to_try_the_api_needs_nobody_else(api):
    page = await api.get("/docs")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(addresses) == 3
    for address in addresses:
        asset = await api.get(address)
        assert asset.status_code == 200
        assert asset.headers["cache-control"] == "no-cache"
        assert (await api.head(address)).status_code == 200
    assert "script-src 'self' 'sha256-" in page.headers["content-security-policy"]
    assert "https:" not in page.text


@pytest.mark.parametrize("path", ["..%2f__init__.py", "%2e%2e/core.py", "nope.js", "..\\core.py"])
async def test_nothing_but_the_assets_can_be_had(api, path):
    response = await api.get(f"/docs/assets/{path}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_our_pages_may_ask_and_read(api):
    asked = await api.options(CHANNELS, headers={"Origin": OURS, **PREFLIGHT})
    read = await api.get(CHANNELS, headers={"Origin": OURS})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == OURS
    assert "X-API-Key" in asked.headers["access-control-allow-headers"]
    assert read.headers["access-control-allow-origin"] == OURS
    assert "X-Request-ID" in read.headers["access-control-expose-headers"]
    assert "RateLimit, RateLimit-Policy" in read.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in read.headers
    assert read.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "header", ["if-none-match", "range", "traceparent", "tracestate", "last-event-id"]
)
async def test_our_pages_may_send_what_is_heeded(api, header):
    wanted = PREFLIGHT | {"Access-Control-Request-Headers": f"x-api-key,{header}"}

    asked = await api.options(CHANNELS, headers={"Origin": OURS, **wanted})

    assert asked.status_code == 200


async def test_our_pages_may_read_what_a_file_is_sent_with(api):
    read = await api.get(CHANNELS, headers={"Origin": OURS})

    exposed = set(read.headers["access-control-expose-headers"].split(", "))
    assert exposed >= {"ETag", "Content-Range", "Content-Disposition", "WWW-Authenticate"}


@pytest.mark.parametrize("origin", ["http://localhost:5174", f"{OURS}.evil.example", "null"])
async def test_other_pages_may_not(api, origin):
    asked = await api.options(CHANNELS, headers={"Origin": origin, **PREFLIGHT})
    read = await api.get(CHANNELS, headers={"Origin": origin})

    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in read.headers


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"Origin": "http://a.example"}, "pages of 'http://a.example' may not ask here: name"),
        ({"Access-Control-Request-Method": "BREW"}, "may not ask 'BREW': use one of GET, POST"),
        ({"Access-Control-Request-Headers": "x-api-key, x-tea"}, "may not send all of 'x-api-key,"),
        ({"Access-Control-Request-Private-Network": "true"}, "pages of a public network may not"),
    ],
)
async def test_what_other_pages_may_not_is_a_problem_in_one_sentence(api, asked, sentence):
    refused = await api.options(CHANNELS, headers={"Origin": OURS, **PREFLIGHT, **asked})

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:yaa:problem:preflight-refused"
    assert sentence in refused.json()["detail"]
    assert refused.json()["request_id"] == refused.headers["x-request-id"]
    assert refused.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("connection")
async def test_nobody_elses_page_may_ask_unless_it_is_set(settings):
    alone = settings.model_copy(update={"cors_origins": ()})
    url = f"http://127.0.0.1:{settings.http_port}"

    async with start(alone), AsyncClient(base_url=url, trust_env=False) as client:
        asked = await client.options(CHANNELS, headers={"Origin": OURS, **PREFLIGHT})

    assert asked.status_code == 204
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("text", ["*", "null", "localhost:5173", "http://a.example/", "ftp://a"])
def test_what_is_no_origin_is_refused(monkeypatch, text):
    monkeypatch.setenv("YAA_CORS_ORIGINS", text)

    with pytest.raises(ValueError, match=re.escape(f"{text!r} is no origin: write it as a")):
        GatewaySettings()


def test_origins_are_told_with_commas_between(monkeypatch):
    monkeypatch.setenv("YAA_CORS_ORIGINS", f"{OURS}, https://videos.example,http://[::1]:8400")

    assert GatewaySettings().cors_origins == (OURS, "https://videos.example", "http://[::1]:8400")
