"""From a topic to a published video, through the gateway, on the whole system."""

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import imageio_ffmpeg
import pytest

from agentkit import permissions
from agentkit.service import agent_names
from yaa.stack.under_test import Up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def probe(path: Path) -> str:
    """Return what ffmpeg says of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- our own
    return done.stderr


def events_of(up: Up, run_id: str, last_event_id: str = "0") -> list[tuple[int, str]]:
    """Return (id, type) of the recorded events of a run, as a browser would see them."""
    found = list[tuple[int, str]]()
    url = f"{up.url}/api/v1/pipeline/runs/{run_id}/events"
    headers = up.key | {"Last-Event-ID": last_event_id}
    with httpx2.stream("GET", url, headers=headers, timeout=30) as answer:
        fields = dict[str, str]()
        for line in answer.iter_lines():
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.strip()
            elif "id" in fields:
                found.append((int(fields["id"]), fields["event"]))
            if not line:
                fields.clear()
    return found


def test_each_service_has_a_key_and_needs_no_more_than_it_may(up: Up) -> None:
    run = up.wait_for_end(up.request("별은 왜 반짝일까", dry_run=True))

    assert run["status"] == "completed", run["errors"]
    keys = {file.stem: file.stat().st_mode & 0o777 for file in (up.data_dir / "keys").glob("*.nk")}
    assert keys == dict.fromkeys([*permissions.SERVICES, *agent_names(), "operator"], 0o600)
    assert up.denials() == []
    for log in (up.data_dir / "log").glob("*.log"):
        assert "nats permission denied" not in log.read_text()


def test_a_topic_becomes_a_published_video(up: Up) -> None:
    run = up.wait_for_end(up.request("바다는 왜 하루에 두 번 물러날까"))

    assert run["status"] == "completed", run["errors"]
    assert [step["status"] for step in run["steps"]] == ["completed"] * 6
    assert run["simulated"]
    assert run["cost_usd"] > 0
    (folder,) = (up.library_dir / "demo").glob("*/")
    said = probe(folder / "video.mp4")
    assert "Video: h264" in said
    assert "Audio: aac" in said
    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["run_id"] == run["run_id"]
    assert metadata["simulated"]
    assert "-->" in next(folder.glob("*.srt")).read_text()
    feed = ET.parse(up.library_dir / "demo" / "feed.xml").getroot()  # noqa: S314 -- our own file
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1


@pytest.fixture(scope="module")
def rehearsal(up: Up) -> dict[str, Any]:
    """A dry run that was watched from its first event to its last."""
    before = sorted(up.library_dir.rglob("*"))
    run_id = up.request("고양이는 왜 상자를 좋아할까", dry_run=True)
    live = events_of(up, run_id)
    run = up.wait_for_end(run_id)
    assert run["status"] == "completed", run["errors"]
    return run | {"live": live, "unchanged": sorted(up.library_dir.rglob("*")) == before}


def test_a_dry_run_publishes_nothing(rehearsal: dict[str, Any]) -> None:
    assert rehearsal["result"]["publication"]["dry_run"]
    assert rehearsal["unchanged"]


def test_a_browser_can_seek_in_the_video(up: Up, rehearsal: dict[str, Any]) -> None:
    url = up.url + rehearsal["result"]["video_url"]

    part = httpx2.get(url, headers={"Range": "bytes=4-7"})  # `<video>` sends no key

    assert part.status_code == 206
    assert part.content == b"ftyp"
    assert part.headers["content-type"] == "video/mp4"


def test_events_are_resumed_without_a_gap(up: Up, rehearsal: dict[str, Any]) -> None:
    again = events_of(up, rehearsal["run_id"])
    rest = events_of(up, rehearsal["run_id"], last_event_id=str(again[4][0]))

    assert rehearsal["live"] == again
    assert rest == again[5:]
    assert all(first < second for (first, _), (second, _) in pairwise(again))
    assert [kind for _, kind in again].count("step.completed") == 6
    assert again[-1][1] == "run.completed"


def test_the_summary_counts_what_ran(up: Up, rehearsal: dict[str, Any]) -> None:
    summary = httpx2.get(f"{up.url}/api/v1/dashboard/summary", headers=up.key).json()

    assert rehearsal["run_id"] in {run["run_id"] for run in summary["recent_runs"]}
    assert summary["total_runs"] == summary["success_runs"] >= 1
    assert summary["active_runs"] == 0
    assert summary["estimated_cost_usd"] > 0


def test_the_library_has_what_was_rehearsed_apart_from_what_was_published(
    up: Up, rehearsal: dict[str, Any]
) -> None:
    def listed(*, dry_run: bool) -> dict[str, Any]:
        url, query = f"{up.url}/api/v1/library", {"dry_run": dry_run}
        items = httpx2.get(url, params=query, headers=up.key).json()["items"]
        return {item["run_id"]: item for item in items}

    item, result = listed(dry_run=True)[rehearsal["run_id"]], rehearsal["result"]
    assert rehearsal["run_id"] not in listed(dry_run=False)
    assert item["title"] == result["publication"]["title"]
    assert (item["video_url"], item["thumbnail_url"], item["duration_s"]) == (
        result["video_url"],
        result["thumbnail_url"],
        result["duration_s"],
    )


def test_findings_are_shown_with_their_sources(up: Up, rehearsal: dict[str, Any]) -> None:
    url = f"{up.url}/api/v1/pipeline/runs/{rehearsal['run_id']}/steps/research/output"

    shown = httpx2.get(url, headers=up.key).json()

    assert (shown["kind"], shown["content"]) == ("Findings", rehearsal["result"]["findings"])
    assert all(claim["sources"] for claim in shown["content"]["claims"])


def test_what_has_run_tells_how_long_the_next_run_takes(up: Up, rehearsal: dict[str, Any]) -> None:
    url, order = f"{up.url}/api/v1/pipeline/plan", {"topic": "달은 왜 따라올까"}

    plan = httpx2.post(url, json=order, headers=up.key).json()

    assert all(step["expected_s"] >= 0 for step in plan["steps"])
    assert 0 < plan["expected_s"] < rehearsal["duration_s"] * 3


def test_the_chart_of_the_days_adds_up_to_the_summary(up: Up, rehearsal: dict[str, Any]) -> None:
    assert rehearsal["status"] == "completed"
    summary = httpx2.get(f"{up.url}/api/v1/dashboard/summary", headers=up.key).json()

    trends = httpx2.get(f"{up.url}/api/v1/dashboard/trends?tz=Asia/Seoul", headers=up.key).json()

    completed = sum(day["completed"] for day in trends["items"])
    cost_usd = sum(day["cost_usd"] or 0 for day in trends["items"])
    assert (len(trends["items"]), completed) == (30, summary["success_runs"])
    assert cost_usd == pytest.approx(summary["estimated_cost_usd"])


def test_the_same_idempotency_key_starts_one_run(up: Up) -> None:
    def post() -> str:
        answer = httpx2.post(
            f"{up.url}/api/v1/pipeline/run",
            json={"topic": "별은 왜 반짝일까", "dry_run": True},
            headers=up.key | {"Idempotency-Key": "once"},
        )
        assert answer.status_code == 202
        run_id: str = answer.json()["run_id"]
        return run_id

    first, second = post(), post()

    assert first == second


def test_one_service_of_a_process_logs_more_for_a_while(up: Up) -> None:
    def debugged() -> list[str]:
        httpx2.get(f"{up.url}/health/live")
        lines = map(json.loads, (up.data_dir / "log" / "yaa.log").read_text().splitlines())
        return [line["service"] for line in lines if line["level"] == "DEBUG"]

    command = [sys.executable, "-m", "yaa", "logs", "level", "gateway", "DEBUG", "--for", "1m"]
    said = subprocess.run(  # noqa: S603 -- our own command
        [*command, "--data-dir", str(up.data_dir)], capture_output=True, check=True, text=True
    ).stdout

    assert "gateway: DEBUG and above is logged until" in said
    deadline = time.monotonic() + 20
    while not (found := debugged()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(found) == {"gateway"}
