"""The run's rules, as given events, a moment, and the expected outputs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.artifacts import ArtifactRef
from contracts.events import (
    CancelRequested,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepRequested,
)
from contracts.pipeline import Pipeline, RetryPolicy, StepSpec
from orchestrator.core import Run, decide, evolve, fold
from orchestrator.outputs import Output, Wake

T0 = datetime(2026, 1, 1, tzinfo=UTC)
LATER = T0 + timedelta(hours=1)


def ref(kind: str) -> ArtifactRef:
    return ArtifactRef(kind=kind, sha256="0" * 64, size_bytes=2, inline={})


def spec(step: str, *needs: str, attempts: int = 2) -> StepSpec:
    retry = RetryPolicy(max_attempts=attempts)
    return StepSpec(step=step, agent="writer", task=step, needs=needs, retry=retry)


VIDEO = Pipeline(
    pipeline="video",
    steps=(
        spec("script"),
        spec("seo", "script"),
        spec("media", "script"),
        spec("edit", "seo", "media"),
    ),
)
NEEDS = {one.step: one.needs for one in VIDEO.steps}

started = RunRequested(
    run_id="r1", at=T0, pipeline=VIDEO, brief=ref("Brief"), channel_id="demo", topic="tides"
)
ended = RunCompleted(run_id="r1", at=T0, outputs={})
cancel = CancelRequested(run_id="r1", at=T0, reason="wrong topic")
ENDS_KINDS = (RunCompleted, RunFailed, RunCancelled)
ENDS = (
    ended,
    RunFailed(run_id="r1", at=T0, errors=()),
    RunCancelled(run_id="r1", at=T0, reason="wrong topic"),
)


def requested(step: str = "script", attempt: int = 1) -> StepRequested:
    return StepRequested(
        run_id="r1",
        at=T0,
        step=step,
        attempt=attempt,
        agent="writer",
        task=step,
        inputs={"brief": ref("Brief"), **{need: ref(need) for need in NEEDS[step]}},
        timeout_s=600,
    )


def completed(step: str = "script", attempt: int = 1) -> StepCompleted:
    return StepCompleted(
        run_id="r1", at=T0, step=step, attempt=attempt, agent="writer", output=ref(step),
        duration_ms=1,
    )  # fmt: skip


def failed(step: str = "script", attempt: int = 1, *, retryable: bool = True) -> StepFailed:
    error = StepError(
        error="X", message="x", retryable=retryable, step=step, attempt=attempt, agent="writer"
    )
    return StepFailed(
        run_id="r1", at=T0, step=step, attempt=attempt, agent="writer", error=error, duration_ms=1
    )


def done(*steps: str) -> list[RunEvent]:
    return [event for step in steps for event in (requested(step), completed(step))]


def keys(outputs: Sequence[Output]) -> list[str]:
    return [key_of(output) for output in outputs]


def key_of(output: Output) -> str:
    if isinstance(output, Wake):
        return f"wake {output.name} after {output.n}"
    if isinstance(output, StepRequested):
        return f"{output.step} {output.attempt}"
    assert isinstance(output, ENDS_KINDS)
    return output.type


def test_a_new_run_requests_the_steps_that_need_nothing() -> None:
    (command,) = decide(fold([started]), T0)

    assert command == requested()


@pytest.mark.parametrize(
    ("history", "at", "expected"),
    [
        ([], T0, []),
        ([started, requested()], T0, []),
        ([started, *done("script")], T0, ["seo 1", "media 1"]),
        ([started, *done("script"), requested("seo")], T0, ["media 1"]),
        ([started, *done("script", "seo"), requested("media")], T0, []),
        ([started, *done("script", "seo", "media")], T0, ["edit 1"]),
        ([started, *done("script", "seo", "media", "edit")], T0, ["run.completed"]),
        ([started, requested(), failed()], T0, ["wake script after 1"]),
        ([started, requested(), failed()], LATER, ["script 2"]),
        ([started, requested(), failed(retryable=False)], T0, ["run.failed"]),
        ([started, requested(), failed(), requested(attempt=2), failed(attempt=2)], T0,
         ["run.failed"]),
        ([started, *done("script"), requested("seo"), requested("media"),
          failed("seo", retryable=False)], T0, ["run.failed"]),
        ([started, *done("script", "seo", "media", "edit"), ended], T0, []),
        ([started, requested(), failed(retryable=False),
          RunFailed(run_id="r1", at=T0, errors=())], LATER, []),
        ([started, cancel], T0, ["run.cancelled"]),
        ([started, requested(), cancel], T0, ["run.cancelled"]),
        ([started, requested(), failed(), cancel], LATER, ["run.cancelled"]),
        ([started, *done("script"), cancel], T0, ["run.cancelled"]),
        ([started, *done("script", "seo", "media", "edit"), cancel], T0, ["run.cancelled"]),
        ([started, requested(), failed(retryable=False), cancel], T0, ["run.cancelled"]),
        ([started, requested(), cancel, ENDS[2], completed()], LATER, []),
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
    assert {name: found.kind for name, found in edit.inputs.items()} == {
        "brief": "Brief",
        "seo": "seo",
        "media": "media",
    }


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


def test_the_wait_grows_to_its_cap_and_is_the_same_everywhere() -> None:
    policy = RetryPolicy(initial_s=2, factor=2, max_s=10)

    waits = [policy.wait("r1", "script", n).total_seconds() for n in range(1, 6)]

    assert waits == [policy.wait("r1", "script", n).total_seconds() for n in range(1, 6)]
    for wait, base in zip(waits, (2, 4, 8, 10, 10), strict=True):
        assert base <= wait <= base * 1.25


def test_a_step_is_not_tried_again_before_its_provider_wants_to_be_asked() -> None:
    failure = failed()
    asks = failure.error.model_copy(update={"retry_after_s": 90})
    run = fold([started, requested(), failure.model_copy(update={"error": asks})])

    [wake] = decide(run, T0)

    assert isinstance(wake, Wake)
    assert 90 <= (wake.at - failure.at).total_seconds() <= 90 * 1.25


@pytest.mark.parametrize("event", [requested(), completed(), failed()], ids=lambda e: e.type)
def test_a_repeated_event_changes_nothing(event: RunEvent) -> None:
    once = evolve(fold([started, requested()]), event)

    assert evolve(once, event) == once
    assert evolve(once, started) == once


def test_the_first_outcome_of_an_attempt_stands() -> None:
    run = fold([started, requested(), failed()])

    assert evolve(run, completed()) == run


def test_the_answer_of_an_overtaken_attempt_is_ignored() -> None:
    run = fold([started, requested(), failed(), requested(attempt=2)])

    assert evolve(run, completed(attempt=1)) == run


def test_news_of_a_step_that_the_pipeline_has_not_is_ignored() -> None:
    run = fold([started])

    assert evolve(run, completed().model_copy(update={"step": "ghost"})) == run
    assert evolve(Run(), completed()) == Run()


def play(
    outcomes: list[bool], random: "st.Random", *, cancel_at: int | None = None
) -> list[RunEvent]:
    """Play a run with arbitrary outcomes, orders and repeats to its end."""
    history: list[RunEvent] = [started]
    now = T0
    for turn, succeeds in enumerate([*outcomes, *[True] * 20]):
        if turn == cancel_at:
            history += [cancel, cancel]
        run = fold(history)
        if run.status != "active":
            break
        for output in decide(run, now):
            if isinstance(output, Wake):
                now = max(now, output.at)
            else:
                history.append(output)
        in_flight = [
            (name, step.attempt)
            for name, step in fold(history).steps.items()
            if step.status == "requested"
        ]
        if in_flight:
            name, attempt = random.choice(in_flight)
            outcome = completed(name, attempt) if succeeds else failed(name, attempt)
            history += [outcome, outcome] if random.random() < 0.3 else [outcome]
    return history


OUTCOMES = st.lists(st.booleans(), min_size=0, max_size=40)


@given(OUTCOMES, st.randoms(use_true_random=False))
def test_a_run_always_ends_or_waits_for_something_it_can_name(
    outcomes: list[bool], random: "st.Random"
) -> None:
    history = play(outcomes, random)

    assert fold(history).status in {"completed", "failed"}
    sent = [(e.step, e.attempt) for e in history if isinstance(e, StepRequested)]
    assert len(sent) == len(set(sent))


@given(OUTCOMES, st.randoms(use_true_random=False), st.integers(0, 60))
def test_after_a_cancel_nothing_but_the_one_end_is_recorded(
    outcomes: list[bool], random: "st.Random", cancel_at: int
) -> None:
    history = play(outcomes, random, cancel_at=cancel_at)

    ends = [event for event in history if isinstance(event, ENDS_KINDS)]
    run = fold(history)
    assert len(ends) == 1
    assert run.status == ends[0].type.removeprefix("run.")
    assert decide(run, LATER) == ()
    after = history[history.index(cancel) :] if cancel in history else []
    assert not any(isinstance(event, StepRequested) for event in after)
    if after and after[-1] is not cancel:
        assert run.status == "cancelled"


@given(st.permutations([started, requested(), completed(), cancel]))
def test_a_cancel_is_seen_whatever_it_comes_after(history: list[RunEvent]) -> None:
    outputs = decide(fold(history), T0)

    assert keys(outputs) == ["run.cancelled"]
