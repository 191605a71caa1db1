"""A person decides before a step runs: who is asked what, and what each answer leads to."""

from datetime import timedelta

import pytest

from contracts.approvals import digest_of, with_cost
from contracts.artifacts import ArtifactRef
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    RunAdmitted,
    RunEvent,
    RunFailed,
    RunPaused,
    StepRequested,
)
from contracts.pipeline import StepSpec
from contracts.references import body_of
from orchestrator.core import decide, evolve, fold, holds_slot
from orchestrator.outputs import Resolve, Store, Wake
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


def test_a_person_is_asked_before_the_step_is_requested() -> None:
    question = question_of(begun(on_expiry="approve", requester_may_approve=False))

    assert question.shown == {"brief": ref("brief"), "b": ref("b.1")}
    assert (question.step, question.round, question.risk) == ("c", 1, "high")
    assert (question.agent, question.task, question.revise) == ("writer", "c", "a")
    assert (question.on_expiry, question.expires_at) == ("approve", T0 + DAY)
    assert not question.requester_may_approve
    assert question.digest == digest_of(question)


def test_nobody_is_asked_before_the_step_is_due() -> None:
    history = [run_of(*steps()), *done("a", "d"), requested("b")]

    assert decide(fold(history), T0) == ()


def test_the_run_waits_until_the_request_expires() -> None:
    history, question = asked()

    assert decide(fold(history), T0) == (Wake(RUN_ID, "_approval-c", 1, question.expires_at),)


def test_an_approved_step_is_requested() -> None:
    history, question = asked()

    assert due([*history, decided(question)]) == [("c", 1)]


def test_an_approved_step_is_tried_again_without_another_question() -> None:
    history, question = asked()
    failure = [decided(question), requested("c"), failed("c")]

    outputs = decide(fold([*history, *failure]), T0 + DAY)

    assert [type(output) for output in outputs] == [StepRequested]


def test_the_expected_cost_that_was_filled_in_is_part_of_the_request() -> None:
    history, question = asked()
    priced = with_cost(question, 1_000)
    history[-1] = priced

    assert due([*history, decided(priced)]) == [("c", 1)]
    assert due([*history, decided(question)]) == []


def test_a_rejected_step_fails_the_run_and_tells_who_and_why() -> None:
    history, question = asked()

    (end,) = decide(fold([*history, decided(question, "reject", comment="too loud")]), T0)

    assert isinstance(end, RunFailed)
    (error,) = end.errors
    assert (error.error, error.step, error.retryable) == ("ApprovalRejected", "c", False)
    assert error.message == "kim rejected step 'c': too loud"


def test_a_rejection_fails_the_run_even_when_errors_of_the_step_are_put_up_with() -> None:
    run = run_of(spec("a", continue_on_error=True, approval={}))
    question = question_of([run])
    nobody = decided(question, "reject").model_copy(update={"decided_by": ""})

    (end,) = decide(fold([run, question, nobody]), T0)

    assert isinstance(end, RunFailed)
    assert end.errors[0].message == "somebody rejected step 'a'"


def test_a_low_risk_asks_nobody() -> None:
    assert due(begun(risk="low")) == [("c", 1)]


def test_a_medium_risk_is_put_on_record_and_goes_on() -> None:
    history, question = asked(risk="medium")

    (decision,) = decide(fold(history), T0)

    assert isinstance(decision, ApprovalDecided)
    assert (decision.decision, decision.decided_by) == ("approve", "policy")
    assert decision.digest == question.digest
    assert due([*history, decision]) == [("c", 1)]


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_an_expired_request_is_decided_by_policy(decision: str) -> None:
    history, question = asked(on_expiry=decision)

    (expired,) = decide(fold(history), question.expires_at)

    assert isinstance(expired, ApprovalDecided)
    assert (expired.decision, expired.decided_by) == (decision, "policy")
    assert expired.comment == "nobody had decided when it expired at 2026-01-02 00:00:00 UTC"
    assert expired.digest == question.digest


