"""Save everything while it works, lose everything, and go on from what was saved."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

API = "/api/v1"
CHANNEL = {"channel_id": "coffee", "name": "커피 한 잔", "language": "ko"}


type Sold = tuple[str, str]
"""The trace of a run, and the digest of what it asked for: two runs may ask for the same."""


@dataclass(frozen=True)
class Story:
    """What a stack knew when it was saved, and the one that was made of that."""

    up: Up
    backup: Path
    key: dict[str, str]
    published: dict[str, Any]
    waiting: dict[str, Any]
    under_way: str
    lost: str
    cost_usd: float
    sold: set[Sold]
    said: str


def get(up: Up, key: dict[str, str], path: str) -> dict[str, Any]:
    answer = httpx2.get(f"{up.url}{API}{path}", headers=key, timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def post(up: Up, key: dict[str, str], path: str, body: dict[str, Any], base: str = API) -> Any:
    answer = httpx2.post(f"{up.url}{base}{path}", headers=key, json=body, timeout=20)
    assert answer.is_success, answer.text
    return answer.json()


def simulator(up: Up, what: str) -> str:
    return f"{up.record('simulator')['url']}/simulator/{what}"


def sold(up: Up) -> set[Sold]:
    """Return what the simulator has sold to whom since it was started."""
    answer = httpx2.get(simulator(up, "requests"), params={"last": 1000}, timeout=10)
    requests = answer.raise_for_status().json()["last"]
    return {
        (each["traceparent"].split("-")[1], each["digest"])
        for each in requests
        if each["status"] == 200
    }


def sell_texts_alone(up: Up) -> None:
    """Let nothing else be sold for a while: when a step has its text, all is on the log too."""
    slow = [{"fault": "slow:5", "path": path} for path in ("images", "audio")]
    httpx2.post(simulator(up, "faults"), json=slow).raise_for_status()


def has_its_texts(run: dict[str, Any]) -> bool:
    states = {each["step"]: each["status"] for each in run["steps"]}
    return (states.get("seo"), states.get("media")) == ("completed", "running")


def yaa(*arguments: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("YAA_")}
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "yaa", *arguments],
        capture_output=True,
        check=False,
        text=True,
        env=keep,
    )


def backup(up: Up, *arguments: str) -> subprocess.CompletedProcess[str]:
    return yaa("backup", *arguments, "--data-dir", str(up.data_dir))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("up")
    saved = folder / "backup"
    up = start(folder, latency_s=0.05)
    post(up, up.key, "/channels", CHANNEL)
    created = post(up, up.key, "/api-keys", {"name": "minji", "scopes": ["read", "run", "approve"]},
                   base="/admin")  # fmt: skip
    key = {"X-API-Key": created["key"]}
    soon = {"cron": "0 9 * * *", "tz": "Asia/Seoul", "id": "daily", "order": {"topic": "아침"}}
    post(up, key, "/schedules", soon)
    published = up.wait_for_end(up.request("바다는 왜 짤까", channel_id="coffee"))
    asked = up.request("별은 왜 반짝일까", review=True)
    waiting = up.wait_until(asked, lambda run: bool(run["waiting_for_approval"]))
    cost_usd = get(up, key, "/dashboard/summary")["estimated_cost_usd"]
    sell_texts_alone(up)
    under_way = up.request("달은 왜 따라올까", dry_run=True)
    up.wait_until(under_way, has_its_texts)
    sold_before = sold(up)
    made = backup(up, "create", str(saved))
    assert made.returncode == 0, made.stderr
    lost = up.request("눈은 왜 하얄까", dry_run=True)
    refused = backup(up, "restore", str(saved))
    assert refused.returncode == 2
    assert "yaa already runs in" in refused.stderr
    stop(up)
    shutil.rmtree(up.data_dir)
    restored = backup(up, "restore", str(saved))
    assert restored.returncode == 0, restored.stderr
    again = start(folder, latency_s=0.05)
    told = (published, waiting, under_way, lost, cost_usd, sold_before, restored.stdout)
    yield Story(again, saved, key, *told)
    stop(again)


def test_what_was_known_is_known_again(story: Story) -> None:
    up, key = story.up, story.key

    shown = get(up, key, f"/pipeline/runs/{story.published['run_id']}")
    assert {**shown, "result": None} == {**story.published, "result": None}
    (item,) = get(up, key, "/library")["items"]
    assert (item["run_id"], item["channel_id"]) == (story.published["run_id"], "coffee")
    video = httpx2.get(up.url + shown["result"]["video_url"], headers={"Range": "bytes=4-7"})
    assert (video.status_code, video.content) == (206, b"ftyp")
    assert [each["id"] for each in get(up, key, "/schedules")["items"]] == ["daily"]
    assert "restored what was saved at" in story.said


def test_a_run_that_waited_for_a_person_goes_on_and_buys_nothing_again(story: Story) -> None:
    up, key, run_id = story.up, story.key, story.waiting["run_id"]
    before = story.waiting["cost_usd"]
    question = get(up, key, f"/approvals/{run_id}/publish")

    decision = {"digest": question["digest"], "decision": "approve"}
    post(up, key, f"/approvals/{run_id}/publish/decision", decision)
    run = up.wait_for_end(run_id)

    assert run["status"] == "completed", run["errors"]
    assert run["cost_usd"] == pytest.approx(before)


def test_a_run_that_was_under_way_ends_and_is_paid_once(story: Story) -> None:
    run = story.up.wait_for_end(story.under_way)

    assert run["status"] == "completed", run["errors"]
    with psycopg.connect(story.up.database_url) as database:
        runs = database.execute("SELECT DISTINCT run_id FROM usage.usage_events").fetchall()
    assert {run_id for (run_id,) in runs} == {
        story.published["run_id"], story.waiting["run_id"], story.under_way,
    }  # fmt: skip
    bought = sold(story.up)
    assert {trace for trace, _ in bought} <= {trace for trace, _ in story.sold}
    assert bought.isdisjoint(story.sold)


def test_what_came_after_the_backup_is_lost_and_nothing_else(story: Story) -> None:
    up, key = story.up, story.key

    assert httpx2.get(f"{up.url}{API}/pipeline/runs/{story.lost}", headers=key).status_code == 404
    summary = get(up, key, "/dashboard/summary")
    assert summary["estimated_cost_usd"] >= story.cost_usd > 0
    assert summary["total_runs"] == 3


def test_the_tables_are_what_the_log_says(story: Story) -> None:
    verified = yaa("projections", "verify", "--data-dir", str(story.up.data_dir))

    assert verified.returncode == 0, verified.stdout + verified.stderr
