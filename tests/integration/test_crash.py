"""Any one process is killed with -9 in the middle of a run: the run ends, nothing is paid twice."""

import json

import httpx2
import pytest

from agentkit.service import agent_names, service_names
from told import listed, seen
from yaa.stack.under_test import Up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

VICTIMS = {
    "gateway": "media",
    "projector": "script",
    "orchestrator": "script",
    "usage": "media",
    "researcher": "research",
    "writer": "script",
    "media": "edit",
    "publisher": "edit",
    "nats": "media",
    "postgres": "media",
}
"""Who is killed, and while which step is worked on."""
IN_FLIGHT = {"researcher": 1, "writer": 1}
"""An agent that dies while a provider answers has not recorded the answer: that one call is
made again. What was recorded is never bought again, and nobody else's death costs a call."""


@pytest.mark.parametrize(("victim", "step"), VICTIMS.items())
def test_a_run_survives_the_death_of(up_processes: Up, victim: str, step: str) -> None:
    up = up_processes
    before = up.sold()
    run_id = up.request(f"{victim} 없이도 바다는 움직일까")
    up.wait_for_step(run_id, step)

    up.kill(victim)
    run = up.wait_for_end(run_id)

    assert run["status"] == "completed", run["errors"]
    assert [each["attempt"] for each in run["steps"]] == [1] * 6
    twice = {digest for digest, count in up.sold().items() if count - before.get(digest, 0) > 1}
    assert len(twice) <= IN_FLIGHT.get(victim, 0)
    published = [
        path
        for path in (up.library_dir / "demo").glob("*/metadata.json")
        if json.loads(path.read_text())["run_id"] == run_id
    ]
    assert len(published) == 1


def test_every_run_that_lost_a_part_is_completed_and_has_its_bill(up_processes: Up) -> None:
    up = up_processes
    runs = httpx2.get(
        f"{up.url}/api/v1/pipeline/runs", headers=up.key, params={"limit": 100}
    ).json()["items"]

    assert runs
    assert all(run["status"] == "completed" for run in runs)
    assert all(run["cost_usd"] > 0 for run in runs)


RARE = {
    "yaa_calls_saved_total",
    "yaa_schedule_fires_total",
    "yaa_sse_watchers",
    "yaa_unpriced_calls_total",
}
"""What is told of things that do not happen here."""


@pytest.mark.parametrize("teller", [*sorted({*service_names()} - {*agent_names()}), "agents"])
def test_who_is_started_again_tells_of_itself_what_the_docs_say(
    up_processes: Up, teller: str
) -> None:
    services = agent_names() if teller == "agents" else [teller]
    pages = [httpx2.get(f"{up_processes.record(each)['url']}/metrics").text for each in services]

    told = {metric for page in pages for metric in seen(page)}
    documented = {metric for metric, tellers in listed() if tellers & {teller, "all"}}
    assert told <= documented
    assert {metric.name for metric in documented - told} <= RARE
