"""What a person sees: columns stand straight, also in Korean, narrow and short windows."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from yaa.board import Board, Row, heard
from yaa.figures import age_of, duration_of, money_of
from yaa.screen import Picture, prose_of, sums

from .story import (
    RUN,
    TOPIC,
    bad_run,
    good_run,
    met,
    requested,
    reviewed_run,
    step_requested,
    written,
)

NOW = datetime(2026, 1, 1, 0, 0, 21, tzinfo=UTC)


def shown(board: Board, *, width: int = 100, height: int = 30, live: bool = True) -> list[str]:
    text = StringIO()
    console = Console(width=width, height=height, file=text, highlight=False)
    console.print(Picture(board, NOW, live=live))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def board_after(number: int) -> Board:
    board = Board(RUN)
    for event in good_run()[:number]:
        board = heard(board, event)
    return board


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    lines = shown(board_after(11), width=width)

    assert max(cell_len(line) for line in lines) <= width
    assert len(lines) == len(shown(board_after(11), width=200)), "and none is wrapped"


def test_the_render_has_a_bar_its_share_and_what_it_does() -> None:
    (edit,) = [line for line in shown(board_after(11)) if "edit" in line]

    assert "━━━━" in edit
    assert "75% scene 3 of 4" in edit


def test_what_a_person_can_do_stands_below_the_steps() -> None:
    board = Board(RUN)
    for event in reviewed_run()[:8]:
        board = heard(board, event)

    lines = shown(board, width=80)

    assert f"  edit waits for your approval: yaa approve {RUN}" in lines
    assert any("? " in line and "waits for a person" in line for line in lines)


def test_a_paused_run_is_called_that() -> None:
    board = Board(RUN)
    for event in reviewed_run()[:4]:
        board = heard(board, event)

    assert shown(board)[-1].startswith("  paused · ")


@pytest.mark.parametrize("width", [60, 100])
def test_trouble_with_a_provider_is_one_line_that_fits(width: int) -> None:
    board = Board(RUN)
    message = "anthropic is overloaded (529), openai:gpt-5.4-mini is asked instead"
    for event in (requested(), step_requested("script", 4), met("script", 5, message)):
        board = heard(board, event)

    (line,) = [line for line in shown(board, width=width) if line.startswith("  script: ")]

    assert line.startswith("  script: anthropic is overloaded (529)")
    assert cell_len(line) <= width


def test_the_last_words_of_the_model_are_shown_and_fit() -> None:
    prose = (
        '{"title": "조수의 비밀", "hook": "' + "바닷물은 왜 " * 30 + '하루에 두 번 들어올까요?"}'
    )
    board = Board(RUN)
    for event in (requested(), step_requested("script", 4), written("script", 5, prose)):
        board = heard(board, event)

    (tail,) = [line for line in shown(board, width=80) if line.startswith("  script: ")]

    assert tail.endswith("하루에 두 번 들어올까요?")
    assert "{" not in tail
    assert 70 < cell_len(tail) <= 80


@pytest.mark.parametrize(
    ("tail", "prose"),
    [
        ('{"title": "조수", "hook": "왜?", "sce', "조수 왜?"),
        ('끝.", "scenes": [{"narration": "둘, 셋', "끝. 둘, 셋"),
        ('a", "sources": [2], "text": "b\\nc \\"d\\""}', "a 2 b c d"),
        ("no JSON, but text", "no JSON, but text"),
    ],
)
def test_an_answer_in_json_is_shown_as_the_prose_in_it(tail: str, prose: str) -> None:
    assert prose_of(tail) == prose


def test_an_attempt_after_the_first_is_told_with_why_the_first_failed() -> None:
    board = Board(RUN)
    for event in bad_run()[:5]:
        board = heard(board, event)
    (script, why) = [line for line in shown(board) if "script" in line]
    board = heard(board, bad_run()[5])
    (again,) = [line for line in shown(board) if "script" in line]

    assert script.startswith("  ↻  script")
    assert script.endswith("will be tried again")
    assert why == "  script: the model refused the picture of scene 2"
    assert "writer try 2" in again


def test_a_long_pipeline_shows_what_runs_and_counts_the_rest() -> None:
    rows = {f"step{n}": Row(f"step{n}", "agent") for n in range(100)}
    rows["step42"] = Row("step42", "agent", "running", 1, NOW)
    board = Board(RUN, topic=TOPIC, rows=rows)

    lines = shown(board, height=24)

    assert any("step42" in line for line in lines)
    assert any("… 88 more" in line for line in lines)
    assert len(lines) <= 24
    assert len(shown(board, height=24, live=False)) > 100


@pytest.mark.parametrize(
    ("calls", "usd", "said"),
    [
        (0, 0.0, ""),
        (5, 0.0123, " · saved $0.0123 (5 calls)"),
        (1, None, " · saved 1 call"),
        (2, 0.0, " · saved 2 calls"),
    ],
)
def test_what_was_not_paid_again_is_told_apart(calls: int, usd: float | None, said: str) -> None:
    board = Board(RUN, status="completed", cost_usd=0.5, saved_calls=calls, money_saved_usd=usd)

    assert sums(board, NOW).plain == f"  completed · $0.5000{said}"


def test_markup_in_a_topic_is_text() -> None:
    board = Board(RUN, topic="[bold]a[/bold] [/red]")

    assert "[bold]a[/bold] [/red]" in shown(board)[0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.04, "0.0s"),
        (59.99, "59.9s"),
        (60, "1m00s"),
        (125.9, "2m05s"),
        (3720, "1h02m"),
    ],
)
def test_time_is_told_in_the_unit_that_fits(seconds: float | None, text: str) -> None:
    assert duration_of(seconds) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, ""),
        (0, "$0.0000"),
        (0.00001, "<$0.0001"),
        (0.0123, "$0.0123"),
        (1234.5, "$1,234.5000"),
    ],
)
def test_money_is_never_rounded_to_nothing(usd: float | None, text: str) -> None:
    assert money_of(usd) == text


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime(2026, 1, 1, 0, 0, 20, tzinfo=UTC), "just now"),
        (datetime(2026, 1, 1, 0, 1, tzinfo=UTC), "just now"),
        (datetime(2025, 12, 31, 23, 58, tzinfo=UTC), "2m ago"),
        (datetime(2025, 12, 31, 21, 0, tzinfo=UTC), "3h ago"),
        (datetime(2025, 12, 1, tzinfo=UTC), "31d ago"),
    ],
)
def test_age_is_told_in_one_unit(then: datetime, text: str) -> None:
    assert age_of(then, NOW) == text
