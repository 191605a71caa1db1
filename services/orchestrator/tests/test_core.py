"""The run's rules, as given events, a moment, and the expected outputs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    RUN_ENDS,
    CancelRequested,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    StepRequested,
)
from orchestrator.core import decide, evolve, fold
from orchestrator.outputs import Output, Wake
from orchestrator.state import Run
from orchestrator.testing import (
    RUN_ID,
    T0,
    completed,
    failed,
    ref,
    requested,
    run_of,
    spec,
)

LATER = T0 + timedelta(hours=1)
TWICE = {"retry": {"max_attempts": 2, "non_retryable": ["BadInput"]}}

VIDEO = (
    spec("script", **TWICE),
    spec("seo", "script", **TWICE),
    spec("media", "script", **TWICE),
    spec("edit", "seo", "media", **TWICE),
)

started = run_of(*VIDEO)
ended = RunCompleted(run_id=RUN_ID, at=T0, outputs={})
cancel = CancelRequested(run_id=RUN_ID, at=T0, reason="wrong topic")
ENDS = (
    ended,
    RunFailed(run_id=RUN_ID, at=T0, errors=()),
    RunCancelled(run_id=RUN_ID, at=T0, reason="wrong topic"),
)


def done(*steps: str) -> list[RunEvent]:
    return [event for step in steps for event in (requested(step), completed(step))]


def keys(outputs: Sequence[Output]) -> list[str]:
    return [key_of(output) for output in outputs]


def key_of(output: Output) -> str:
    match output:
        case Wake():
            return f"wake {output.name} after {output.n}"
        case StepRequested():
            return f"{output.step} {output.attempt}"
        case _:
            assert isinstance(output, RUN_ENDS)
            return output.type


def test_a_new_run_requests_the_steps_that_need_nothing() -> None:
    (command,) = decide(fold([started]), T0)

    assert command == requested("script").model_copy(update={"inputs": {"brief": ref("brief")}})


def test_an_outcome_of_an_agent_that_was_not_asked_changes_nothing() -> None:
    asked = fold([started, requested("script")])
    stranger = {"agent": "media"}

    assert evolve(asked, completed("script").model_copy(update=stranger)) == asked
    assert evolve(asked, failed("script").model_copy(update=stranger)) == asked


@pytest.mark.parametrize(
    ("history", "at", "expected"),
    [
        ([], T0, []),
        ([started, requested("script")], T0, []),
        ([started, *done("script")], T0, ["seo 1", "media 1"]),
        ([started, *done("script"), requested("seo")], T0, ["media 1"]),
        ([started, *done("script", "seo"), requested("media")], T0, []),
        ([started, *done("script", "seo", "media")], T0, ["edit 1"]),
        ([started, *done("script", "seo", "media", "edit")], T0, ["run.completed"]),
        ([started, requested("script"), failed("script")], T0, ["wake script after 1"]),
        ([started, requested("script"), failed("script")], LATER, ["script 2"]),
        ([started, requested("script"), failed("script", retryable=False)], T0, ["run.failed"]),
        ([started, requested("script"), failed("script"), requested("script", 2),
          failed("script", 2)], T0,
         ["run.failed"]),
        ([started, requested("script"), failed("script", error="BadInput")], T0, ["run.failed"]),
        ([started, *done("script"), requested("seo"), requested("media"),
          failed("seo", retryable=False)], T0, ["run.failed"]),
        ([started, *done("script", "seo", "media", "edit"), ended], T0, []),
        ([started, requested("script"), failed("script", retryable=False),
          RunFailed(run_id="r1", at=T0, errors=())], LATER, []),
        ([started, cancel], T0, ["run.cancelled"]),
        ([started, requested("script"), cancel], T0, ["run.cancelled"]),
        ([started, requested("script"), failed("script"), cancel], LATER, ["run.cancelled"]),
        ([started, *done("script"), cancel], T0, ["run.cancelled"]),
        ([started, *done("script", "seo", "media", "edit"), cancel], T0, ["run.cancelled"]),
        ([started, requested("script"), failed("script", retryable=False), cancel], T0,
         ["run.cancelled"]),
        ([started, requested("script"), cancel, ENDS[2], completed("script")], LATER, []),
        ([started, *done("script", "seo", "media", "edit"), ended, cancel], T0, []),
        ([cancel], T0, []),
    ],
    ids=[
        "an_unknown_run_is_silent",
        "waits_for_a_step_in_flight",
        "requests_parallel_steps_together",
        "repairs_a_half_sent_decision",
        "a_join_waits_for_all",
        "a_join_goes_on_when_all_are_there",
        "completes_when_every_step_is_done",
        "waits_before_it_tries_again",
        "tries_again_when_the_wait_is_over",
        "fails_on_a_rejection",
        "fails_when_attempts_are_spent",
        "fails_at_once_on_an_error_that_is_named_as_final",
        "fails_while_another_step_still_works",
        "a_completed_run_is_silent",
        "a_failed_run_is_silent",
        "cancels_before_the_first_step",
        "cancels_while_a_step_works",
        "cancels_instead_of_trying_again",
        "cancels_instead_of_going_on",
        "cancels_instead_of_completing",
        "cancels_instead_of_failing",
        "a_cancelled_run_is_silent",
        "a_cancel_after_the_end_is_too_late",
        "a_cancel_of_nothing_is_silent",
    ],
)  # fmt: skip
def test_decide(history: list[RunEvent], at: datetime, expected: list[str]) -> None:
    assert keys(decide(fold(history), at)) == expected


def test_a_step_is_given_the_brief_and_what_it_needs() -> None:
    (edit,) = decide(fold([started, *done("script", "seo", "media")]), T0)

    assert isinstance(edit, StepRequested)
    assert edit.inputs == {"brief": ref("brief"), "seo": ref("seo.1"), "media": ref("media.1")}


def test_a_failed_run_tells_every_error() -> None:
    events = [failed("seo", retryable=False), failed("media", retryable=False)]
    history = [started, *done("script"), requested("seo"), requested("media"), *events]

    (end,) = decide(fold(history), T0)

    assert isinstance(end, RunFailed)
    assert [error.step for error in end.errors] == ["seo", "media"]


def test_a_completed_run_lists_what_its_steps_made() -> None:
    (end,) = decide(fold([started, *done("script", "seo", "media", "edit")]), T0)

    assert isinstance(end, RunCompleted)
    assert list(end.outputs) == ["script", "seo", "media", "edit"]


def test_a_cancelled_run_says_why_it_was() -> None:
    again = cancel.model_copy(update={"reason": "another"})

    (end,) = decide(fold([started, cancel, again]), T0)

    assert isinstance(end, RunCancelled)
    assert end.reason == "wrong topic"


@pytest.mark.parametrize("second", ENDS, ids=lambda e: e.type)
@pytest.mark.parametrize("first", ENDS, ids=lambda e: e.type)
def test_the_first_end_of_a_run_stands(first: RunEvent, second: RunEvent) -> None:
    once = fold([started, first])

    assert evolve(once, second) == once
    assert once.status == first.type.removeprefix("run.")


@pytest.mark.parametrize(
    "event", [requested("script"), completed("script"), failed("script")], ids=lambda e: e.type
)
def test_a_repeated_event_changes_nothing(event: RunEvent) -> None:
    once = evolve(fold([started, requested("script")]), event)

    assert evolve(once, event) == once
    assert evolve(once, started) == once


def test_the_first_outcome_of_an_attempt_stands() -> None:
    run = fold([started, requested("script"), failed("script")])

    assert evolve(run, completed("script")) == run


def test_the_answer_of_an_overtaken_attempt_is_ignored() -> None:
    run = fold([started, requested("script"), failed("script"), requested("script", 2)])

    assert evolve(run, completed("script")) == run


def test_news_of_a_step_that_the_pipeline_has_not_is_ignored() -> None:
    run = fold([started])

    assert evolve(run, completed("script").model_copy(update={"step": "ghost"})) == run
    assert evolve(Run(), completed("script")) == Run()


@given(st.permutations([started, requested("script"), completed("script"), cancel]))
def test_a_cancel_is_seen_whatever_it_comes_after(history: list[RunEvent]) -> None:
    outputs = decide(fold(history), T0)

    assert keys(outputs) == ["run.cancelled"]
