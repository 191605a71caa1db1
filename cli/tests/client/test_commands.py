"""The client commands: what they send, what they print, and how they refuse."""

import json
import re
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from yaa.lists import show_runs
from yaa.views import RunPage

from .conftest import Stage, Yaa
from .story import RUN, TOPIC, cancelled_detail, completed_detail, detail, failed_detail, good_run

ACCEPTED = {"run_id": RUN, "status": "pending"}


def plan(**changes: object) -> dict[str, Any]:
    text = {
        "capability": "text",
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "count": 1,
        "cost_usd": 0.0225,
    }
    image = {
        "capability": "image",
        "provider": "openai",
        "model": "gpt-image-9",
        "count": 5,
        "cost_usd": None,
    }
    steps = (
        ("publish", "publisher", ["seo", "edit"], []),
        ("script", "writer", [], [text]),
        ("seo", "writer", ["script"], [text]),
        ("media", "media", ["script"], [image]),
        ("edit", "media", ["media"], []),
    )
    return {
        "pipeline": "video",
        "channel_id": "demo",
        "topic": TOPIC,
        "simulated": False,
        "steps": [
            {
                "step": step,
                "agent": agent,
                "task": step,
                "needs": needs,
                "calls": calls,
                "cost_usd": None,
                "expected_s": 21.4,
                "agent_known": True,
            }
            for step, agent, needs, calls in steps
        ],
        "cost_usd": None,
        "expected_s": 96.0,
        "unpriced": ["gpt-image-9"],
    } | changes


def test_run_sends_what_was_asked_for_and_prints_the_id_for_a_script(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.answer("POST /pipeline/run", ACCEPTED, 202)
    monkeypatch.setenv("LOGNAME", "minji")
    form = ("--aspect", "16:9", "--language", "en", "--dry-run")

    said = yaa("run", TOPIC, *form, "--review", "--priority", "high", "--deadline", "1h30m")

    assert (said.code, said.out) == (0, f"{RUN}\n")
    (_, headers, body) = stage.asked[0]
    assert "idempotency-key" not in headers
    assert body == {
        "topic": TOPIC,
        "channel_id": "demo",
        "pipeline": "video",
        "aspect": "16:9",
        "language": "en",
        "dry_run": True,
        "review": True,
        "priority": "high",
        "deadline_s": 5400,
        "requested_by": "minji",
    }


@pytest.mark.parametrize("deadline", ["", "soon", "2 h", "-1h", "1h 5", "90"])
def test_a_deadline_that_is_no_duration_is_named(stage: Stage, yaa: Yaa, deadline: str) -> None:
    said = yaa("run", TOPIC, "--deadline", deadline)

    assert said.code == 2
    assert said.err == (f"yaa: {deadline!r} is no duration: write it like 90s, 30m, 2h or 1h30m\n")
    assert stage.asked == []


def test_a_language_that_was_not_given_is_left_to_the_channel(stage: Stage, yaa: Yaa) -> None:
    stage.answer("POST /pipeline/run", ACCEPTED, 202)

    yaa("run", TOPIC, "--idempotency-key", "k-1")

    (_, headers, body) = stage.asked[0]
    assert headers["idempotency-key"] == "k-1"
    assert "language" not in body


def test_run_follow_ends_with_the_end_of_the_run(stage: Stage, yaa: Yaa) -> None:
    stage.answer("POST /pipeline/run", ACCEPTED, 202)
    stage.events = good_run()
    stage.details = [completed_detail()]

    said = yaa("run", TOPIC, "--follow")

    assert said.code == 0
    assert "completed · 41.0s" in said.out


def test_a_plan_shows_what_runs_after_what_and_starts_nothing(stage: Stage, yaa: Yaa) -> None:
    stage.answer("POST /pipeline/plan", plan())

    said = yaa("run", TOPIC, "--plan-only")

    assert said.code == 0
    assert [route for route, _, _ in stage.asked] == ["POST /pipeline/plan"]
    names = ("script", "seo", "media", "edit", "publish")
    order = [word for word in said.out.split() if word in names]
    assert list(dict.fromkeys(order)) == list(names)
    line = r"2 +seo +writer +1. text +anthropic:claude-sonnet-4-5 +\$0\.0225 +21\.4s"
    assert re.search(line, said.out)
    assert re.search(r" +media +media +5. image +openai:gpt-image-9 +no price", said.out)
    assert "expected at least $0.0450 for 7 calls" in said.out
    assert "without a price, so not in the sum: gpt-image-9" in said.out
    assert "usually done in 1m36s" in said.out
    assert "nothing was started" in said.out


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        (True, "waits for your approval first"),
        (None, "asks for approval when brief.review"),
        (False, ""),
    ],
)
def test_a_plan_tells_which_step_asks_for_approval(
    stage: Stage, yaa: Yaa, *, asks: bool | None, says: str
) -> None:
    asking = plan()
    asking["steps"][0]["approval"] = {"risk": "high", "when": "brief.review", "asks": asks}
    stage.answer("POST /pipeline/plan", asking)

    said = yaa("run", TOPIC, "--plan-only", "--review")

    assert says in said.out
    assert ("approv" in said.out) == bool(says)