def test_the_decision_that_came_first_stands() -> None:
    history, question = asked()
    expired = decide(fold(history), question.expires_at)
    run = fold([*history, decided(question)])

    for late in (*expired, decided(question, "reject"), decided(question, "revise")):
        assert isinstance(late, ApprovalDecided)
        assert evolve(run, late) == run


def test_an_approval_may_depend_on_a_condition() -> None:
    history = begun(when="brief.review")

    (resolve,) = decide(fold(history), T0)

    assert isinstance(resolve, Resolve)
    assert due([*history, planned("c")]) == [("c", 1)]
    question = question_of([*history, planned("c", approval=True)])
    assert due([*history, planned("c", approval=True), question]) == []
    assert due([*history, planned("c", approval=True), question, decided(question)]) == [("c", 1)]


def test_a_person_is_asked_once_for_all_items_of_a_list() -> None:
    run = run_of(spec("a", for_each="brief.items", approval={}))
    history = [run, planned("a", count=2)]

    question = question_of(history)

    assert question.step == "a"
    assert due([*history, question, decided(question)]) == [("a:0", 1), ("a:1", 1)]


def test_a_paused_run_asks_nobody_and_hears_what_is_decided() -> None:
    history, question = asked()

    assert decide(fold([*begun(), PAUSE]), T0) == ()
    assert decide(fold([*history, PAUSE, decided(question)]), T0) == ()
    (end,) = decide(fold([*history, PAUSE, decided(question, "reject")]), T0)
    assert isinstance(end, RunFailed)
    (expired,) = decide(fold([*history, PAUSE]), question.expires_at)
    assert isinstance(expired, ApprovalDecided)


def test_a_decision_on_something_else_is_void_and_the_question_is_asked_anew() -> None:
    history, question = asked()
    history += [decided(question, digest="f" * 64)]

    again = question_of(history)

    assert again.round == 2
    assert again.shown == question.shown
    assert due([*history, again, decided(again)]) == [("c", 1)]


def test_a_decision_before_the_question_is_void() -> None:
    history, question = asked()
    early = [*history[:-1], decided(question)]

    assert question_of(early).round == 2
    assert evolve(fold(early), question) == fold(early)


def test_a_decision_that_nobody_asked_for_stops_no_step() -> None:
    history = begun(when="brief.review")
    question = question_of([*history, planned("c", approval=True)])
    run = fold([*history, planned("c"), requested("c")])

    assert evolve(run, decided(question)) == run


@pytest.mark.parametrize("step", ["ghost", "a"])
def test_a_decision_on_a_step_without_approval_is_ignored(step: str) -> None:
    history, question = asked()
    stray = decided(question.model_copy(update={"step": step}))
    run = fold(history)

    assert evolve(run, stray) == run
    assert evolve(fold([]), stray) == fold([])
    assert evolve(run, question.model_copy(update={"step": "ghost"})) == run


def large(name: str) -> ArtifactRef:
    return ref(name).model_copy(update={"size_bytes": 30_000})


def test_what_is_shown_does_not_make_an_event_too_large() -> None:
    outputs = {"a": large("a"), "b": large("b")}
    run = run_of(spec("a"), spec("b"), spec("c", "a", "b", approval={}), reused=outputs)

    store, question = decide(fold([run]), T0)

    assert isinstance(store, Store)
    assert isinstance(question, ApprovalRequested)
    assert [body_of(each) for each in store.artifacts] == [b'{"name":"b"}']
    assert question.shown["b"].inline is None


def test_a_run_in_which_only_a_person_can_do_something_holds_no_slot() -> None:
    history, question = asked()

    assert not holds_slot(fold(history))
    assert holds_slot(fold([*history, decided(question)]))
    assert holds_slot(fold([*history[:-3], requested("d"), question]))


def test_a_risk_that_nobody_has_to_decide_on_holds_a_slot() -> None:
    history, _ = asked(risk="medium")

    assert holds_slot(fold(history))


def test_a_run_whose_first_step_is_asked_about_has_begun() -> None:
    run = run_of(spec("a", approval={}))
    question = question_of([run])

    assert decide(fold([run, question]), T0, capped=True) == decide(fold([run, question]), T0)
    assert not holds_slot(fold([run, RunAdmitted(run_id=RUN_ID, at=T0), question]))
