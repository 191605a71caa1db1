"""`yaa approvals`, `approve`, `reject` and `revise`: what is shown is what is decided on."""

from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from yaa.approval_page import show_queue
from yaa.approval_views import ApprovalPage

from .conftest import Said, Stage, Yaa
from .story import RUN, TOPIC, detail, result

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ITEM = {
    "run_id": RUN,
    "topic": TOPIC,
    "channel_id": "demo",
    "pipeline": "video",
    "requested_by": "jun",
    "simulated": True,
    "step": "publish",
    "round": 2,
    "risk": "high",
    "status": "waiting",
    "requested_at": "2026-01-01T00:00:41Z",
    "expires_at": "2999-01-01T00:00:00Z",
    "on_expiry": "reject",
    "digest": DIGEST,
    "dry_run": False,
    "expected_cost_usd": 0.0015,
    "revise": "script",
}
FIRST = {"step": "publish", "round": 1, "status": "revised", "decided_by": "ann", "comment": "?"}
VIEW = ITEM | {
    "agent": "publisher",
    "task": "publish",
    "cost_usd": 0.0369,
    "shown": {
        "seo": {"kind": "Seo", "files": []},
        "edit": {
            "kind": "Video",
            "files": [
                {"name": "video.mp4", "url": result()["video_url"]},
                {"name": "cover.png", "url": result()["thumbnail_url"]},
            ],
        },
    },
    "result": result(),
    "rounds": [ITEM | FIRST | {"comment": "the title is too long"}, ITEM],
}
FIRST_ROUND = ITEM | FIRST
SECOND_ROUND = ITEM | {"status": "approved", "decided_by": "ann"}
DECIDE = f"POST /approvals/{RUN}/publish/decision"


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "minji")


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """A run that asks for the approval of one step."""
    stage.answer(f"GET /approvals/{RUN}", {"items": [ITEM], "next_cursor": None})
    stage.answer(f"GET /approvals/{RUN}/publish", VIEW)
    return stage


def answered(stage: Stage, status: str) -> None:
    stage.answer(DECIDE, {"run_id": RUN, "step": "publish", "round": 2, "status": status}, 202)


def sent(stage: Stage) -> list[Any]:
    return [body for route, _, body in stage.asked if route == DECIDE]


def typing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))


def test_the_queue_is_a_table(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /approvals", {"items": [ITEM, ITEM | {"round": 1}], "next_cursor": "x"})

    said = yaa("approvals", "--channel", "demo")

    assert said.code == 0
    (first, second) = [line for line in said.out.splitlines() if RUN in line]
    assert "publish (2)" in first
    assert "$0.0015" in first
    assert "simulated" in first
    assert DIGEST[:12] in first
    assert " publish  " in second
    assert "yaa approve RUN" in said.out
    assert "--limit" in said.out


def test_an_empty_queue_says_so(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /approvals", {"items": [], "next_cursor": None})

    assert yaa("approvals").out == "nothing waits for a person\n"


def test_the_history_is_asked_for_by_how_questions_ended(stage: Stage, yaa: Yaa) -> None:
    stage.answer("GET /approvals", {"items": [ITEM | {"status": "revised"}], "next_cursor": None})

    said = yaa("approvals", "--status", "revised")

    assert RUN in said.out
    assert stage.queries[-1]["status"] == "revised"
    assert "yaa approve RUN" not in said.out
    assert yaa("approvals", "--status", "forgotten").code != 0


def test_in_a_narrow_window_the_id_of_the_run_is_whole() -> None:
    text = StringIO()
    page = ApprovalPage.model_validate({"items": [ITEM]})

    show_queue(page, Console(file=text, width=80))

    (_, line, _) = text.getvalue().splitlines()
    assert RUN in line
    assert cell_len(line.rstrip()) <= 80


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("approve",), "approved", "was approved"),
        (("reject", "--comment", "off topic"), "rejected", "was rejected: the run fails"),
        (("revise", "--comment", "shorter"), "revised", "was sent back: script runs again"),
    ],
)
def test_what_was_shown_is_what_is_decided_on(
    asked: Stage, yaa: Yaa, arguments: tuple[str, ...], status: str, says: str
) -> None:
    answered(asked, status)
    command, *rest = arguments

    said = yaa(command, RUN, *rest, "--yes")

    assert said.code == 0
    assert f"publish of run {RUN} {says}" in said.out
    comment = rest[1] if rest else ""
    decision = {"decision": command, "comment": comment, "decided_by": "minji"}
    assert sent(asked) == [{"digest": DIGEST, **decision}]


