"""`yaa schedule`: runs at times to come, for a person."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yaa.person import my_time_zone

from .conftest import Stage, Yaa

HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1, minutes=5)).isoformat()
MORNING: dict[str, Any] = {
    "id": "morning",
    "name": "아침 과학",
    "cron": "0 9 * * MON-FRI",
    "at": None,
    "tz": "Asia/Seoul",
    "when": "At 09:00 on Monday through Friday",
    "on_missed": "run_once",
    "state": "active",
    "next_fire_at": "2026-11-23T00:00:00Z",
    "last": None,
    "order": {"topic": "오늘의 과학", "channel_id": "demo", "pipeline": "video", "aspect": "9:16"},
    "created_at": "2026-11-19T05:00:00Z",
    "requested_by": "jin",
}
LAST = {
    "fire_at": HOUR_AGO,
    "outcome": "run",
    "run_id": "r1",
    "run_status": "completed",
    "error": "",
}
WORDY = "0,15,30,45 9,10,11,12 * * *"


def rows_of(out: str) -> list[list[str]]:
    return [[cell for cell in line.split("  ") if cell] for line in out.splitlines()]


def test_a_schedule_is_added_as_it_was_said(stage: Stage, yaa: Yaa) -> None:
    stage.answer("POST /schedules", MORNING, 201)

    said = yaa(
        *("schedule", "add", "오늘의 과학", "--cron", "0 9 * * MON-FRI", "--tz", "Asia/Seoul"),
        *("--id", "morning", "--name", "아침 과학", "--on-missed", "skip", "--dry-run"),
        *("--deadline", "30m", "--idempotency-key", "k1"),
    )

    assert (said.code, said.out) == (0, "morning\n")
    route, headers, body = stage.asked[0]
    order = body.pop("order")
    assert route == "POST /schedules"
    assert headers["idempotency-key"] == "k1"
    assert body == {
        "id": "morning",
        "name": "아침 과학",
        "cron": "0 9 * * MON-FRI",
        "tz": "Asia/Seoul",
        "on_missed": "skip",
    }
    assert (order["topic"], order["dry_run"], order["deadline_s"]) == ("오늘의 과학", True, 1800)


def test_a_time_is_read_in_the_zone_of_this_machine(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    stage.answer("POST /schedules", MORNING | {"cron": None, "at": "2026-12-01T00:00:00Z"}, 201)

    yaa("schedule", "add", "발사", "--at", "2026-12-01T09:00")

    body = stage.asked[0][2]
    assert (body["at"], body["tz"]) == ("2026-12-01T09:00", "Asia/Seoul")
    assert "cron" not in body
    assert "id" not in body


def test_without_a_variable_the_machine_says_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(Path, "resolve", lambda _: Path("/usr/share/zoneinfo/Asia/Seoul"))
    assert my_time_zone() == "Asia/Seoul"
    monkeypatch.setattr(Path, "resolve", lambda path: path)
    assert my_time_zone() == "UTC"


@pytest.mark.parametrize("times", [[], ["--at", "2026-12-01T09:00", "--cron", "0 9 * * *"]])
def test_one_time_must_be_said(stage: Stage, yaa: Yaa, times: list[str]) -> None:
    said = yaa("schedule", "add", "발사", *times)

    assert (said.code, said.err) == (2, "yaa: say when, with either --cron or --at\n")
    assert stage.asked == []


def test_schedules_are_listed_on_one_line_each(stage: Stage, yaa: Yaa) -> None:
    others = {"state": "paused", "next_fire_at": None}
    items = [
        MORNING | {"last": LAST},
        MORNING | {"id": "b", "last": LAST | {"run_status": None}},
        MORNING | {"id": "c", "last": LAST | {"outcome": "skipped"}, "when": "x" * 41} | others,
        MORNING | {"id": "d", "last": LAST | {"outcome": "failed"}} | others | {"state": "done"},
        MORNING | {"id": "e", "state": "due", "next_fire_at": None},
    ]
    stage.answer("GET /schedules", {"items": items, "total": 7})

    said = yaa("schedule", "list")

    when = "At 09:00 on Monday through Friday Asia/Seoul"
    _, *rows, more = rows_of(said.out)
    upcoming = "Mon 2026-11-23 09:00"
    assert [[cell.strip() for cell in row[:4]] for row in rows] == [
        ["morning", when, upcoming, "✓ completed 1h ago"],
        ["b", when, upcoming, "run 1h ago"],
        ["c", "0 9 * * MON-FRI Asia/Seoul", "paused", "- skipped 1h ago"],
        ["d", when, "done", "✗ no run 1h ago"],
        ["e", when, "due", "none yet"],
    ]
    assert more == ["2 more: ask for them with --limit"]


def test_no_schedules_say_how_to_add_one(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /schedules", {"items": [], "total": 0})

    assert yaa("schedule", "list").out == (
        'no schedules: yaa schedule add "your topic" --cron "0 9 * * MON-FRI"\n'
    )


def test_a_narrow_terminal_cuts_the_times_and_no_id(stage: Stage, yaa: Yaa, monkeypatch) -> None:
    monkeypatch.setattr("yaa.actions.PIPED_CELLS", 80)
    long = MORNING | {"id": "the-longest-id-that-there-can-be", "cron": WORDY, "when": "x" * 90}
    stage.answer("GET /schedules", {"items": [long, MORNING], "total": 2})

    said = yaa("schedule", "list")

    assert max(map(len, said.out.splitlines())) <= 80
    assert "the-longest-id-that-there-can-be" in said.out
    assert "0 9 * *" in said.out
    assert "Mon 2026-11-23 09:00" in said.out


def test_a_schedule_is_shown_with_why_it_made_no_run(stage: Stage, yaa: Yaa) -> None:
    why = "there is no channel 'demo': use one of news, or create it"
    last = LAST | {"outcome": "failed", "run_id": None, "run_status": None, "error": why}
    stage.answer("GET /schedules/morning", MORNING | {"last": last})

    said = yaa("schedule", "show", "morning")

    shown = dict(line.split("  ", 1) for line in said.out.splitlines())
    assert shown["why not"].strip() == why
    assert shown["next run"].strip() == "Mon 2026-11-23 09:00"
    assert shown["missed times"].strip() == "one run makes up for them"
    assert shown["by"].strip() == "jin"
    assert "run" not in shown


def test_a_schedule_is_paused_resumed_and_removed(stage: Stage, yaa: Yaa) -> None:
    stage.answer("POST /schedules/morning/pause", MORNING | {"state": "paused"})
    stage.answer("POST /schedules/morning/resume", MORNING)
    stage.answer("DELETE /schedules/morning", None, 204)

    assert yaa("schedule", "pause", "morning").out.startswith(
        "schedule morning is paused: it makes"
    )
    assert yaa("schedule", "resume", "morning").out == (
        "schedule morning goes on\n  next run: Mon 2026-11-23 09:00 Asia/Seoul\n"
    )
    assert (
        yaa("schedule", "remove", "morning").out == "schedule morning was removed; its runs go on\n"
    )
    assert [route for route, _, _ in stage.asked] == [
        "POST /schedules/morning/pause",
        "POST /schedules/morning/resume",
        "DELETE /schedules/morning",
    ]


@pytest.mark.parametrize("command", ["show", "pause", "resume", "remove"])
def test_what_the_gateway_refuses_is_said_as_it_says_it(
    stage: Stage, yaa: Yaa, command: str
) -> None:
    sentence = "there is no schedule 'nope': yaa schedule list has their ids"
    for route in ("GET /schedules/nope", "DELETE /schedules/nope"):
        stage.refuse(route, 404, sentence)
    for action in ("pause", "resume"):
        stage.refuse(f"POST /schedules/nope/{action}", 404, sentence)

    said = yaa("schedule", command, "nope")

    assert (said.code, said.out, said.err) == (2, "", f"yaa: {sentence}\n")
    assert '"yaa schedule list" has them' in yaa("schedule", command, " ").err