def test_a_plan_names_an_agent_that_nobody_has_seen(stage: Stage, yaa: Yaa) -> None:
    missing = plan(simulated=True, expected_s=None)
    missing["steps"][0] |= {"agent_known": False, "expected_s": None}
    stage.answer("POST /pipeline/plan", missing)

    said = yaa("run", TOPIC, "--plan-only")

    assert "not seen yet: publisher; the run would wait for them" in said.out
    assert "nobody knows how long it takes: publish never completed here" in said.out
    assert "simulated" in said.out


@pytest.mark.parametrize(
    ("arguments", "route", "detail"),
    [
        (("run", ""), "POST /pipeline/run", "the topic is empty: say what it is about"),
        (
            ("run", "x" * 10_000),
            "POST /pipeline/run",
            "the topic has 10000 characters",
        ),
        (("run", "x", "--channel", "no"), "POST /pipeline/run", "there is no channel 'no'"),
        (("run", "x", "--plan-only"), "POST /pipeline/plan", "there is no pipeline 'x'"),
        (("show", "nope"), "GET /pipeline/runs/nope", "there is no run 'nope'"),
        (("cancel", "x"), "POST /pipeline/runs/x/cancel", "run x has completed already"),
        (("pause", "x"), "POST /pipeline/runs/x/pause", "run x has failed already"),
        (("resume", "nope"), "POST /pipeline/runs/nope/resume", "there is no run 'nope'"),
        (("channels", "add", "demo"), "POST /channels", "channel 'demo' exists already"),
    ],
)
def test_a_refusal_is_the_sentence_of_the_gateway_and_exit_code_2(
    stage: Stage, yaa: Yaa, arguments: tuple[str, ...], route: str, detail: str
) -> None:
    stage.refuse(route, 422, detail)

    said = yaa(*arguments)

    assert (said.code, said.out, said.err) == (2, "", f"yaa: {detail}\n")


def test_no_gateway_is_said_with_the_way_out(yaa: Yaa) -> None:
    said = yaa("runs", "--url", "http://127.0.0.1:9")

    assert said.code == 2
    assert said.err == (
        'yaa: no yaa answers at http://127.0.0.1:9: start it with "yaa up" or set YAA_URL\n'
    )


@pytest.mark.parametrize("url", ["localhost:8400", "ftp://x", "http://", "http://[::1"])
def test_an_address_that_is_none_is_named(yaa: Yaa, url: str) -> None:
    said = yaa("runs", "--url", url)

    assert said.code == 2
    assert f"{url!r} is no address of a yaa" in said.err


@pytest.mark.parametrize(("body", "status"), [([], 200), ({"hello": 1}, 200), ("gone", 404)])
def test_a_server_that_is_no_yaa_is_called_that(
    stage: Stage, yaa: Yaa, body: object, status: int
) -> None:
    stage.answer("GET /pipeline/runs", body, status)

    said = yaa("runs")

    assert said.code == 2
    assert (
        said.err == f"yaa: what answers at {stage.url} is no yaa of this version: check YAA_URL\n"
    )


