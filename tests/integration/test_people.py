"""What people do with runs, on the whole system: review, pause, retry, rerun."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PIPELINES = Path(__file__).parents[2] / "pipelines"
HASTY = """
pipeline: hasty
steps:
  - {step: research, agent: researcher}
  - {step: script, agent: writer, needs: [research], approval: {expires_s: 1}}
"""
API = "/api/v1"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("up")
    pipelines = shutil.copytree(PIPELINES, folder / "pipelines")
    (pipelines / "hasty.yaml").write_text(HASTY)
    running = start(folder, latency_s=0.02, settings={"YAA_PIPELINES_DIR": str(pipelines)})
    yield running
    stop(running)


def post(up: Up, path: str, **body: object) -> dict[str, Any]:
    answer = up.client.post(f"{API}{path}", json=body, timeout=20)
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def get(up: Up, path: str) -> dict[str, Any]:
    answer = up.client.get(f"{API}{path}", timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wait_for[T](look: Callable[[], T], *, timeout_s: float = 110) -> T:
    """Return what `look` sees as soon as it is something."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return seen


def asked(up: Up, run_id: str, round_: int = 1) -> dict[str, Any]:
    """Return what a run asks before it publishes, once it does."""

    def waiting() -> bool:
        items = get(up, f"/approvals/{run_id}")["items"]
        return [item["round"] for item in items] == [round_]

    wait_for(waiting)
    return get(up, f"/approvals/{run_id}/publish")


def shown_waiting(up: Up, run_id: str) -> dict[str, Any] | None:
    """Return a run once it is shown as waiting: the page follows the log, which was asked first."""
    run = up.detail(run_id)
    return run if run["waiting_for_approval"] else None


def decide(up: Up, question: dict[str, Any], decision: str, comment: str = "") -> None:
    path = f"/approvals/{question['run_id']}/{question['step']}/decision"
    order = {"digest": question["digest"], "decision": decision, "comment": comment}
    post(up, path, **order, decided_by="minji")


def published(up: Up, run_id: str) -> int:
    """Return how many videos of a run lie in the library."""
    told = [json.loads(path.read_text()) for path in up.library_dir.rglob("metadata.json")]
    return sum(each["run_id"] == run_id for each in told)


def step_of(run: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in run["steps"] if each["step"] == name)
    return found


def log_of(up: Up, run_id: str) -> list[tuple[str, str]]:
    """Return (type, step) of every recorded event of a run that has ended."""
    answer = httpx2.get(
        f"{up.url}{API}/pipeline/runs/{run_id}/events",
        headers=up.key | {"Last-Event-ID": "0"},
        timeout=30,
    )
    data = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]
    return [(each["type"], each.get("step", "")) for each in data]


@pytest.fixture(scope="module")
def approved(up: Up) -> dict[str, Any]:
    """A run that was sent back once and approved then, with what was asked before that."""
    run_id = up.request("바다는 왜 짤까", review=True, requested_by="jun")
    first = asked(up, run_id)
    waiting = wait_for(lambda: shown_waiting(up, run_id))
    decide(up, first, "revise", "제목을 더 짧게 하고 마지막 장면은 빼 주세요")
    second = asked(up, run_id, 2)
    unpublished = published(up, run_id)
    decide(up, second, "approve")
    run = up.wait_for_end(run_id)
    assert run["status"] == "completed", run["errors"]
    return run | {"asked": (first, second), "waiting": waiting, "too_early": unpublished}


def test_a_reviewed_run_waits_for_a_person_and_says_so(approved: dict[str, Any]) -> None:
    waiting = approved["waiting"]

    assert (waiting["status"], waiting["waiting_for_approval"]) == ("running", True)
    assert step_of(waiting, "publish")["status"] == "awaiting_approval"
    assert approved["too_early"] == 0


def test_what_is_sent_back_comes_back_changed(approved: dict[str, Any]) -> None:
    first, second = approved["asked"]

    was, became = approved["waiting"]["result"]["script"], approved["result"]["script"]
    assert (became["title"], became["scenes"]) != (was["title"], was["scenes"])
    assert first["digest"] != second["digest"]
    assert second["rounds"][0]["comment"].startswith("제목을 더 짧게")
    assert second["result"]["video_url"] != first["result"]["video_url"]
    attempts = {step["step"]: step["attempt"] for step in approved["steps"]}
    assert attempts["research"] == 1
    assert all(attempts[name] == 2 for name in ("script", "seo", "media", "edit"))


