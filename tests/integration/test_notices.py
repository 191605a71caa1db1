"""Messages to people, on the whole system: what arrives, and what a person sees of a trial."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks import Hooks, listening
from yaa.address import KEY_VARIABLE
from yaa.client import KEY_HEADER
from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def hooks() -> Iterator[Hooks]:
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, hooks: Hooks) -> Iterator[Up]:
    settings = {
        "YAA_NOTIFY": "slack,webhook",
        "YAA_NOTIFY_LANGUAGE": "ko",
        "YAA_SLACK_URL": f"{hooks.url}/slack",
        "YAA_WEBHOOK_URL": f"{hooks.url}/hook",
    }
    running = start(tmp_path_factory.mktemp("up"), "--processes", latency_s=0.02, settings=settings)
    yield running
    stop(running)


def test_a_person_is_asked_and_told_of_the_end_where_they_are(up: Up, hooks: Hooks) -> None:
    run_id = up.request("비는 왜 내릴까", review=True)
    (asked,) = hooks.wait_for("/hook", 1)
    shown = up.client.get(f"/api/v1/approvals/{run_id}/{asked['data']['step']}").json()
    decision = {"decision": "approve", "digest": shown["digest"]}
    path = f"/api/v1/approvals/{run_id}/{asked['data']['step']}/decision"
    assert up.client.post(path, json=decision).is_success
    up.wait_for_end(run_id)
    _, ended = hooks.wait_for("/hook", 2)
    texts = [each["text"] for each in hooks.wait_for("/slack", 2)]

    assert (asked["type"], ended["type"]) == ("approval.requested", "run.completed")
    assert {each["data"]["run_id"] for each in (asked, ended)} == {run_id}
    assert asked["data"]["url"] == f"{up.url}/runs/{run_id}"
    assert texts[0].startswith("승인을 기다려요: “비는 왜 내릴까”의 publish 단계")
    assert texts[1].startswith("완료됐어요: “비는 왜 내릴까”")


def test_a_trial_reaches_everybody_and_says_so(up: Up, hooks: Hooks, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "yaa", "notices", "test", "--url", up.url]
    environment = {**os.environ, KEY_VARIABLE: up.key[KEY_HEADER]}

    said = subprocess.run(  # noqa: S603 -- our own command
        command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert said.stdout == "slack: the message was taken\nwebhook: the message was taken\n"
    assert hooks.taken["/hook"][-1]["type"] == "test"
    assert hooks.taken["/slack"][-1]["text"].startswith("yaa가 여기로 알림을 보낼 수 있어요.")
