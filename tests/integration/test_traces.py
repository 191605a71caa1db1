"""One request is one trace, from the gateway to the providers, on the whole system."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agentkit.collector import Taken, collecting
from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
NOTED = "congo=t61rcWkgMzE"
TOPIC = "바다는 왜 하루에 두 번 물러날까"
METRICS = (
    'yaa_pipeline_runs_total{status="completed"} 1.0',
    'yaa_pipeline_duration_seconds_count{channel_id="demo"} 1.0',
    'yaa_http_requests_total{method="POST",path="/api/v1/pipeline/run",status="202"} 1.0',
    'yaa_queue_depth{queue="pipeline"} 0.0',
    'yaa_llm_tokens_total{model="claude-sonnet-5-5",provider="anthropic"}',
)


@dataclass(frozen=True)
class Told:
    """What was sent, logged and measured of one run."""

    run: dict[str, Any]
    spans: list[Taken]
    raw: bytes
    log: list[dict[str, Any]]
    plain: str
    exemplars: str
    requests: list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("up")
    with collecting() as collector:
        up = start(folder, latency_s=0.02, settings={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
        try:
            run = ran(up)
            plain, exemplars = metrics(up, "*/*"), metrics(up, "application/openmetrics-text")
            requests = asked(up)
        finally:
            stop(up)
        yield Told(run, collector.spans, collector.raw, log(up), plain, exemplars, requests)


def ran(up: Up) -> dict[str, Any]:
    answer = httpx2.post(
        f"{up.url}/api/v1/pipeline/run",
        json={"topic": TOPIC},
        headers={"traceparent": CALLER, "tracestate": NOTED, **up.key},
        timeout=20,
    )
    return up.wait_for_end(answer.raise_for_status().json()["run_id"])


def metrics(up: Up, accept: str) -> str:
    """Return the metrics once all that was done has been handled."""
    deadline = time.monotonic() + 20
    while True:
        page = httpx2.get(f"{up.url}/metrics", headers={"accept": accept}, timeout=10).text
        if 'yaa_queue_depth{queue="pipeline"} 0.0' in page or time.monotonic() > deadline:
            return page
        time.sleep(0.1)


def asked(up: Up) -> list[dict[str, Any]]:
    url = up.record("simulator")["url"]
    found: list[dict[str, Any]] = httpx2.get(
        f"{url}/simulator/requests", params={"last": 1000}, timeout=10
    ).json()["last"]
    return found


def log(up: Up) -> list[dict[str, Any]]:
    lines = Path(up.data_dir, "log", "yaa.log").read_text().splitlines()
    return [json.loads(line) for line in lines]


def of_trace(told: Told) -> dict[str, list[Taken]]:
    """Return the spans of the caller's trace, by service."""
    found = dict[str, list[Taken]]()
    for span in told.spans:
        if span.trace_id == TRACE_ID:
            found.setdefault(span.service, []).append(span)
    return found


def test_one_request_is_one_trace_from_the_gateway_to_the_providers(told: Told) -> None:
    assert told.run["status"] == "completed"
    spans = of_trace(told)
    (root,) = spans["gateway"]
    by_id = {span.span_id: span for of_service in spans.values() for span in of_service}

    assert (root.name, root.parent_id) == ("POST /api/v1/pipeline/run", CALLER.split("-")[2])
    assert root.attributes["http.response.status_code"] == 202
    assert set(spans) == {"gateway", "orchestrator", "researcher", "writer", "media", "publisher"}
    assert {span.name for span in spans["orchestrator"]} == {"decide"}
    assert {span.parent_id for span in spans["orchestrator"]} == {root.span_id}
    steps = [span for span in by_id.values() if span.name.startswith("invoke_agent")]
    assert {span.attributes["yaa.step"] for span in steps} == {
        each["step"] for each in told.run["steps"]
    }
    assert {span.parent_id for span in steps} == {root.span_id}
    calls = [span for span in by_id.values() if "gen_ai.request.model" in span.attributes]
    assert {by_id[span.parent_id].service for span in calls} == {"researcher", "writer", "media"}
    assert all(by_id[span.parent_id] in steps for span in calls)
    assert all(span.attributes["yaa.run.id"] == told.run["run_id"] for span in steps)


def test_the_providers_are_told_the_trace(told: Told) -> None:
    assert len(told.requests) > 5
    assert {request["traceparent"].split("-")[1] for request in told.requests} == {TRACE_ID}
    assert {request["tracestate"] for request in told.requests} == {NOTED}


def test_spans_tell_nothing_of_the_content(told: Told) -> None:
    script = told.run["result"]["script"]

    for text in (TOPIC, script["title"], script["scenes"][0]["narration"], "postgresql://"):
        assert text.encode() not in told.raw


def test_the_log_lines_of_a_run_have_its_trace(told: Told) -> None:
    of_run = [line for line in told.log if line.get("run_id") == told.run["run_id"]]
    messages = {line["message"] for line in of_run if line.get("trace_id") == TRACE_ID}

    assert {"run accepted", "decided", "model call paid", "step ended"} <= messages


def test_the_metrics_have_moved(told: Told) -> None:
    for line in METRICS:
        assert line in told.plain
    assert "trace_id" not in told.plain


def test_durations_name_the_trace_as_an_example(told: Told) -> None:
    for histogram in (
        "yaa_pipeline_duration_seconds",
        "yaa_http_request_duration_seconds",
        "yaa_step_seconds",
        "yaa_llm_seconds",
    ):
        lines = [line for line in told.exemplars.splitlines() if line.startswith(histogram)]
        assert any(f'# {{trace_id="{TRACE_ID}"}}' in line for line in lines), histogram