def test_a_server_error_is_for_a_moment(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /pipeline/runs", "oh no", 502)

    assert yaa("runs").err == "yaa: 127.0.0.1 answers 502 Bad Gateway; try again in a moment\n"


def test_the_address_that_yaa_up_left_behind_is_used(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("YAA_URL")
    monkeypatch.setenv("YAA_DATA_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "gateway.json").write_text(json.dumps({"url": stage.url}))
    stage.answer("GET /pipeline/runs", {"items": [], "next_cursor": None})

    said = yaa("runs")

    assert (said.code, said.out) == (0, 'no runs yet: start one with yaa run "your topic"\n')


def test_runs_are_listed_on_one_line_each_with_what_was_asked_for(stage: Stage, yaa: Yaa) -> None:
    items = [completed_detail(), failed_detail()]
    stage.answer("GET /pipeline/runs", {"items": items, "next_cursor": "c"})

    said = yaa("runs", "--status", "failed", "--channel", "demo", "--limit", "2")

    assert stage.asked[0][0] == "GET /pipeline/runs"
    assert len([line for line in said.out.splitlines() if RUN in line and TOPIC in line]) == 2
    assert "✓ completed" in said.out
    assert "✗ failed" in said.out
    assert "$0.0369" in said.out
    assert "--limit" in said.out


@pytest.fixture
def in_seoul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as here:
        here.setenv("TZ", "Asia/Seoul")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_seoul")
def test_runs_are_asked_for_by_everything_they_can_be_found_by(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /pipeline/runs", {"items": [], "next_cursor": None})
    about = ("--pipeline", "video", "--parent", "r1", "--text", "바다 달")
    when = ("--from", "2026-11-01", "--to", "2026-12-01T18:00Z")

    said = yaa("runs", "--status", "failed", "--channel", "demo", *about, *when)

    assert said.out == "no run fits: leave an option out\n"
    assert {name: value for name, value in stage.queries[0].items() if value} == {
        "status": "failed",
        "channel_id": "demo",
        "pipeline": "video",
        "parent": "r1",
        "text": "바다 달",
        "from": "2026-11-01T00:00:00+09:00",
        "to": "2026-12-02T03:00:00+09:00",
        "limit": "20",
    }


def test_as_many_runs_are_listed_as_are_wanted_however_many_pages_that_takes(
    stage: Stage, yaa: Yaa
) -> None:
    def page(query: dict[str, str]) -> object:
        number = int(query["cursor"] or 0) + 1
        items = [completed_detail() for _ in range(min(int(query["limit"]), 60))]
        return {"items": items, "next_cursor": str(number) if number < 4 else None}

    stage.answer("GET /pipeline/runs", page)

    said = yaa("runs", "--limit", "150")

    assert said.out.count(RUN) == 150
    assert [query["limit"] for query in stage.queries] == ["100", "90", "30"]


def test_what_is_no_time_is_said_with_one_that_is(stage: Stage, yaa: Yaa) -> None:
    said = yaa("runs", "--from", "yesterday")

    sentence = "'yesterday' is no time: write it like 2026-12-01 or 2026-12-01T18:00"
    assert (said.code, said.out, said.err) == (2, "", f"yaa: {sentence}\n")
    assert stage.asked == []


def test_in_a_narrow_window_the_id_of_a_run_is_whole() -> None:
    text = StringIO()
    page = RunPage.model_validate({"items": [completed_detail()], "next_cursor": None})

    show_runs(page, Console(file=text, width=80))

    (_, line) = text.getvalue().splitlines()
    assert RUN in line
    assert cell_len(line.rstrip()) <= 80


def test_in_a_wide_window_a_run_tells_its_pipeline() -> None:
    text = StringIO()
    page = RunPage.model_validate({"items": [completed_detail(pipeline="short")]})

    show_runs(page, Console(file=text, width=160))

    (_, line) = text.getvalue().splitlines()
    assert re.search(r" demo +short ", line)


def test_a_run_is_shown_with_everything_it_made(stage: Stage, yaa: Yaa) -> None:
    stage.details = [completed_detail()]

    said = yaa("show", RUN)

    assert said.code == 0
    for piece in (
        TOPIC,
        "✓  research",
        "바닷물은 왜 하루에 두 번 들어올까요?",
        "달이 바다를 당깁니다.",
        "picture: the moon above a calm sea",
        "조수 간만의 진짜 이유",
        "조수, 달",
        "1:05  달의 힘",
        "library/demo/a-path/video.mp4",
        "10,536 tokens · $0.0369 · simulated, nothing was paid",
        f"picture 1   {stage.url}/api/v1/artifacts/{'1' * 64}",
    ):
        assert piece in said.out, piece


def test_a_failed_run_is_shown_with_its_errors(stage: Stage, yaa: Yaa) -> None:
    stage.details = [failed_detail()]

    said = yaa("show", RUN)

    assert said.code == 0
    assert "✗  script" in said.out
    assert "the model refused the picture of scene 2" in said.out


def test_a_cancelled_run_is_shown_and_listed_as_such(stage: Stage, yaa: Yaa) -> None:
    stage.details = [cancelled_detail()]
    page = {"items": [cancelled_detail()], "next_cursor": None}
    stage.answer("GET /pipeline/runs", page)

    shown, listed = yaa("show", RUN), yaa("runs", "--status", "cancelled")

    assert "⊘  script" in shown.out
    assert "cancelled   wrong topic" in shown.out
    assert "⊘ cancelled" in listed.out


def test_a_run_that_waits_is_shown_with_what_it_waits_for(stage: Stage, yaa: Yaa) -> None:
    sentence = "no agent 'media' runs to take step 'media': start one"
    stage.details = [detail(waiting_for=[{"kind": "no_worker", "message": sentence}])]

    said = yaa("show", RUN)

    assert f"waits\n  {sentence}\n" in said.out


def test_the_version_is_said(yaa: Yaa) -> None:
    assert re.fullmatch(r"yaa \d+\.\d+\.\d+\n", yaa("version").out)
