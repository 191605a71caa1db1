"""A person wants something changed: what runs again, and what is left of what came before."""

from datetime import timedelta

import pytest

from contracts.artifacts import Revision
from contracts.events import (
    ApprovalRequested,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    StepRequested,
)
from contracts.pipeline import StepSpec
from contracts.references import inline_ref
from orchestrator.core import decide, evolve, fold
from orchestrator.outputs import Join, Resolve, Wake
from orchestrator.state import repeats_failure
from orchestrator.testing import (
    RUN_ID,
    T0,
    completed,
    decided,
    failed,
    planned,
    ref,
    requested,
    run_of,
    spec,
)

DAY = timedelta(days=1)
PAUSE = RunPaused(run_id=RUN_ID, at=T0, n=1)


def steps(**policy: object) -> tuple[StepSpec, ...]:
    """Return a pipeline in which `c` needs an approval, and `d` is beside it."""
    approval = {"risk": "high", "revise": "a", **policy}
    return (spec("a"), spec("b", "a"), spec("c", "b", approval=approval), spec("d", "a"))


def done(*names: str, attempt: int = 1) -> list[RunEvent]:
    return [
        event for name in names for event in (requested(name, attempt), completed(name, attempt))
    ]


def begun(**policy: object) -> list[RunEvent]:
    return [run_of(*steps(**policy)), *done("a", "b", "d")]


def question_of(history: list[RunEvent]) -> ApprovalRequested:
    (asked,) = [o for o in decide(fold(history), T0) if isinstance(o, ApprovalRequested)]
    return asked


def asked(**policy: object) -> tuple[list[RunEvent], ApprovalRequested]:
    history = begun(**policy)
    question = question_of(history)
    return [*history, question], question


def due(history: list[RunEvent]) -> list[tuple[str, int]]:
    outputs = decide(fold(history), T0)
    return [(each.step, each.attempt) for each in outputs if isinstance(each, StepRequested)]


def test_a_revision_repeats_the_step_with_the_comment() -> None:
    history, question = asked()

    (again,) = decide(fold([*history, decided(question, "revise", comment="shorter")]), T0)

    assert isinstance(again, StepRequested)
    assert (again.step, again.attempt) == ("a", 2)
    revision = Revision.model_validate(again.inputs["revision"].inline)
    assert revision == Revision(comment="shorter", round=1, previous=ref("a.1"))


def test_what_a_person_wants_again_repeats_no_failure() -> None:
    history, question = asked()
    revised = fold([*history, decided(question, "revise")])
    failing = fold([*history, decided(question, "revise"), requested("a", 2), failed("a", 2)])

    assert not repeats_failure(revised, requested("a", 2))
    assert repeats_failure(failing, requested("a", 3))


def test_a_run_that_repeats_another_one_heeds_what_was_wanted_there() -> None:
    wanted = inline_ref(Revision(comment="shorter", round=1, previous=ref("a.1")))
    again = run_of(*steps()).model_copy(update={"revisions": {"a": wanted}})

    (first,) = decide(fold([again]), T0)

    assert isinstance(first, StepRequested)
    assert first.inputs["revision"] == wanted


def test_a_revision_repeats_everything_behind_the_step_and_asks_anew() -> None:
    history, question = asked()
    history += [decided(question, "revise"), *done("a", attempt=2)]

    assert due(history) == [("b", 2), ("d", 2)]
    history += done("b", "d", attempt=2)
    again = question_of(history)
    assert (again.round, again.shown["b"]) == (2, ref("b.2"))
    assert again.digest != question.digest
    assert due([*history, again, decided(again)]) == [("c", 1)]


def test_a_revision_does_not_repeat_what_is_before_the_step() -> None:
    history, question = asked(revise="b")
    history += [decided(question, "revise", comment="shorter")]

    assert due(history) == [("b", 2)]
    assert fold(history).steps["a"].attempts.last == 1
    assert fold(history).steps["d"].attempts.last == 1


def test_attempts_are_counted_anew_in_a_round() -> None:
    run = run_of(spec("a", retry={"max_attempts": 2}), spec("c", "a", approval={"revise": "a"}))
    history = [run, requested("a"), failed("a"), *done("a", attempt=2)]
    question = question_of(history)
    history += [question, decided(question, "revise"), requested("a", 3), failed("a", 3)]

    (wake,) = decide(fold(history), T0)

    assert wake == Wake(RUN_ID, "a", 3, T0 + run.pipeline.step("a").retry.wait(RUN_ID, "a", 3))
    (end,) = decide(fold([*history, requested("a", 4), failed("a", 4)]), T0)
    assert isinstance(end, RunFailed)


@pytest.mark.parametrize("policy", [{"max_revisions": 0}, {"revise": None}], ids=str)
def test_a_revision_that_may_not_be_rejects(policy: dict[str, object]) -> None:
    history, question = asked(**policy)

    (end,) = decide(fold([*history, decided(question, "revise", comment="shorter")]), T0)

    assert question.revise is None
    assert isinstance(end, RunFailed)
    assert end.errors[0].error == "ApprovalRejected"
    assert end.errors[0].message == (
        "kim wanted something changed before step 'c', but its approval allows no revision: shorter"
    )


def test_revisions_are_counted() -> None:
    history, question = asked(max_revisions=1)
    history += [decided(question, "revise"), *done("a", "b", "d", attempt=2)]
    again = question_of(history)

    (end,) = decide(fold([*history, again, decided(again, "revise")]), T0)

    assert question.revise == "a"
    assert again.revise is None
    assert isinstance(end, RunFailed)
    assert "it was revised 1 time already" in end.errors[0].message


