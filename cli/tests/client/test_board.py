"""What a watcher knows: events and figures may repeat, overtake each other or come late."""

from datetime import UTC, datetime

import pytest

from contracts.live import StepStarted
from yaa.board import Board, Row, heard, told
from yaa.views import RunDetail

from .story import (
    PIPELINE,
    RUN,
    Logged,
    asked,
    bad_run,
    called,
    cancelled_detail,
    cancelled_run,
    completed_detail,
    detail,
    failed_detail,
    good_run,
    met,
    progressed,
    requested,
    reviewed_run,
    step,
    step_completed,
    step_failed,
    step_requested,
    written,
)


def after(*events: Logged) -> Board:
    board = Board(RUN)
    for event in events:
        board = heard(board, event)
    return board


def test_a_requested_run_shows_every_step_in_the_order_of_the_pipeline() -> None:
    board = after(requested())

    assert list(board.rows) == [spec.step for spec in PIPELINE.steps]
    assert {row.status for row in board.rows.values()} == {"waiting"}
    assert board.status == "pending"


@pytest.mark.parametrize(
    "story",
    [good_run(), bad_run(), cancelled_run(), reviewed_run()],
    ids=["good", "bad", "cancelled", "reviewed"],
)
def test_hearing_every_event_of_the_log_twice_changes_nothing(story: tuple[Logged, ...]) -> None:
    logged = [event for event in story if not event.type.startswith("live.")]

    assert after(*logged, *logged) == after(*logged)


def edit_of(board: Board) -> tuple[str, str]:
    return board.rows["script"].status, board.rows["edit"].status


def test_a_step_waits_for_a_person_until_somebody_decides() -> None:
    told_so_far = [edit_of(after(*reviewed_run()[:number])) for number in (8, 9, 10, 12, 13, 14)]

    assert told_so_far == [
        ("completed", "awaiting_approval"),
        ("completed", "waiting"),
        ("running", "waiting"),
        ("completed", "awaiting_approval"),
        ("completed", "waiting"),
        ("completed", "running"),
    ]


def test_what_is_only_put_on_record_waits_for_nobody() -> None:
    board = after(requested(), asked("edit", 1, risk="medium"))

    assert board.rows["edit"].status == "waiting"


def test_what_was_sent_back_waits_again_as_the_detail_says() -> None:
    again = step(PIPELINE.steps[1], status="waiting", attempt=1)
    steps = [step(PIPELINE.steps[0]), again, step(PIPELINE.steps[2], status="awaiting_approval")]
    board = told(after(*reviewed_run()[:9]), RunDetail.model_validate(detail(steps=steps)))

    assert edit_of(board) == ("waiting", "awaiting_approval")
    later = [*steps[:2], step(PIPELINE.steps[2])]
    assert edit_of(told(board, RunDetail.model_validate(detail(steps=later))))[1] == "waiting"


def test_what_was_taken_over_is_done_from_the_beginning() -> None:
    repeats = requested().model_copy(update={"reused": {"research": requested().brief}})
    board = after(repeats)
    steps = [step(PIPELINE.steps[0], status="completed", reused=True)]

    assert [row.status for row in board.rows.values()] == ["completed", "waiting", "waiting"]
    assert board.rows["research"].note == "taken over"
    shown = told(Board(RUN), RunDetail.model_validate(detail(steps=steps)))
    assert shown.rows["research"].note == "taken over"


def test_a_paused_run_is_known_until_it_goes_on() -> None:
    paused, on = after(*reviewed_run()[:4]), after(*reviewed_run()[:5])

    assert (paused.paused, on.paused) == (True, False)
    assert told(on, RunDetail.model_validate(detail(paused=True))).paused


def test_a_simulated_run_is_labelled_from_its_first_step_on() -> None:
    started = StepStarted(
        run_id=RUN,
        step="research",
        attempt=1,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        agent="researcher",
        simulated=True,
    )

    assert not after(requested()).simulated
    assert after(requested(), started).simulated


def test_a_completed_run_has_its_end_and_no_text_left() -> None:
    board = after(*good_run())

    assert (board.status, board.ended_at) == (
        "completed",
        datetime(2026, 1, 1, 0, 0, 41, tzinfo=UTC),
    )
    assert {row.status for row in board.rows.values()} == {"completed"}
    assert {row.tail for row in board.rows.values()} == {""}


def test_a_cancelled_run_leaves_nobody_at_work() -> None:
    heard_of = after(*cancelled_run())
    read_of = told(after(*cancelled_run()[:4]), RunDetail.model_validate(cancelled_detail()))

    for board in (heard_of, read_of):
        assert board.status == "cancelled"
        assert board.has_ended
        statuses = [row.status for row in board.rows.values()]
        assert statuses == ["completed", "cancelled", "cancelled"]
        assert {row.tail for row in board.rows.values()} == {""}


def test_a_failed_attempt_may_be_tried_again_until_the_run_has_failed() -> None:
    trying = after(*bad_run()[:5])
    given_up = after(*bad_run())

    assert trying.rows["script"].retries
    assert trying.rows["script"].error == "the model refused the picture of scene 2"
    assert not given_up.rows["script"].retries


