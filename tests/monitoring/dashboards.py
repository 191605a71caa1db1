"""Every query of dashboards and alerts, asked of a real Prometheus that scrapes the system at work.

Run by `make monitoring-check`, for Prometheus is in no wheel.
"""

import json
import math
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from agentkit.service import service_names
from deploy.observability.render import DASHBOARDS, PROMETHEUS
from hooks import Hooks, listening
from yaa.embedded.ports import free_port
from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCRAPE_S = 5
PATIENCE_S = 240
RARE = {
    ("gateway", "Failed"),
    ("gateway", "Schedules"),
    ("overview", "Alerts"),
    ("overview", "Batches that failed"),
    ("overview", "Calls saved"),
    ("overview", "Calls without a price"),
    ("overview", "Schedules"),
    ("usage", "Calls without a price"),
    *((agent, "Calls saved") for agent in ("media", "researcher", "writer")),
}
"""Panels that show nothing while nothing goes wrong, by dashboard and title."""


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Let Prometheus look on while two runs go on and a provider fails once; return its address."""
    folder = tmp_path_factory.mktemp("up")
    with listening() as hooks, started(folder, hooks) as up, scraping(folder, up) as url:
        simulator = up.record("simulator")["url"]
        once = [{"fault": "500", "path": "messages", "times": 1}]
        httpx2.post(f"{simulator}/simulator/faults", json=once).raise_for_status()
        for number, topic in enumerate(("바다는 왜 짠가", "why is the sea salty"), 1):
            up.request(topic, dry_run=True)
            httpx2.get(f"{up.url}/api/v1/pipeline/runs/nope", headers=up.key)
            wait_for(url, f'yaa_pipeline_runs_total{{status="completed"}} == {number}')
        time.sleep(2 * SCRAPE_S)  # all pages are as new by then
        yield url


@contextmanager
def started(folder: Path, hooks: Hooks) -> Iterator[Up]:
    """Run a system that tells somebody what happens."""
    told = {"YAA_NOTIFY": "webhook", "YAA_WEBHOOK_URL": f"{hooks.url}/hook"}
    up = start(folder, latency_s=0.02, settings=told)
    try:
        yield up
    finally:
        stop(up)


@contextmanager
def scraping(folder: Path, up: Up) -> Iterator[str]:
    """Run Prometheus; all services are one process here, so its page is that of each of them."""
    address = up.url.removeprefix("http://")
    config = yaml.safe_load(PROMETHEUS.read_text())
    config["global"] = {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"}
    config["rule_files"] = [str(PROMETHEUS.parent / each) for each in config["rule_files"]]
    pages = [{"targets": [address], "labels": {"service": name}} for name in service_names()]
    config["scrape_configs"] = [{"job_name": "yaa", "static_configs": pages}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    found, listens = shutil.which("prometheus"), f"127.0.0.1:{free_port()}"
    assert found, "there is no prometheus on this machine: apt-get install prometheus"
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 -- Debian's own
            [found, f"--config.file={folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address={listens}"],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(f"http://{listens}", 'up{job="yaa"} == 1')
        yield f"http://{listens}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def ask(url: str, query: str) -> list[dict[str, Any]]:
    """Return the series that a query finds now; what is not a number is none."""
    answer = httpx2.get(f"{url}/api/v1/query", params={"query": query}, timeout=10)
    if answer.is_server_error:  # it still starts
        answer.raise_for_status()
    assert answer.is_success, f"{query}: {answer.text}"
    found = answer.json()["data"]["result"]
    return [each for each in found if not math.isnan(float(each["value"][1]))]


def wait_for(url: str, query: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if ask(url, query):
                return
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < deadline, f"{query} finds nothing"
        time.sleep(0.2)


def test_every_panel_shows_something_of_a_system_at_work(prometheus: str) -> None:
    empty = {
        (path.stem, panel["title"])
        for path in DASHBOARDS.glob("*.json")
        for panel in json.loads(path.read_text())["panels"]
        for target in panel.get("targets", ())
        if not ask(prometheus, target["expr"].replace("$__rate_interval", "5m"))
    }

    assert empty <= RARE


def test_every_alert_can_be_evaluated_and_none_fires_when_all_is_well(prometheus: str) -> None:
    groups = httpx2.get(f"{prometheus}/api/v1/rules").json()["data"]["groups"]

    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["health"] for rule in rules} == {"ok"}
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
