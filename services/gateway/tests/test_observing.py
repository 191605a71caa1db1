"""What is told of a request besides its answer: a line in the log, metrics, its trace."""

import pytest
from loguru import logger
from prometheus_client.parser import text_string_to_metric_families

from agentkit import tracing
from agentkit.collector import collecting
from agentkit.nats import append, read_run
from agentkit.testing import wait_until
from gateway.api.access import Access

from .test_events import watching

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = {
    "traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01",
    "tracestate": "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
}
RUN = "/api/v1/pipeline/run"
ORDER = {"topic": "왜 하늘은 파란가"}


@pytest.fixture
def lines():
    """Return what the access log says, as it says it."""
    told = []
    logger.configure(extra={})  # a test of this process may have named a service
    number = logger.add(lambda message: told.append(message.record["extra"]), level="DEBUG")
    yield lambda: [line for line in told if "bytes" in line]
    logger.remove(number)


@pytest.fixture
def collector(monkeypatch):
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        yield collector


async def sample(api, name, **labels):
    page = (await api.get("/metrics")).text
    families = text_string_to_metric_families(page)
    found = [each for family in families for each in family.samples if each.name == name]
    return next((each.value for each in found if each.labels == labels), None)


async def test_a_request_has_one_line_in_the_log(api, lines):
    answer = await api.get("/api/v1/pipeline/runs/nope?signature=s3cret")

    (line,) = lines()
    duration_ms = line.pop("duration_ms")
    assert 0 <= duration_ms < 20_000
    assert line == {
        "request_id": answer.headers["x-request-id"],
        "method": "GET",
        "route": "/api/v1/pipeline/runs/{run_id}",
        "status": 404,
        "bytes": len(answer.content),
        "run_id": "nope",
        "key_id": api.headers["x-api-key"].split("_")[1],
    }


async def test_a_line_of_the_log_is_short_whatever_is_asked_for(stranger, lines):
    await stranger.get(f"/api/v1/pipeline/runs/{'x' * 10_000}")

    (line,) = lines()
    assert "run_id" not in line
    assert len(str(line)) < 1000


async def test_who_has_no_key_is_not_told_to_have_one(stranger, lines):
    await stranger.delete("/admin/api-keys/0123456789ab")

    (line,) = lines()
    assert line["status"] == 401
    assert "key_id" not in line


async def test_the_line_says_whose_key_it_was(lines):
    async def app(scope, _, send):
        scope.setdefault("state", {}).update(key_id="k1", other="s3cret")
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(*_):
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": []}
    await Access(app)(scope, nothing, nothing)

    (line,) = lines()
    assert (line["key_id"], line["route"], line["status"]) == ("k1", "unmatched", 204)
    assert "s3cret" not in str(line)


@pytest.mark.usefixtures("agents")
async def test_a_run_is_of_the_trace_of_whoever_asks_for_it(api, connection, project):
    answer = await api.post(RUN, json=ORDER, headers=CALLER)
    run_id = answer.json()["run_id"]

    of_the_log = await api.get(f"/api/v1/pipeline/runs/{run_id}")
    await project()
    projected = await api.get(f"/api/v1/pipeline/runs/{run_id}")

    [(_, event)] = await read_run(connection, run_id)
    assert event.traceparent.split("-")[1] == TRACE_ID
    assert event.tracestate == CALLER["tracestate"]
    assert of_the_log.json()["trace_id"] == projected.json()["trace_id"] == TRACE_ID


@pytest.mark.usefixtures("agents")
async def test_a_run_has_a_trace_without_being_given_one(api, connection):
    first, second = [await api.post(RUN, json=ORDER) for _ in range(2)]

    traces = set()
    for answer in (first, second):
        [(_, event)] = await read_run(connection, answer.json()["run_id"])
        traces.add(event.traceparent.split("-")[1])
    assert len(traces) == 2


async def test_a_retry_has_a_trace_of_its_own_that_refers_to_the_one_before(
    collector, api, connection, story
):
    told = story("a").requested()
    request = told.events[0].model_copy(update=CALLER)
    await append(connection.jetstream(), request)
    await append(connection.jetstream(), told.ends_badly().events[-1])

    with tracing.exporting():
        answer = await api.post("/api/v1/pipeline/runs/a/retry")

    [(_, child)] = await read_run(connection, answer.json()["run_id"])
    (span,) = collector.spans
    assert span.name == "POST /api/v1/pipeline/runs/{run_id}/retry"
    assert span.trace_id == child.traceparent.split("-")[1] != TRACE_ID
    assert span.links == (TRACE_ID,)


async def test_who_looks_whether_we_live_leaves_no_span(collector, api):
    with tracing.exporting():
        await api.get("/health/live")
        await api.get("/metrics")
        await api.get("/channels?signature=s3cret")

    assert [span.name for span in collector.spans] == ["GET /channels"]
    assert b"s3cret" not in collector.raw


async def test_metrics_come_with_examples_for_whom_takes_them(api):
    wants = {"accept": "application/openmetrics-text;version=x"}

    async def is_example() -> bool:
        """Ask until it is one: a second has one example, which may be what a test before asked."""
        await api.get("/channels", headers=CALLER)
        return TRACE_ID in (await api.get("/metrics", headers=wants)).text

    await wait_until(is_example)
    plain = await api.get("/metrics")
    full = await api.get("/metrics", headers=wants)

    assert plain.headers["content-type"].startswith("text/plain")
    assert TRACE_ID not in plain.text
    assert full.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert f'# {{trace_id="{TRACE_ID}"}}' in full.text
    assert full.text.endswith("# EOF\n")


async def test_watchers_are_counted_as_long_as_they_watch(api, record, story):
    await record(story("a").requested())

    async with watching(api):
        assert await sample(api, "yaa_sse_watchers") == 1

    await wait_until(lambda: _is(api, "yaa_sse_watchers", 0))


async def _is(api, name, value):
    return await sample(api, name) == value