def test_a_new_attempt_starts_from_nothing_but_what_was_spent() -> None:
    first = (
        requested(),
        step_requested("research", 0),
        called("research", 3, 100),
        step_failed("research", 4),
    )

    row = after(*first, step_requested("research", 6, 2)).rows["research"]

    assert (row.status, row.attempt, row.tokens) == ("running", 2, 100)
    assert (row.error, row.duration_s, row.fraction) == ("", None, None)


def test_an_overtaken_attempt_is_not_listened_to() -> None:
    second = after(requested(), step_requested("edit", 0, 2))

    for late in (step_completed("edit", 9), progressed("edit", 9, 0.5), written("edit", 9, "x")):
        assert heard(second, late) == second


def test_a_live_event_may_come_before_the_request_it_belongs_to() -> None:
    board = after(requested(), progressed("edit", 9, 0.5), step_requested("edit", 9))

    assert board.rows["edit"].status == "running"
    assert board.rows["edit"].fraction == 0.5


def test_only_calls_that_were_paid_now_count_as_tokens() -> None:
    board = after(
        requested(),
        step_requested("research", 0),
        called("research", 3, 100),
        called("research", 3, 70, saved=True),
    )

    assert board.rows["research"].tokens == 100
    assert (board.tokens, board.saved_calls) == (100, 1)
    known = told(board, RunDetail.model_validate(detail(saved_calls=3, money_saved_usd=0.5)))
    assert (known.saved_calls, known.money_saved_usd) == (3, 0.5)


def test_text_is_kept_short_and_cannot_steer_the_terminal() -> None:
    board = after(
        requested(),
        step_requested("script", 0),
        *(written("script", 1, "가" * 300) for _ in range(3)),
        written("script", 1, "\x1b[2J끝"),
    )

    tail = board.rows["script"].tail
    assert len(tail) == 400
    assert "\x1b" not in tail


def test_trouble_is_shown_until_the_model_answers() -> None:
    troubled = after(
        requested(),
        step_requested("script", 0),
        written("script", 1, "바닷"),
        met("script", 2, "anthropic is overloaded (529), asked again in 2 s\x1b[2J"),
    )

    said = troubled.rows["script"].trouble
    assert said.startswith("anthropic is overloaded (529), asked again in 2 s")
    assert "\x1b" not in said
    for news in (
        written("script", 3, "물"),
        called("script", 3, 9),
        step_completed("script", 3),
        step_failed("script", 3),
        step_requested("script", 4, 2),
    ):
        assert heard(troubled, news).rows["script"].trouble == ""


def test_the_detail_brings_cost_and_cannot_take_progress_back() -> None:
    events = after(*good_run())

    board = told(events, RunDetail.model_validate(detail(cost_usd=0.5, unpriced_calls=1)))

    assert board.status == "completed"
    assert {row.status for row in board.rows.values()} == {"completed"}
    assert (board.cost_usd, board.unpriced_calls) == (0.5, 1)


def test_the_detail_alone_tells_a_run_whose_events_cannot_be_read() -> None:
    board = told(Board(RUN), RunDetail.model_validate(completed_detail()))

    assert board.status == "completed"
    assert board.rows["edit"].duration_s == 4.2
    assert board.simulated


def test_a_detail_of_a_newer_attempt_wins_over_older_events() -> None:
    failed = after(*bad_run()[:5])
    steps = [step(spec) for spec in PIPELINE.steps]
    steps[1] |= {"status": "running", "attempt": 2, "requested_at": "2026-01-01T00:00:06Z"}

    row = told(failed, RunDetail.model_validate(detail(steps=steps))).rows["script"]

    assert (row.status, row.attempt, row.duration_s) == ("running", 2, None)


def test_the_detail_says_why_an_attempt_failed_and_whether_another_comes() -> None:
    error = failed_detail()["errors"][0]
    steps = [step(spec) for spec in PIPELINE.steps]
    steps[1] |= {"status": "failed", "attempt": 1}

    def row(**changes: object) -> Row:
        told_now = detail(steps=steps, errors=[error]) | changes
        return told(Board(RUN), RunDetail.model_validate(told_now)).rows["script"]

    assert row().error == "the model refused the picture of scene 2"
    assert row().retries
    assert not row(status="failed").retries


def test_a_step_for_each_item_tells_how_far_it_is() -> None:
    counts = {"count": 8, "completed": 2, "failed": 1, "running": 3}
    board = _told_of(edit={"status": "running", "instances": counts})

    assert (board.rows["edit"].fraction, board.rows["edit"].note) == (0.25, "2 of 8, 1 failed")


def test_a_skipped_step_says_why_and_one_in_question_waits_for_a_person() -> None:
    board = _told_of(
        script={"status": "skipped", "skip_reason": "nobody wants it"},
        edit={"status": "awaiting_approval"},
    )

    assert (board.rows["script"].status, board.rows["script"].note) == (
        "skipped",
        "nobody wants it",
    )
    assert board.rows["edit"].status == "awaiting_approval"


def _told_of(**changes: dict[str, object]) -> Board:
    steps = [step(spec, **changes.get(spec.step, {})) for spec in PIPELINE.steps]
    return told(Board(RUN), RunDetail.model_validate(detail(steps=steps)))
