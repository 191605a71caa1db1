"""The dashboard as a browser gets it, and what is not its own."""

import gzip
import json

import pytest

from gateway.settings import GatewaySettings

PAGE = "<!doctype html><title>yaa</title>"
SCRIPT = "export const a = 1;\n" * 100
NAVIGATION = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def web_dir(tmp_path):
    return tmp_path / "web"


@pytest.fixture
def settings(settings: GatewaySettings, web_dir) -> GatewaySettings:
    return settings.model_copy(update={"web_dir": web_dir})


@pytest.fixture
def built(web_dir):
    """A dashboard that was built."""
    files = {
        "index.html": PAGE,
        "assets/index-1a2b.js": SCRIPT,
        "assets/index-1a2b.css": "a{}",
        "assets/inter.woff2": "font",
        "static/theme.js": "theme",
        "static/favicon.svg": "<svg/>",
    }
    for name, text in files.items():
        path = web_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (web_dir / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return web_dir


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/", "/runs", "/runs/01a1fc5f", "/channels", "/no/such/page"])
async def test_a_browser_gets_the_page_wherever_it_goes(stranger, path):
    answer = await stranger.get(path, headers=NAVIGATION)

    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/channels", 401),
        ("/api/v1/nope", 404),
        ("/admin/api-keys", 401),
        ("/assets/nope.js", 404),
        ("/static/nope.js", 404),
    ],
)
async def test_what_is_no_page_is_none_for_a_browser_either(stranger, path, status):
    answer = await stranger.get(path, headers=NAVIGATION)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("built")
async def test_a_browser_sees_health_description_and_docs(stranger):
    assert (await stranger.get("/health/live", headers=NAVIGATION)).json()
    assert "yaa_http" in (await stranger.get("/metrics", headers=NAVIGATION)).text
    assert json.loads((await stranger.get("/openapi.json", headers=NAVIGATION)).text)["paths"]
    assert "swagger" in (await stranger.get("/docs", headers=NAVIGATION)).text


@pytest.mark.usefixtures("built")
async def test_a_program_gets_what_it_got_without_a_dashboard(api):
    assert (await api.get("/channels")).json()[0]["channel_id"] == "demo"
    assert (await api.get("/no/such/page")).status_code == 404
    assert (await api.post("/runs", headers=NAVIGATION)).status_code == 404


async def test_the_page_is_sent_again_only_when_it_has_changed(built, stranger):
    tag = (await stranger.get("/", headers=NAVIGATION)).headers["etag"]

    kept = await stranger.get("/runs", headers={**NAVIGATION, "If-None-Match": f"W/{tag}"})
    (built / "index.html").write_text(PAGE.replace("yaa", "new"))
    changed = await stranger.get("/", headers={**NAVIGATION, "If-None-Match": tag})

    assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("path", "media_type", "caching"),
    [
        ("/assets/index-1a2b.js", "text/javascript", "public, max-age=31536000, immutable"),
        ("/assets/index-1a2b.css", "text/css", "public, max-age=31536000, immutable"),
        ("/assets/inter.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("/static/theme.js", "text/javascript", "no-cache"),
        ("/static/favicon.svg", "image/svg+xml", "no-cache"),
    ],
)
async def test_a_file_says_what_it_is_and_how_long_it_is_good(stranger, path, media_type, caching):
    answer = await stranger.get(path)
    kept = await stranger.get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert answer.headers["cache-control"] == caching
    assert (kept.status_code, kept.headers["cache-control"]) == (304, caching)
    assert (await stranger.head(path)).headers["content-length"] == answer.headers["content-length"]


@pytest.mark.usefixtures("built")
async def test_a_script_is_packed_for_who_can_unpack_it(stranger):
    packed = await stranger.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    plain = await stranger.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.text == plain.text == SCRIPT
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["..%2findex.html", "%2e%2e/index.html", "..\\index.html", ""])
async def test_nothing_else_can_be_had(stranger, path):
    assert (await stranger.get(f"/assets/{path}")).status_code == 404


async def test_who_has_not_built_it_is_told_how(stranger):
    answer = await stranger.get("/runs", headers=NAVIGATION)

    assert answer.status_code == 200
    assert "make dashboard" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert (await stranger.get("/assets/index-1a2b.js")).status_code == 404


@pytest.mark.usefixtures("built")
async def test_pages_are_counted_as_one_route(stranger):
    await stranger.get("/runs/01a1fc5f", headers=NAVIGATION)

    page = (await stranger.get("/metrics")).text

    assert 'yaa_http_requests_total{method="GET",path="/",status="200"}' in page
