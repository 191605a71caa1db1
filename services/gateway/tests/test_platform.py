"""What every service of HTTP owes: health, metrics, its own description, honest errors."""

import json
import re
import threading

import pytest

from agentkit.errors import SettingsError
from gateway import (
    approvals,
    bills,
    checkpoint,
    details,
    experience,
    held,
    hours,
    key_store,
    library,
    listing,
    loading,
    store,
    tables,
    totals,
)
from gateway.__main__ import start


def statements() -> list[str]:
    modules = (
        approvals,
        bills,
        checkpoint,
        details,
        experience,
        held,
        hours,
        key_store,
        library,
        listing,
        loading,
        store,
        tables,
        totals,
    )
    texts = [value for module in modules for value in vars(module).values()]
    return [text for text in texts if isinstance(text, str) and text.startswith("\n")]


async def test_every_statement_fits_the_tables(pool):
    assert len(statements()) > 20

    async with pool.acquire() as session:
        for statement in statements():
            await session.prepare(statement)


async def test_the_gateway_is_live_and_ready(api):
    live, ready = await api.get("/health/live"), await api.get("/health/ready")

    assert live.status_code == 200
    assert ready.json() == {"status": "ready", "missing": []}


async def test_it_is_not_ready_without_its_database(api, postgres_server):
    postgres_server.kill()
    try:
        ready = await api.get("/health/ready")
    finally:
        postgres_server.start()

    assert ready.status_code == 503
    assert "postgresql does not answer" in ready.json()["missing"][0]


async def test_it_is_not_ready_without_its_broker(api, fresh_nats):
    fresh_nats.kill()

    ready = await api.get("/health/ready")

    assert ready.status_code == 503
    assert "nats is not reachable" in ready.json()["missing"]


async def test_no_request_is_taken_to_a_thread(api):
    """FastAPI does so with each dependency that is no coroutine, for a tenth of a millisecond."""
    paths = (await api.get("/openapi.json")).json()["paths"]
    before = set(threading.enumerate())

    for path, operations in paths.items():
        for method in operations:
            await api.request(method, re.sub("{.*?}", "x", path))

    workers = {thread for thread in threading.enumerate() if "AnyIO" in thread.name}
    assert workers <= before


async def test_requests_are_counted_by_their_route(api):
    await api.get("/api/v1/pipeline/runs/nope")
    await api.get("/no/such/page")

    page = (await api.get("/metrics")).text

    route = 'path="/api/v1/pipeline/runs/{run_id}",status="404"'
    assert f'yaa_http_requests_total{{method="GET",{route}}}' in page
    assert 'path="unmatched",status="404"' in page
    assert "nope" not in page
    assert "no/such" not in page


async def test_the_api_describes_itself(api):
    openapi = (await api.get("/openapi.json")).json()

    assert {
        "/admin/api-keys",
        "/admin/api-keys/{key_id}",
        "/api/v1/pipeline/run",
        "/api/v1/pipeline/plan",
        "/api/v1/pipeline/runs",
        "/api/v1/pipeline/runs/{run_id}",
        "/api/v1/pipeline/runs/{run_id}/events",
        "/api/v1/pipeline/runs/{run_id}/steps/{step}/instances",
        "/api/v1/pipeline/runs/{run_id}/steps/{step}/output",
        "/api/v1/pipeline/runs/{run_id}/cancel",
        "/api/v1/schedules",
        "/api/v1/schedules/{schedule_id}",
        "/api/v1/schedules/{schedule_id}/pause",
        "/api/v1/schedules/{schedule_id}/resume",
        "/api/v1/pipeline/runs/{run_id}/pause",
        "/api/v1/pipeline/runs/{run_id}/resume",
        "/api/v1/pipeline/runs/{run_id}/retry",
        "/api/v1/pipeline/runs/{run_id}/rerun",
        "/api/v1/approvals",
        "/api/v1/approvals/{run_id}",
        "/api/v1/approvals/{run_id}/{step}",
        "/api/v1/approvals/{run_id}/{step}/decision",
        "/api/v1/dashboard/summary",
        "/api/v1/dashboard/trends",
        "/api/v1/pipelines",
        "/api/v1/pipelines/{pipeline}",
        "/api/v1/library",
        "/api/v1/me",
        "/api/v1/channels",
        "/api/v1/channels/{channel_id}",
        "/api/v1/artifacts/{sha256}",
        "/api/v1/usage",
        "/api/v1/usage/summary",
        "/api/v1/usage/days",
        "/admin/notices/trial",
        "/api/v1/dead",
        "/api/v1/dead/{dead_id}",
        "/api/v1/dead/{dead_id}/redrive",
    } == openapi["paths"].keys()
    assert "Problem" in openapi["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(openapi)
    assert openapi["components"]["schemas"]["RunOrder"]["examples"]
    assert (await api.get("/docs")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/no/such/page", 404, "there is nothing at '/no/such/page'"),
        ("DELETE", "/api/v1/pipeline/run", 405, "DELETE is not for this address: use POST"),
    ],
)
async def test_an_address_that_is_none_is_a_problem_too(api, method, path, status, sentence):
    response = await api.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert sentence in response.json()["detail"]


async def test_the_callers_request_id_comes_back_and_a_bad_one_is_replaced(api):
    good = await api.get("/channels", headers={"X-Request-ID": "abc-1"})
    bad = await api.get("/channels", headers={"X-Request-ID": "{evil}" * 9})

    assert good.headers["x-request-id"] == "abc-1"
    assert len(bad.headers["x-request-id"]) == 36


async def test_an_error_of_its_own_is_told_without_a_trace(api, pool):
    await pool.execute("ALTER TABLE gateway.channels RENAME COLUMN name TO nom")

    response = await api.get("/channels")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] in response.json()["detail"]
    assert "nom" not in response.text
    assert "Traceback" not in response.text


async def test_a_port_that_is_taken_is_told(api, settings):
    assert api
    with pytest.raises(SettingsError, match=f"127.0.0.1:{settings.http_port}"):
        async with start(settings):
            pass


async def test_without_a_usage_service_costs_are_unknown_and_nothing_breaks(
    api, pool, record, project, story
):
    await record(story("a").whole())
    await project()
    await pool.execute("DROP SCHEMA usage CASCADE")

    detail = await api.get("/api/v1/pipeline/runs/a")
    summary = await api.get("/api/v1/dashboard/summary")

    assert detail.json()["cost_usd"] is None
    assert summary.json()["estimated_cost_usd"] is None
    assert summary.json()["recent_runs"][0]["cost_usd"] is None
