"""What events make of a run: pure, hence without a broker or a database."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.artifacts import ArtifactRef, BlobRef
from gateway.fold import fold
from gateway.outputs import blobs_in
from gateway.state import RunState


def told(story) -> RunState:
    run = reduce(fold, story.events, None)
    assert run is not None
    return run


def status_of(story, step: str = "script") -> str:
    return told(story).steps[step].status


def test_a_run_is_pending_until_its_first_step_is_requested(story):
    pending, running = story("a").requested(), story("a").requested().asks("script")

    assert told(pending).status == "pending"
    assert told(running).status == "running"
    assert [step.status for step in told(running).steps.values()] == [
        "running",
        "waiting",
        "waiting",
    ]


def test_a_step_that_failed_runs_again_with_the_next_attempt(story):
    failed = story("a").requested().asks("script").fails("script")
    assert status_of(failed) == "failed"

    again = told(failed.asks("script", 2)).steps["script"]

    assert (again.status, again.attempt, again.duration_ms) == ("running", 2, None)


def test_the_outcome_of_an_earlier_attempt_comes_too_late(story):
    late = story("a").requested().asks("script").asks("script", 2).completes("script", attempt=1)

    assert status_of(late) == "running"


def test_of_two_outcomes_of_an_attempt_the_first_stands(story):
    first_failed = story("a").requested().asks("script").fails("script").completes("script")
    first_completed = story("a").requested().asks("script").completes("script").fails("script")

    assert status_of(first_failed) == "failed"
    assert status_of(first_completed) == "completed"


def test_the_outcome_of_an_agent_that_was_not_asked_changes_nothing(story):
    asked = story("a").requested().asks("script")
    before = told(asked)
    outcome = asked.completes("script").events[-1]

    assert fold(before, outcome.model_copy(update={"agent": "media"})) == before


def test_a_request_for_an_attempt_that_was_made_changes_nothing(story):
    done = story("a").requested().asks("script").completes("script")

    assert status_of(done.asks("script")) == "completed"


def test_the_current_agent_is_the_first_of_those_at_work(story):
    both = story("a").requested().asks("media").asks("seo")
    assert told(both).current_agent == "writer"

    assert told(both.completes("seo")).current_agent == "media"
    assert told(both.completes("media")).current_agent is None


def test_nobody_is_at_work_when_a_run_has_ended(story):
    ended = story("a").requested().asks("script").asks("media").fails("media").ends_badly()

    assert (told(ended).status, told(ended).current_agent) == ("failed", None)


def test_the_first_end_of_a_run_stands(story):
    failed = story("a").requested().ends_badly()
    at = told(failed).completed_at

    both = told(failed.ends())

    assert (both.status, both.completed_at) == ("failed", at)


def test_a_cancelled_run_cancels_what_was_not_finished_and_keeps_the_rest(story):
    stopped = story("a").requested().asks("script").completes("script").asks("seo")

    ended = told(stopped.is_cancelled("wrong topic"))

    assert (ended.status, ended.cancel_reason) == ("cancelled", "wrong topic")
    assert (ended.current_agent, ended.completed_at) == (None, stopped.events[-1].at)
    assert [step.status for step in ended.steps.values()] == ["completed", "cancelled", "cancelled"]


def test_a_step_that_failed_stays_failed_in_a_cancelled_run(story):
    assert status_of(story("a").requested().asks("script").fails("script").is_cancelled()) == (
        "failed"
    )


def test_an_outcome_that_comes_after_the_cancel_changes_no_step(story):
    late = story("a").requested().asks("script").is_cancelled().completes("script").asks("seo")

    assert status_of(late) == "cancelled"
    assert status_of(late, "seo") == "cancelled"


def test_a_run_goes_on_until_the_cancel_is_carried_out(story):
    asked = story("a").requested().asks("script").wants_no_more("wrong topic")

    assert (told(asked).status, told(asked).cancel_reason) == ("running", "")
    assert told(asked.ends()).status == "completed"


def test_the_end_is_the_last_word_on_what_steps_produced(story):
    output = ArtifactRef(kind="Script", sha256="0" * 64, size_bytes=2, inline={})
    ended = told(story("a").requested().asks("script").ends(script=output, unheard_of=output))

    assert ended.steps["script"].status == "completed"
    assert ended.steps["script"].output == output
    assert ended.steps.keys() == {"script", "seo", "media"}


def test_every_failed_attempt_is_told_once(story):
    failed = story("a").requested().asks("script").fails("script").asks("script", 2)
    failed.fails("script", 2)

    ended = told(failed.ends_badly(failed.error("script", 2), failed.error("seo", 1)))

    assert [(error.step, error.attempt) for error in ended.errors] == [
        ("script", 1),
        ("script", 2),
        ("seo", 1),
    ]


def test_a_run_is_simulated_when_one_of_its_steps_is(story):
    real = story("a").requested().asks("script").completes("script")
    assert not told(real).simulated

    assert told(real.asks("seo").completes("seo", simulated=True)).simulated


def test_a_run_that_failed_on_the_simulator_is_simulated_too(story):
    failed = story("a").requested().asks("script").fails("script", simulated=True)

    assert told(failed).simulated
    assert told(failed.asks("script", 2)).simulated


@given(
    st.lists(st.integers(0, 9), max_size=30),
)
def test_no_order_of_events_breaks_the_fold(story, order):
    """The log has one order; this says that a strange one cannot stop the projection."""
    events = story("a").whole().events

    run = reduce(fold, (events[index] for index in order), None)

    assert run is None or run.updated_at >= run.created_at


@given(st.integers(0, 10))
def test_events_told_again_change_nothing(story, repeated):
    events = story("a").whole().events

    assert reduce(fold, events[:repeated], reduce(fold, events, None)) == reduce(fold, events, None)


def test_files_are_found_however_deep(story):
    assert story
    blob = BlobRef(sha256="a" * 64, size_bytes=1, media_type="image/png", name="a.png")
    content = {"scenes": [{"image": blob.model_dump()}, [blob.model_dump()]], "text": "x"}

    assert list(blobs_in(content)) == [blob, blob]


@pytest.mark.parametrize(
    "content", [None, "text", {"sha256": "short", "media_type": "x"}, {"sha256": "a" * 64}]
)
def test_what_only_looks_like_a_file_is_none(content):
    assert list(blobs_in(content)) == []
