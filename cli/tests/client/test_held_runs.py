"""Runs that people hold up, ask for and repeat: how lists and pages tell it."""

from .conftest import Stage, Yaa
from .story import PIPELINE, RUN, bad_run, completed_detail, detail, failed_detail, step


def test_a_run_that_is_held_up_is_listed_as_such(stage: Stage, yaa: Yaa) -> None:
    items = [detail(paused=True), detail(waiting_for_approval=True)]
    stage.answer("GET /pipeline/runs", {"items": items, "next_cursor": None})

    said = yaa("runs")

    assert "‖ paused" in said.out
    assert "? asks" in said.out


def test_a_step_that_was_never_tried_has_no_number_of_attempts(stage: Stage, yaa: Yaa) -> None:
    error = {"step": "edit", "agent": "media", "attempt": 0, "error": "ApprovalRejected"}
    errors = [error | {"message": "ann rejected step 'edit'", "retryable": False}]
    stage.details = [failed_detail(errors=errors)]
    stage.events = bad_run()

    said = yaa("watch", RUN)

    assert "edit (media): ann rejected step 'edit'" in said.out
    assert f"go on       yaa retry {RUN}" in said.out


def test_a_run_is_shown_with_who_asked_for_it_and_what_it_repeats(stage: Stage, yaa: Yaa) -> None:
    asked = {"step": "edit", "expires_at": "2026-01-02T00:00:00Z", "on_expiry": "reject"}
    stage.details = [
        completed_detail(
            requested_by="jun",
            priority="high",
            deadline_at="2026-01-01T02:00:00Z",
            steps=[step(PIPELINE.steps[0], status="completed", reused=True)],
            parent={"run_id": "old", "from_step": "script", "kind": "retry"},
            children=[{"run_id": "new", "from_step": "edit", "kind": "rerun", "status": "failed"}],
            approvals=[
                asked | {"round": 1, "status": "revised", "decided_by": "ann", "comment": "a\nb"},
                asked | {"round": 2, "status": "expired", "decided_by": "policy"},
            ],
        )
    ]

    said = yaa("show", RUN)

    for piece in (
        "asked by    jun",
        "priority    high",
        "deadline    2026-01-01",
        "approval    edit: sent back by ann: a b",
        "approval    edit: expired by policy",
        "repeats     old from script (retry)",
        "rerun as    new from edit: failed",
        "taken over",
    ):
        assert piece in said.out, piece
