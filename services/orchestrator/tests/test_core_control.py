"""What people and policies want of a whole run: pauses, deadlines, parents, admission."""

from datetime import datetime, timedelta

import pytest

from contracts.events import (
    CancelRequested,
    RunAdmitted,
    RunCancelled,
    RunEvent,
    RunFailed,
    RunPaused,
    RunResumed,
    StepRequested,
)
from contracts.pipeline import StepSpec
from orchestrator.core import decide, evolve, fold, holds_slot
from orchestrator.outputs import Admit, Wake
from orchestrator.testing import (
    RUN_ID,
    T0,
    completed,
    failed,
    planned,
    ref,
    requested,
    run_of,
    spec,
)

DEADLINE = T0 + timedelta(hours=1)
STEPS = (spec("a"), spec("b", "a"))
A_DONE = (requested("a"), completed("a"))
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
admitted = RunAdmitted(run_id=RUN_ID, at=T0)
cancel = CancelRequested(run_id=RUN_ID, at=T0, reason="enough")


def paused(n: int = 1) -> RunPaused:
    return RunPaused(run_id=RUN_ID, at=T0, n=n)


def resumed(n: int = 1) -> RunResumed:
    return RunResumed(run_id=RUN_ID, at=T0, n=n)


def test_a_paused_run_requests_nothing_until_it_is_resumed() -> None:
    history = [run_of(*STEPS), *A_DONE, paused()]

    assert decide(fold(history), T0) == ()
    assert len(decide(fold([*history, resumed()]), T0)) == 1
    assert decide(fold([*history, resumed(), paused(2)]), T0) == ()
    assert len(decide(fold([*history, resumed(), paused(2), resumed(2)]), T0)) == 1


def test_a_paused_run_is_not_woken_to_try_again() -> None:
    history = [run_of(*STEPS), requested("a"), failed("a"), paused()]

    assert decide(fold(history), DEADLINE) == ()


def test_what_was_under_way_ends_while_a_run_is_paused() -> None:
    history = [run_of(spec("a")), requested("a"), paused(), completed("a")]

    (end,) = decide(fold(history), T0)

    assert not isinstance(end, Wake)
    assert end == decide(fold([history[0], *A_DONE]), T0)[0]


def test_a_paused_run_can_be_cancelled() -> None:
    (end,) = decide(fold([run_of(*STEPS), paused(), cancel]), T0)

    assert isinstance(end, RunCancelled)


def test_a_run_is_woken_at_its_deadline_even_when_it_is_paused() -> None:
    run = fold([run_of(*STEPS, deadline_at=DEADLINE), paused()])

    assert decide(run, T0) == (Wake(RUN_ID, "_deadline", 1, DEADLINE),)
    (end,) = decide(run, DEADLINE)
    assert isinstance(end, RunFailed)


def test_a_run_at_its_deadline_fails_with_an_error_for_each_step_that_had_not_ended() -> None:
    steps = (spec("a"), spec("b"), spec("c", "b", agent="publisher"))
    history = [run_of(*steps, deadline_at=DEADLINE), *A_DONE, requested("b")]

    (end,) = decide(fold(history), DEADLINE)

    assert isinstance(end, RunFailed)
    assert [(e.error, e.step, e.attempt, e.agent, e.retryable) for e in end.errors] == [
        ("RunDeadlineExceeded", "b", 1, "writer", False),
        ("RunDeadlineExceeded", "c", 0, "publisher", False),
    ]
    assert end.errors[0].message == (
        "step 'b' had not ended at the deadline of the run, 2026-01-01 01:00:00 UTC: "
        "retry it with a longer deadline, or look at why it took so long"
    )


def test_a_run_that_was_done_in_time_completes_after_its_deadline_too() -> None:
    history = [run_of(spec("a"), deadline_at=DEADLINE), *A_DONE]

    (end,) = decide(fold(history), DEADLINE + timedelta(days=1))

    assert not isinstance(end, RunFailed)