def test_a_question_that_was_asked_in_another_round_is_void() -> None:
    history, question = asked()
    run = fold([*history, decided(question, "revise")])

    assert evolve(run, question) == run


def test_what_was_decided_on_before_a_revision_counts_for_nothing_after_it() -> None:
    """A replica that has not seen the revision appends its request late."""
    slow = [*begun()[:-2], requested("d"), failed("d")]
    question = question_of(slow)
    (late,) = [o for o in decide(fold(slow), T0 + DAY) if isinstance(o, StepRequested)]
    history = [*slow, question, decided(question, "revise"), *done("a", attempt=2)]

    after = [*history, late, completed("d", late.attempt)]

    assert (late.step, late.attempt) == ("d", 2)
    assert fold(after) == fold(history)
    assert due(after) == [("b", 2), ("d", 3)]


def test_an_attempt_of_a_planned_step_that_may_be_in_somebodys_hands_is_left_out() -> None:
    conditional = (spec("a"), spec("b", "a", approval={"revise": "a"}), spec("c", "a", when="true"))
    slow = [run_of(*conditional), *done("a"), planned("c"), requested("c"), failed("c")]
    question = question_of(slow)
    history = [*slow, question, decided(question, "revise"), *done("a", attempt=2)]

    (resolve,) = [o for o in decide(fold(history), T0) if isinstance(o, Resolve)]

    assert resolve.attempt == 3
    assert evolve(fold(history), requested("c", 2)) == fold(history)


def test_the_plan_of_a_round_that_is_over_is_not_taken_for_the_next_one() -> None:
    conditional = (spec("a"), spec("b", "a", approval={"revise": "a"}), spec("c", "a", when="true"))
    slow = [run_of(*conditional), *done("a")]
    question = question_of(slow)
    history = [*slow, question, decided(question, "revise"), *done("a", attempt=2)]

    (resolve,) = [o for o in decide(fold(history), T0) if isinstance(o, Resolve)]

    assert resolve.attempt == 2
    assert evolve(fold(history), planned("c", 1)) == fold(history)


def spread(*, concurrency: int = 2) -> RunRequested:
    approval = {"revise": "a", "max_revisions": 5}
    return run_of(
        spec("a"),
        spec("b", "a", for_each="brief.items", concurrency=concurrency, retry={"max_attempts": 2}),
        spec("c", "a", approval=approval),
    )


def test_instances_begin_anew_with_a_list_of_another_length() -> None:
    """Those that waited may have been decided on: their next number is left out."""
    history = [spread(), *done("a"), planned("b", count=3), *done("b:0"), requested("b:1")]
    question = question_of(history)
    history += [question, decided(question, "revise"), *done("a", attempt=2)]
    run = fold(history)
    stale = [requested("b:2"), completed("b:1"), failed("b:1"), completed("b")]
    assert all(evolve(run, event) == run for event in stale)

    history += [planned("b", 2, count=200)]

    assert due(history) == [("b:0", 2), ("b:1", 2)]
    history += [*done("b:0", "b:1", attempt=2)]
    assert due(history) == [("b:2", 2), ("b:3", 2)]
    assert due([*history, *done("b:2", attempt=2)]) == [("b:3", 2), ("b:4", 2)]
    assert evolve(fold(history), requested("b:2")) == fold(history)


def test_an_instance_that_was_left_alone_for_a_round_has_a_number_of_its_own() -> None:
    history = [spread(), *done("a"), planned("b", count=2), *done("b:0"), requested("b:1")]
    history += [failed("b:1")]
    for attempt, count in ((2, 0), (3, 2)):
        question = question_of(history)
        history += [question, decided(question, "revise"), *done("a", attempt=attempt)]
        history += [planned("b", attempt, count=count)]

    assert due(history) == [("b:0", 3), ("b:1", 4)]


def test_the_join_of_a_round_bears_its_number() -> None:
    history = [spread(), *done("a"), planned("b", count=1), *done("b:0"), completed("b")]
    question = question_of(history)
    history += [question, decided(question, "revise"), *done("a", attempt=2)]
    history += [planned("b", 2, count=1), *done("b:0", attempt=2)]

    (join,) = [o for o in decide(fold(history), T0) if isinstance(o, Join)]

    assert (join.attempt, join.outputs) == (2, (ref("b:0.2"),))


def test_two_approvals_that_revise_the_same_step_ask_anew_together() -> None:
    policy = {"revise": "a"}
    run = run_of(spec("a"), spec("b", "a", approval=policy), spec("c", "a", approval=policy))
    history = [run, *done("a")]
    first, second = (o for o in decide(fold(history), T0) if isinstance(o, ApprovalRequested))
    history += [first, second, decided(first, "revise")]

    assert fold([*history, decided(second)]) == fold(history)
    rounds = [o.round for o in decide(fold([*history, *done("a", attempt=2)]), T0)]
    assert rounds == [2, 2]


def test_a_step_that_was_approved_is_asked_about_anew_after_a_revision_before_it() -> None:
    """Its request may have been decided on: the number is left out."""
    policy = {"revise": "a"}
    run = run_of(spec("a"), spec("b", "a", approval=policy), spec("c", "a", approval=policy))
    history = [run, *done("a")]
    first, second = (o for o in decide(fold(history), T0) if isinstance(o, ApprovalRequested))
    history += [first, second, decided(second), decided(first, "revise"), *done("a", attempt=2)]
    again = [o for o in decide(fold(history), T0) if isinstance(o, ApprovalRequested)]
    history += [again[1], decided(again[1])]

    assert evolve(fold(history), requested("c")) == fold(history)
    assert due(history) == [("c", 2)]
