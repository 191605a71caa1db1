"""Notices in words: what depends on the time, on what is known, and on how much there is."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.notices import (
    KINDS,
    ApprovalNotice,
    Asked,
    Failed,
    FailedNotice,
    FailedStep,
    Notice,
    TrialNotice,
)
from notifier.texts import _OF, Words

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)


def question(left: timedelta = timedelta(hours=3), **changes: object) -> ApprovalNotice:
    data = Asked(
        run_id="r1",
        channel_id="science",
        topic="비는 왜 내릴까",
        step="publish",
        round=1,
        risk="high",
        expires_at=T0 + left,
        on_expiry="reject",
    )
    return ApprovalNotice(timestamp=T0, data=data.model_copy(update=changes))


def failure(*messages: str) -> FailedNotice:
    errors = tuple(FailedStep(step="media", error="Error", message=each) for each in messages)
    data = Failed(run_id="r1", channel_id="science", topic="비", duration_s=1, errors=errors)
    return FailedNotice(timestamp=T0, data=data)


def message(*notices: Notice, language: str = "en", most: int = 10) -> str:
    return Words(language, now=lambda: T0).message(notices, most=most)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=3, hours=1), "is rejected in 3 days unless"),
        (timedelta(hours=47), "is rejected in 47 h unless"),
        (timedelta(minutes=119), "is rejected in 119 min unless"),
        (timedelta(seconds=100), "is rejected in 100 s unless"),
        (timedelta(seconds=-1), "its time is up"),
    ],
)
def test_how_long_there_is_to_answer_is_told_in_the_unit_that_fits(
    left: timedelta, said: str
) -> None:
    assert said in message(question(left))


def test_a_run_that_goes_on_without_an_answer_says_so() -> None:
    assert "runs in 3 h unless somebody says otherwise" in message(question(on_expiry="approve"))
    assert "답이 없으면 3시간 뒤에 그대로 진행돼요" in message(
        question(on_expiry="approve"), language="ko"
    )


def test_a_cost_that_nobody_knows_is_not_told() -> None:
    assert "cost" not in message(question())
    assert "예상 비용 $1.50" in message(question(expected_cost_usd=1.5), language="ko")


def test_a_long_topic_and_a_long_error_are_cut_to_a_line() -> None:
    text = message(question(topic="왜\n" * 100), failure("why " * 200, "and more"))

    question_line, _, _, failure_line, error_line = text.split("\n")
    assert len(question_line) < 130
    assert "…” (science)" in question_line
    assert failure_line == "Failed: “비” (science)"
    assert len(error_line) == 300
    assert error_line.endswith("…")


def test_a_trial_is_a_sentence() -> None:
    assert message(TrialNotice(timestamp=T0)) == "yaa can reach you here: this is a test."
    assert Words("ko").title([TrialNotice(timestamp=T0)]).startswith("[yaa] yaa가")


def test_every_language_says_the_same_of_every_kind() -> None:
    english, korean = _OF["en"], _OF["ko"]

    assert english.keys() == korean.keys()
    assert set(KINDS) < english.keys()
    for name, text in english.items():
        assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == sorted(
            part.split("}")[0] for part in korean[name].split("{")[1:]
        )
