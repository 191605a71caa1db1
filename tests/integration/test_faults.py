"""Providers that misbehave: the run waits or ends with errors a person can act on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from yaa.stack.under_test import Up

from .books import billed, calls_in, sold

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@contextmanager
def faults(up: Up, *rules: dict[str, Any]) -> Iterator[None]:
    """Let the simulator misbehave while the block runs."""
    url = f"{up.record('simulator')['url']}/simulator/faults"
    httpx2.post(url, json=list(rules)).raise_for_status()
    try:
        yield
    finally:
        httpx2.delete(url).raise_for_status()


@pytest.fixture(scope="module")
def unfit(up: Up) -> dict[str, Any]:
    """A run whose writer was given three answers that it could not use."""
    rule = {"fault": "invalid", "path": "messages", "body": "hook", "times": 3}
    with faults(up, rule):
        return up.wait_for_end(up.request("구름은 왜 떨어지지 않을까", dry_run=True))


@pytest.fixture(scope="module")
def retried(up: Up, unfit: dict[str, Any]) -> dict[str, Any]:
    return up.wait_for_end(repeated(up, unfit, "retry"))


def repeated(up: Up, run: dict[str, Any], how: str, **order: object) -> str:
    url = f"{up.url}/api/v1/pipeline/runs/{run['run_id']}/{how}"
    answer = httpx2.post(url, headers=up.key, json=order, timeout=20).raise_for_status()
    run_id: str = answer.json()["run_id"]
    return run_id


def test_three_invalid_answers_end_the_run_with_one_sentence(unfit: dict[str, Any]) -> None:
    run = unfit
    assert run["status"] == "failed"
    (error,) = run["errors"]
    assert (error["step"], error["agent"], error["attempt"]) == ("script", "writer", 1)
    assert "3 answers" in error["message"]
    assert not error["retryable"]
    assert run["steps"][0]["status"] == "completed"


def test_a_retry_goes_on_where_the_run_failed_and_is_not_given_the_same_answers(
    retried: dict[str, Any],
) -> None:
    assert retried["status"] == "completed", retried["errors"]
    assert [step["reused"] for step in retried["steps"]] == [True] + [False] * 5
    assert retried["errors"] == []


def test_a_rerun_buys_nothing_again_and_tells_what_that_saved(
    up: Up, unfit: dict[str, Any], retried: dict[str, Any]
) -> None:
    before = sold(up)

    rerun = up.wait_for_end(repeated(up, retried, "rerun", from_step="research"))

    assert rerun["status"] == "completed", rerun["errors"]
    assert sold(up) == before
    research = up.detail(unfit["run_id"])["steps"][0]["cost_usd"]
    paid = pytest.approx(research + up.detail(retried["run_id"])["cost_usd"])
    rerun = up.wait_until(rerun["run_id"], lambda run: run["money_saved_usd"] == paid)
    assert rerun["saved_calls"] > 10
    assert (rerun["cost_usd"], rerun["tokens"]) == (0, 0)


def test_a_refused_picture_ends_the_run_and_names_the_scene(up: Up) -> None:
    with faults(up, {"fault": "refusal", "path": "images"}):
        run = up.wait_for_end(up.request("눈은 왜 하얄까"))

    assert run["status"] == "failed"
    (error,) = run["errors"]
    assert (error["step"], error["retryable"]) == ("media", False)
    assert "scene" in error["message"]
    assert run["result"]["script"]


def test_a_provider_that_is_busy_for_a_moment_costs_only_time(up: Up) -> None:
    rules = (
        {"fault": "429:0.2", "path": "messages", "times": 1},
        {"fault": "529", "path": "messages", "times": 1},
        {"fault": "cut", "path": "messages", "times": 1},
        {"fault": "cut", "path": "messages", "body": "hook", "times": 1},
        {"fault": "malformed", "path": "messages", "body": "thumbnail", "times": 1},
        {"fault": "500", "path": "speech", "times": 1},
        {"fault": "cut", "path": "images", "times": 1},
    )
    with faults(up, *rules):
        run = up.wait_for_end(up.request("나뭇잎은 왜 초록색일까", dry_run=True))

    assert run["status"] == "completed", run["errors"]
    assert [step["attempt"] for step in run["steps"]] == [1] * 6


@pytest.mark.parametrize(
    ("order", "status", "says"),
    [
        ({"topic": "t", "channel_id": "nobody"}, 404, "nobody"),
        ({"topic": "t", "pipeline": "nothing"}, 404, "nothing"),
        ({"topic": "   "}, 422, "topic"),
        ({"topic": "가" * 10_000}, 422, "500"),
        ({"topic": "t", "aspect": "4:3"}, 422, "aspect"),
    ],
    ids=["unknown channel", "unknown pipeline", "empty topic", "long topic", "unknown aspect"],
)
def test_an_order_that_cannot_be_taken_is_refused_in_one_sentence(
    up: Up, order: dict[str, str], status: int, says: str
) -> None:
    answer = httpx2.post(f"{up.url}/api/v1/pipeline/run", headers=up.key, json=order)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert says in problem["detail"]
    assert len(problem["detail"]) < 400


def test_the_bill_of_all_that_went_wrong_is_what_was_sold_to_the_token(up: Up) -> None:
    """By an account that is not our own: what brought nothing of use was sold as well."""
    books = sold(up)
    deadline = time.monotonic() + 10
    while calls_in(billed(up)) < calls_in(books) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert billed(up) == books
    assert {"input_fresh", "output", "output_image", "characters", "web_searches"} <= {
        name for counts in books.values() for name in counts
    }
