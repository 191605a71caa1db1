"""The commands that change how a run goes on: what they send and say."""

import re
from pathlib import Path

import pytest

from .conftest import Stage, Yaa
from .story import RUN, completed_detail, good_run

ACCEPTED = {"run_id": RUN, "status": "running"}


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "minji")


def test_a_run_is_cancelled_with_a_reason(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/cancel", ACCEPTED, 202)

    said = yaa("cancel", RUN, "--reason", "wrong topic")

    assert (said.code, said.out) == (0, f"run {RUN} is being cancelled\n")
    assert stage.asked[0][2] == {"reason": "wrong topic", "requested_by": "minji"}


def test_a_run_that_was_cancelled_before_is_no_error(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/cancel", ACCEPTED | {"status": "cancelled"}, 202)

    said = yaa("cancel", RUN)

    assert (said.code, said.out) == (0, f"run {RUN} was cancelled already\n")


def test_a_run_is_paused_and_the_way_on_is_told(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/pause", ACCEPTED, 202)

    said = yaa("pause", RUN, "--reason", "prices")

    assert said.code == 0
    assert f"run {RUN} is paused" in said.out
    assert f"yaa resume {RUN}" in said.out
    assert stage.asked[0][2] == {"reason": "prices", "requested_by": "minji"}


def test_a_paused_run_goes_on(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/resume", ACCEPTED | {"status": "of tomorrow"}, 202)

    said = yaa("resume", RUN)

    assert (said.code, said.out) == (0, f"run {RUN} goes on\n")
    assert stage.asked[0][2] == {"requested_by": "minji"}


CHILD = "0197f0c2-0000-7000-8000-000000000001"
REPEATED = {"run_id": CHILD, "status": "pending", "parent_run_id": RUN}


def test_a_retry_prints_the_id_of_the_new_run_for_a_script(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/retry", REPEATED, 202)

    said = yaa("retry", RUN)

    assert (said.code, said.out) == (0, f"{CHILD}\n")
    assert stage.asked[0][2] == {"fresh": False, "deadline_s": None, "requested_by": "minji"}


def test_a_retry_can_be_watched(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/retry", REPEATED | {"run_id": RUN}, 202)
    stage.events = good_run()
    stage.details = [completed_detail()]

    said = yaa("retry", RUN, "--fresh", "--deadline", "2h", "--follow")

    assert said.code == 0
    assert "completed · 41.0s" in said.out
    assert stage.asked[0][2] == {"fresh": True, "deadline_s": 7200, "requested_by": "minji"}


def test_a_person_is_told_how_a_retry_of_before_stands(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stage.answer(f"POST /pipeline/runs/{RUN}/retry", REPEATED | {"status": "failed"}, 202)

    said = re.sub(r"\x1b\[[\d;]*m", "", yaa("retry", RUN).out)

    assert f"run {RUN} was retried before: run {CHILD} is failed" in said
    assert f"yaa show {CHILD}" in said


def test_a_rerun_sends_what_is_edited(stage: Stage, yaa: Yaa, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    new.write_text('{"title": "old", "hook": "왜?"}', "utf-8")
    stage.answer(f"POST /pipeline/runs/{RUN}/rerun", REPEATED, 202)

    edits = ("--edit", "script.title=새 제목", "--edit", "brief.dry_run=true")
    said = yaa("rerun", RUN, "--from", "media", *edits, "--edit-file", f"script={new}")

    assert (said.code, said.out) == (0, f"{CHILD}\n")
    assert stage.asked[0][2] == {
        "from_step": "media",
        "edits": {"script": {"title": "새 제목", "hook": "왜?"}, "brief": {"dry_run": True}},
        "fresh": False,
        "deadline_s": None,
        "requested_by": "minji",
    }


def test_a_rerun_needs_to_know_from_where(stage: Stage, yaa: Yaa) -> None:
    assert yaa("rerun", RUN).code == 2
    assert stage.asked == []


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--edit", "script", "'script' is no edit: write it like script.title="),
        ("--edit", "script=x", "'script=x' is no edit"),
        ("--edit", ".title=x", "'.title=x' is no edit"),
        ("--edit-file", "new.json", "'new.json' names no step and file"),
        ("--edit-file", "script=no.json", "the file 'no.json' cannot be read as JSON"),
        ("--edit-file", "script=list.json", "the file 'list.json' holds no JSON object"),
        ("--edit-file", "script=broken.json", "the file 'broken.json' cannot be read as JSON"),
    ],
)
def test_an_edit_that_is_none_is_named(  # noqa: PLR0913, PLR0917 -- what is tried
    stage: Stage, yaa: Yaa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str,
    value: str, says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "broken.json").write_text("{")

    said = yaa("rerun", RUN, "--from", "media", option, value)

    assert said.code == 2
    assert says in said.err
    assert stage.asked == []