def test_all_that_is_decided_on_is_shown_first(asked: Stage, yaa: Yaa) -> None:
    answered(asked, "approved")

    said = yaa("approve", RUN, "--yes")

    for piece in (
        TOPIC,
        "simulated",
        "publish by agent publisher",
        "조수 간만의 진짜 이유",
        f"{asked.url}{result()['video_url']}  31.2s",
        f"thumbnail   {asked.url}{result()['thumbnail_url']}",
        "달과 지구가 함께 만드는 물의 언덕.",
        "$0.0369 so far, $0.0015 expected for this step",
        "asked by    jun",
        "then it counts as rejected",
        "round 1     sent back by ann: the title is too long",
        DIGEST[:12],
    ):
        assert piece in said.out, piece


def test_a_person_is_asked_before_anything_is_decided(
    asked: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(asked, "approved")

    typing(monkeypatch, "n\n")
    no = yaa("approve", RUN)
    typing(monkeypatch, "\n")
    unsaid = yaa("approve", RUN)
    typing(monkeypatch, "y\n")
    yes = yaa("approve", RUN)

    assert (no.code, unsaid.code, yes.code) == (1, 1, 0)
    assert no.err.endswith("yaa: nothing was decided\n")
    assert "Approve it? [y/N]" in yes.out
    assert len(sent(asked)) == 1


def test_where_nobody_can_answer_nothing_is_decided(
    asked: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "")

    said = yaa("approve", RUN)

    assert said.code == 2
    assert "nobody answered, so nothing was decided: add --yes" in said.err
    assert sent(asked) == []


def refused(said: Said) -> str:
    assert said.code == 2
    return said.err.removeprefix("yaa: ").rstrip()


def test_a_run_that_asks_nothing_is_told(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"GET /approvals/{RUN}", {"items": []})
    stage.details = [detail(), detail(approvals=[FIRST_ROUND, SECOND_ROUND])]

    assert refused(yaa("approve", RUN, "--yes")) == (
        f"run {RUN} asks for nothing right now: yaa show {RUN} tells where it stands"
    )
    assert refused(yaa("approve", RUN, "--yes")) == (
        f"run {RUN} asks for nothing right now (publish was approved by ann): "
        f"yaa show {RUN} tells where it stands"
    )


def test_of_several_questions_one_has_to_be_named(asked: Stage, yaa: Yaa) -> None:
    answered(asked, "approved")
    two = {"items": [ITEM, ITEM | {"step": "notify"}]}
    asked.answer(f"GET /approvals/{RUN}", two)

    unsaid, named = yaa("approve", RUN, "-y"), yaa("approve", RUN, "-y", "--step", "publish")

    assert refused(unsaid) == f"run {RUN} asks for publish, notify: say which with --step"
    assert named.code == 0


def test_a_refusal_is_the_sentence_of_the_gateway(asked: Stage, yaa: Yaa) -> None:
    asked.refuse(DECIDE, 409, "the approval of 'publish' was approved by ann at noon")

    assert refused(yaa("approve", RUN, "-y")) == (
        "the approval of 'publish' was approved by ann at noon"
    )


def test_a_revision_needs_a_comment(stage: Stage, yaa: Yaa) -> None:
    assert yaa("revise", RUN).code == 2
    assert stage.asked == []
