"""Every route, with every kind of key: who is let in, and who is told what is missing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from gateway import key_store
from gateway.api.app import api as described
from gateway.api.rights import GuardedRoute
from gateway.keys import SCOPES, PlainKey

from .conftest import client_of

OPEN = {
    "/docs",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
}
ME = "/api/v1/me"
NOBODY = "yaa_000000000000_" + "0" * 48

pytestmark = pytest.mark.timeout(120)


def routes() -> list[tuple[str, str]]:
    """Return (method, path) of whatever the gateway answers."""
    contexts = iter_route_contexts(described().routes)
    found = [(method, each.path) for each in contexts for method in each.methods or ()]
    return sorted((method, path) for method, path in found if path not in OPEN)


def needed(method: str, path: str) -> str:
    """Return the scope that a route is to need, nothing when any key will do."""
    if path == ME:
        return ""
    if path.startswith("/admin/") or (method not in {"GET", "HEAD"} and "channels" in path):
        return "admin"
    if method in {"GET", "HEAD"}:
        return "read"
    return "approve" if path.endswith("/decision") else "run"


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda name: "0" * 64 if name[1] == "sha256" else "nope", path)


@pytest.fixture
async def useless(pool, key):
    """Keys that open nothing, by what is wrong with them, and what of it is said."""
    expired = await key("admin", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    deactivated = await key("admin", name="gone")
    await key_store.deactivate_key(pool, PlainKey.parse(deactivated).key_id)
    known = PlainKey.parse(await key("admin"))
    forged = PlainKey.new(known.key_id).text
    return {
        "none": ("", "send a key in the header X-API-Key"),
        "no key": ("secret", "is not known here"),
        "unknown": (NOBODY, "is not known here"),
        "forged": (forged, "is not known here"),
        "expired": (expired, "expired at 20"),
        "deactivated": (deactivated, "the key 'gone' was deactivated"),
    }


def test_there_are_routes():
    assert len(routes()) > 25
    assert {needed(*route) for route in routes()} == {"", *SCOPES}


async def test_nobody_is_let_in_without_a_good_key(settings, stranger, useless):
    for text, sentence in useless.values():
        async with client_of(settings.http_port, text) as client:
            for method, path in routes():
                answer = await client.request(method, address(path), content=b"{no json")

                assert (method, path, answer.status_code) == (method, path, 401), sentence
                assert answer.headers["www-authenticate"].startswith("ApiKey ")
                if method != "HEAD":
                    assert answer.headers["content-type"] == "application/problem+json"
                    assert sentence in answer.json()["detail"]
    assert (await stranger.get("/channels")).status_code == 401


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_key_opens_what_its_scope_is_for_and_nothing_else(as_key, scope):
    client = await as_key(scope)

    opened = {}
    for method, path in routes():
        sent = {} if method in {"GET", "HEAD"} else {"json": {}}
        answer = await client.request(method, address(path), **sent)
        assert answer.status_code in {200, 403, 404, 409, 422}, (method, path)
        opened[method, path] = answer.status_code != 403

    assert opened == {
        route: needed(*route) in {"", scope} or scope == "admin" for route in routes()
    }


@pytest.mark.parametrize("odd", ["%00", "%ff", "%0d%0aX-Evil:%201", "..%2f..", "%F0%9F%98%80", "*"])
async def test_an_odd_address_is_no_error_of_ours(as_key, odd):
    client = await as_key("admin")

    for method, path in routes():
        answer = await client.request(method, re.sub(r"{\w+}", odd, path), json={})

        assert answer.status_code < 500, (method, path)
        assert "x-evil" not in answer.headers


async def test_several_scopes_open_each_what_it_is_for(as_key):
    client = await as_key("read", "approve")
    reads = await client.get("/channels")
    decides = await client.post("/api/v1/approvals/a/b/decision", json={})
    runs = await client.post("/api/v1/pipeline/run", json={"topic": "t"})

    assert (reads.status_code, decides.status_code, runs.status_code) == (200, 422, 403)
    assert "has the scope read, approve, and this needs run" in runs.json()["detail"]


async def test_a_key_is_told_whose_it_is_what_it_opens_and_how_long(as_key):
    until = datetime(2999, 1, 1, tzinfo=UTC)
    for_ever, limited = (
        await as_key("run", "read", name="minji"),
        await as_key("approve", expires_at=until),
    )

    told, other = (await for_ever.get(ME)).json(), (await limited.get(ME)).json()

    assert told == {
        "key_id": PlainKey.parse(for_ever.headers["X-API-Key"]).key_id,
        "name": "minji",
        "scopes": ["read", "run"],
        "expires_at": None,
    }
    assert (other["scopes"], other["expires_at"]) == (["approve"], "2999-01-01T00:00:00Z")


async def test_what_is_open_needs_no_key(stranger, subtests):
    for path in OPEN:
        with subtests.test(path):
            assert (await stranger.get(path)).status_code == 200


async def test_the_description_says_what_each_route_needs(api):
    described = (await api.get("/openapi.json")).json()

    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            scope = needed(method.upper(), path)
            assert operation["security"][0] == {"ApiKey": [scope] if scope else []}
            assert {"401", "429"} <= operation["responses"].keys()
            assert ("403" in operation["responses"]) == bool(scope)
    scheme = described["components"]["securitySchemes"]["ApiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")


def test_a_route_that_says_nothing_cannot_be_made():
    router = APIRouter(route_class=GuardedRoute)

    with pytest.raises(TypeError, match="/all is open to all"):
        router.get("/all")(lambda: None)
