"""A run is cancelled in the middle of its most expensive step, on the whole system."""

import time
from collections.abc import Iterator

import httpx2
import psutil
import pytest

from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

SLOW_TO_RENDER = {
    "YAA_RENDER_SHORT_SIDE": "1080",
    "YAA_RENDER_PRESET": "medium",
    "YAA_RENDER_FPS": "60",
}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = start(tmp_path_factory.mktemp("up"), latency_s=0.02, settings=SLOW_TO_RENDER)
    yield running
    stop(running)


def renderers(up: Up) -> list[psutil.Process]:
    """Return every ffmpeg that the stack runs."""
    children = psutil.Process(up.process.pid).children(recursive=True)
    return [child for child in children if "ffmpeg" in _name_of(child)]


def _name_of(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def wait_for_renderers(up: Up) -> None:
    deadline = time.monotonic() + 60
    while not renderers(up):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_that_is_cancelled_while_its_video_is_rendered_stops(up: Up) -> None:
    run_id = up.request("달은 왜 따라올까")
    up.wait_for_step(run_id, "edit")
    wait_for_renderers(up)

    began = time.monotonic()
    url = f"{up.url}/api/v1/pipeline/runs/{run_id}/cancel"
    answer = httpx2.post(url, headers=up.key, json={"reason": "wrong"})
    run = up.wait_for_end(run_id)
    while renderers(up):
        assert time.monotonic() < began + 5
        time.sleep(0.02)
    took_s = time.monotonic() - began

    assert (answer.status_code, answer.json()) == (202, {"run_id": run_id, "status": "running"})
    assert (run["status"], run["cancel_reason"]) == ("cancelled", "wrong")
    assert took_s < 2
    steps = {step["step"]: step["status"] for step in run["steps"]}
    assert steps == dict.fromkeys(("research", "script", "seo", "media"), "completed") | {
        "edit": "cancelled",
        "publish": "cancelled",
    }
    assert run["cost_usd"] > 0
    assert not list(up.library_dir.rglob("*.mp4"))

    again = httpx2.post(url, headers=up.key)
    assert (again.status_code, again.json()["status"]) == (202, "cancelled")
    summary = httpx2.get(f"{up.url}/api/v1/dashboard/summary", headers=up.key).json()
    counts = [summary[f"{name}_runs"] for name in ("active", "success", "failed", "cancelled")]
    assert counts == [0, 0, 0, 1]