def test_what_was_approved_is_published_once(up: Up, approved: dict[str, Any]) -> None:
    _, second = approved["asked"]

    assert published(up, approved["run_id"]) == 1
    assert approved["result"]["seo"] == second["result"]["seo"]
    assert approved["result"]["video_url"] == second["result"]["video_url"]
    late = httpx2.post(
        f"{up.url}{API}/approvals/{approved['run_id']}/publish/decision",
        headers=up.key,
        json={"digest": second["digest"], "decision": "reject", "decided_by": "late"},
    )
    assert late.status_code == 409
    assert "was approved by minji at" in late.json()["detail"]


def test_a_rerun_uses_again_what_was_made_and_paid(up: Up, approved: dict[str, Any]) -> None:
    before = up.sold()
    parent_id = approved["run_id"]
    edits = {"script": {"title": "소금의 여행"}, "brief": {"review": False, "dry_run": True}}

    accepted = post(up, f"/pipeline/runs/{parent_id}/rerun", from_step="media", edits=edits)
    run = up.wait_for_end(accepted["run_id"])

    assert run["status"] == "completed", run["errors"]
    assert run["parent"] == {"run_id": parent_id, "from_step": "media", "kind": "rerun"}
    reused = {step["step"] for step in run["steps"] if step["reused"]}
    assert reused == {"research", "script", "seo"}
    assert run["result"]["script"]["title"] == "소금의 여행"
    assert run["result"]["seo"] == approved["result"]["seo"]
    assert up.sold() == before, "pictures and narration of the same scenes were bought before"
    wait_for(lambda: up.detail(run["run_id"])["saved_calls"])
    assert [child["run_id"] for child in up.detail(parent_id)["children"]] == [run["run_id"]]
    assert published(up, parent_id) == 1


def test_a_paused_run_begins_nothing_until_it_goes_on_and_a_rejected_one_fails(up: Up) -> None:
    run_id = up.request("바람은 어디서 올까", review=True, dry_run=True)
    post(up, f"/pipeline/runs/{run_id}/pause", reason="wait", requested_by="jun")
    wait_for(lambda: up.detail(run_id)["paused"])
    wait_for(lambda: step_of(up.detail(run_id), "research")["status"] == "completed")
    post(up, f"/pipeline/runs/{run_id}/resume")
    decide(up, asked(up, run_id), "reject", "off topic")
    run = up.wait_for_end(run_id)

    log = log_of(up, run_id)
    paused, resumed = log.index(("run.paused", "")), log.index(("run.resumed", ""))
    assert ("step.requested", "script") not in log[:resumed]
    assert log.index(("step.requested", "script")) > resumed > paused
    assert run["status"] == "failed"
    (error,) = run["errors"]
    assert (error["step"], error["error"]) == ("publish", "ApprovalRejected")
    assert "minji rejected step 'publish': off topic" in error["message"]
    assert published(up, run_id) == 0


def test_an_approval_that_nobody_gives_expires(up: Up) -> None:
    run = up.wait_for_end(up.request("별은 몇 개일까", pipeline="hasty"))

    assert run["status"] == "failed"
    (error,) = run["errors"]
    assert (error["step"], error["error"]) == ("script", "ApprovalRejected")
    (approval,) = run["approvals"]
    assert (approval["status"], approval["decided_by"]) == ("expired", "policy")
    assert step_of(run, "script")["attempt"] == 0


def test_a_retry_goes_on_where_the_run_failed_and_buys_nothing_again(up: Up) -> None:
    faults = f"{up.record('simulator')['url']}/simulator/faults"
    httpx2.post(faults, json=[{"fault": "refusal", "path": "images"}]).raise_for_status()
    run_id = up.request("눈은 왜 조용할까")
    failed = up.wait_for_end(run_id)
    httpx2.delete(faults).raise_for_status()
    before = Counter(up.sold())

    accepted = post(up, f"/pipeline/runs/{run_id}/retry")
    run = up.wait_for_end(accepted["run_id"])
    again = post(up, f"/pipeline/runs/{run_id}/retry")

    assert failed["status"] == "failed"
    assert run["status"] == "completed", run["errors"]
    assert (again["run_id"], again["status"]) == (run["run_id"], "completed")
    assert {step["step"] for step in run["steps"] if step["reused"]} >= {"research", "script"}
    bought = Counter(up.sold()) - before
    assert max(bought.values()) == 1
    assert not set(bought) & set(before), "what was sold to the failed run is not sold again"
    assert published(up, run["run_id"]) == 1