def test_only_the_next_wake_up_is_asked_for() -> None:
    run = run_of(spec("a"), spec("b"), deadline_at=DEADLINE)
    history = [run, requested("a"), requested("b"), failed("b")]

    (wake,) = decide(fold(history), T0)

    assert isinstance(wake, Wake)
    assert (wake.name, wake.n) == ("b", 1)
    last = decide(fold(history), wake.at)[-1]
    assert last == Wake(RUN_ID, "_deadline", 1, DEADLINE)


def test_a_run_does_not_repeat_what_it_takes_over() -> None:
    run = run_of(*STEPS, reused={"a": ref("of the parent"), "gone": ref("x")}, journal_id="root")

    (request,) = decide(fold([run]), T0)

    assert isinstance(request, StepRequested)
    assert (request.step, request.attempt, request.journal_id) == ("b", 1, "root")
    assert request.inputs == {"brief": ref("brief"), "a": ref("of the parent")}


def test_every_request_carries_the_trace_and_the_request_of_the_run() -> None:
    run = run_of(*STEPS, traceparent=TRACE, request_id="q1")

    (first,) = decide(fold([run]), T0)
    (again,) = decide(fold([run, requested("a"), failed("a")]), T0 + timedelta(days=3))

    assert isinstance(first, StepRequested)
    assert isinstance(again, StepRequested)
    assert (first.attempt, first.traceparent, first.request_id) == (1, TRACE, "q1")
    assert (again.attempt, again.traceparent, again.request_id) == (2, TRACE, "q1")


def test_a_run_waits_for_its_turn_where_there_is_a_cap() -> None:
    run = run_of(*STEPS, deadline_at=DEADLINE, priority="high", channel_id="news")

    admit, wake = decide(fold([run]), T0, capped=True)

    assert admit == Admit(RUN_ID, "news", "high", T0)
    assert wake == Wake(RUN_ID, "_deadline", 1, DEADLINE)


@pytest.mark.parametrize(
    "began", [[admitted], [requested("a")], [planned("a")]], ids=lambda e: e[0].type
)
def test_a_run_that_has_begun_does_not_wait_for_its_turn(began: list[RunEvent]) -> None:
    run = fold([run_of(*STEPS), *began])

    assert decide(run, T0, capped=True) == decide(run, T0)


def test_a_run_does_not_queue_while_it_is_paused() -> None:
    run = fold([run_of(*STEPS), paused()])

    assert decide(run, T0, capped=True) == ()
    assert len(decide(evolve(run, resumed()), T0, capped=True)) == 1


@pytest.mark.parametrize(
    ("event", "at"), [(cancel, T0), (paused(), DEADLINE)], ids=["cancel", "deadline"]
)
def test_a_run_that_waits_for_its_turn_can_end(event: RunEvent, at: datetime) -> None:
    run = fold([run_of(*STEPS, deadline_at=DEADLINE), event])

    (end,) = decide(run, at, capped=True)

    assert isinstance(end, RunCancelled | RunFailed)


ASKS: tuple[StepSpec, ...] = (spec("a", approval={"risk": "high"}),)


@pytest.mark.parametrize(
    ("history", "holds"),
    [
        ([], False),
        ([run_of(*STEPS)], False),
        ([run_of(*STEPS), admitted], True),
        ([run_of(*STEPS), requested("a")], True),
        ([run_of(*STEPS), requested("a"), paused()], False),
        ([run_of(*STEPS), requested("a"), paused(), resumed()], True),
        ([run_of(*STEPS), *A_DONE, requested("b"), completed("b")], True),
        ([run_of(*STEPS), *A_DONE, RunCancelled(run_id=RUN_ID, at=T0)], False),
    ],
    ids=[
        "unknown",
        "waits_for_its_turn",
        "admitted",
        "began_without_a_cap",
        "paused",
        "resumed",
        "about_to_end",
        "ended",
    ],
)
def test_a_run_holds_a_slot_from_its_beginning_to_its_end(
    history: list[RunEvent], *, holds: bool
) -> None:
    assert holds_slot(fold(history)) == holds
