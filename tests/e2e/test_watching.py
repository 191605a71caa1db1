"""`make monitoring-up` beside the stack: it finds every service, and every line of a run."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from agentkit.testing import wait_until
from yaa.embedded.ports import free_port

from .client import Client, Watched
from .stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

WATCHERS = ("prometheus", "loki", "collector")
"""All but Grafana, which only shows what these have."""
PATIENCE_S = 90


class Monitoring:
    """Where Prometheus and Loki answer."""

    def __init__(self, prometheus_port: int, loki_port: int) -> None:
        self._prometheus = f"http://127.0.0.1:{prometheus_port}/api/v1/query"
        self._loki = f"http://127.0.0.1:{loki_port}/loki/api/v1/query_range"

    def series(self, query: str) -> list[tuple[dict[str, str], float]]:
        return [
            (each["metric"], float(each["value"][1])) for each in _asked(self._prometheus, query)
        ]

    def services_in(self, query: str) -> set[str]:
        return {each["stream"]["service"] for each in _asked(self._loki, query)}


def _asked(url: str, query: str) -> list[Any]:
    answer = httpx2.get(url, params={"query": query, "limit": 1000}, timeout=10)
    result: list[Any] = answer.raise_for_status().json()["data"]["result"]
    return result


@pytest.fixture(scope="module")
def monitoring(stack: Stack) -> Iterator[Monitoring]:
    ports = free_port(), free_port()
    settings = (f"YAA_PROMETHEUS_PORT={ports[0]}", f"YAA_LOKI_PORT={ports[1]}")
    watchers = f"MONITORING={' '.join(WATCHERS)}"
    try:
        stack.compose.make("monitoring-up", watchers, *settings)
        yield Monitoring(*ports)
    finally:
        stack.compose.make("monitoring-down", watchers)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run(stack: Stack, monitoring: Monitoring) -> Watched:
    """A run of which there are lines that nobody has removed with their containers."""
    assert monitoring
    async with Client.of(stack) as client:
        return await client.watch(await client.order("who watches the tides"))


async def test_prometheus_asks_every_service_and_all_are_ready(
    stack: Stack, monitoring: Monitoring, run: Watched
) -> None:
    def ready() -> dict[str, float]:
        return {labels["service"]: value for labels, value in monitoring.series("yaa_ready")}

    await wait_until(lambda: ready() == dict.fromkeys(stack.services, 1), timeout_s=PATIENCE_S)
    completed = 'sum(yaa_pipeline_runs_total{status="completed"}) > 0'
    await wait_until(lambda: bool(monitoring.series(completed)), timeout_s=PATIENCE_S)

    assert run.misses == []


async def test_loki_has_the_lines_of_a_run_from_every_service(
    stack: Stack, monitoring: Monitoring, run: Watched
) -> None:
    query = f'{{service=~".+"}} |= "{run.run_id}"'

    await wait_until(
        lambda: monitoring.services_in(query) == set(stack.services), timeout_s=PATIENCE_S
    )


async def test_what_watches_is_gone_when_it_was_stopped(
    stack: Stack, monitoring: Monitoring
) -> None:
    await asyncio.to_thread(
        stack.compose.make, "monitoring-down", f"MONITORING={' '.join(WATCHERS)}"
    )

    assert monitoring
    assert [each for name in WATCHERS for each in stack.containers(name)] == []
    await stack.is_healthy()
