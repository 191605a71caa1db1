"""Conditions, skips, errors that are put up with: what each step's policies make of a run."""

import pytest

from contracts.artifacts import ArtifactRef
from contracts.events import (
    RUN_ENDS,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunPaused,
    StepRequested,
    StepSkipped,
)
from contracts.references import body_of
from orchestrator.core import decide, evolve, fold
from orchestrator.outputs import Output, Resolve, Store, Wake
from orchestrator.testing import (
    RUN_ID,
    T0,
    completed,
    failed,
    planned,
    ref,
    requested,
    run_of,
    skipped,
    spec,
)

CONDITIONAL = run_of(spec("a"), spec("b", "a", when="true"), spec("c", "b"))
A_DONE = (requested("a"), completed("a"))


def names(outputs: tuple[Output, ...]) -> list[str]:
    return [name_of(output) for output in outputs]


def name_of(output: Output) -> str:
    match output:
        case Resolve():
            return f"resolve {output.step} {output.attempt}"
        case StepRequested():
            return f"request {output.step} {output.attempt}"
        case StepSkipped():
            return f"skip {output.step} {output.attempt}"
        case Wake():
            return f"wake {output.name} {output.n}"
        case _:
            assert isinstance(output, RUN_ENDS)
            return output.type


def test_a_condition_is_evaluated_over_what_the_step_needs() -> None:
    (resolve,) = decide(fold([CONDITIONAL, *A_DONE]), T0)

    inputs = {"brief": ref("brief"), "a": ref("a.1")}
    assert resolve == Resolve(RUN_ID, "b", 1, CONDITIONAL.pipeline.step("b"), inputs)


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([planned("b")], ["request b 1"]),
        ([planned("b"), requested("b")], []),
        ([planned("b"), requested("b"), failed("b")], ["wake b 1"]),
        ([skipped("b")], ["skip c 1"]),
        ([skipped("b"), skipped("c")], ["run.completed"]),
        ([failed("b", error="ConditionError")], ["run.failed"]),
        ([failed("b", error="ConditionError", retryable=True)], ["run.failed"]),
    ],
    ids=[
        "it_is_met",
        "it_was_met_and_the_step_works",
        "a_retry_does_not_evaluate_it_again",
        "it_is_not_met_and_dependants_are_skipped_too",
        "a_run_completes_without_what_was_skipped",
        "it_cannot_be_evaluated",
        "what_was_never_requested_is_not_tried_again",
    ],
)
def test_what_follows_from_a_condition(news: list[RunEvent], expected: list[str]) -> None:
    assert names(decide(fold([CONDITIONAL, *A_DONE, *news]), T0)) == expected


def test_a_skip_says_what_it_follows_from() -> None:
    run = run_of(spec("a"), spec("b"), spec("c"), spec("d", "a", "b"), spec("e", "a", "c"))
    ends = [skipped("a"), skipped("b"), requested("c"), completed("c")]

    both, one = decide(fold([run, *ends]), T0)

    assert isinstance(both, StepSkipped)
    assert both.reason == "needs 'a' and 'b', which were skipped"
    assert isinstance(one, StepSkipped)
    assert one.reason == "needs 'a', which was skipped"


def test_a_skip_waits_until_all_that_the_step_needs_has_ended() -> None:
    run = run_of(spec("a"), spec("b"), spec("c", "a", "b"))

    assert names(decide(fold([run, skipped("a"), requested("b")]), T0)) == []


def test_a_step_runs_without_a_skipped_one_that_feeds_it() -> None:
    run = run_of(spec("a"), spec("b", if_skipped="feed"), spec("c", "a", "b"))

    (request,) = decide(fold([run, *A_DONE, skipped("b")]), T0)

    assert isinstance(request, StepRequested)
    assert list(request.inputs) == ["brief", "a"]


def test_a_run_goes_on_without_a_step_whose_error_is_put_up_with() -> None:
    run = run_of(spec("a"), spec("b", continue_on_error=True), spec("c", "a", "b"))
    history = [run, *A_DONE, requested("b"), failed("b", retryable=False)]

    (request,) = decide(fold(history), T0)
    (end,) = decide(fold([*history, requested("c"), completed("c")]), T0)

    assert isinstance(request, StepRequested)
    assert list(request.inputs) == ["brief", "a"]
    assert isinstance(end, RunCompleted)
    assert list(end.outputs) == ["a", "c"]


def test_an_error_is_put_up_with_only_after_the_last_attempt() -> None:
    run = run_of(spec("b", continue_on_error=True, retry={"max_attempts": 2}))

    assert names(decide(fold([run, requested("b"), failed("b")]), T0)) == ["wake b 1"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (planned("b"), skipped("b")),
        (skipped("b"), planned("b")),
        (skipped("b"), failed("b")),
        (failed("b"), planned("b")),
        (failed("b"), skipped("b")),
    ],
    ids=lambda event: event.type,
)
def test_what_was_found_of_a_condition_first_stands(first: RunEvent, second: RunEvent) -> None:
    once = fold([CONDITIONAL, *A_DONE, first])

    assert evolve(once, second) == once


def test_a_plan_of_an_attempt_that_is_under_way_changes_nothing() -> None:
    once = fold([CONDITIONAL, *A_DONE, requested("b")])

    assert evolve(once, planned("b")) == once
    assert evolve(once, planned("b", 2)) == once


def test_a_request_after_the_end_of_a_step_opens_it_no_more() -> None:
    """The number is used up all the same: no later round has it."""
    run = fold([CONDITIONAL, *A_DONE, requested("a", 2), completed("a", 2)])

    assert run.steps["a"].attempts.status == "completed"
    assert run.steps["a"].attempts.output == ref("a.1")
    assert run.steps["a"].attempts.last == 2


def test_a_paused_run_evaluates_nothing_and_skips_what_must_be() -> None:
    pause = RunPaused(run_id=RUN_ID, at=T0, n=1)

    assert decide(fold([CONDITIONAL, *A_DONE, pause]), T0) == ()
    assert names(decide(fold([CONDITIONAL, *A_DONE, skipped("b"), pause]), T0)) == ["skip c 1"]


def large(name: str) -> ArtifactRef:
    return ref(name).model_copy(update={"size_bytes": 20_000, "inline": {"text": name}})


def test_no_event_grows_with_what_a_step_needs() -> None:
    steps = [spec(f"s{n}") for n in range(4)]
    outputs = {one.step: large(one.step) for one in steps}
    run = run_of(*steps, spec("last", *outputs), reused=outputs)

    store, request = decide(fold([run]), T0)

    assert isinstance(store, Store)
    assert isinstance(request, StepRequested)
    inline = [name for name, given in request.inputs.items() if given.inline is not None]
    assert inline == ["brief", "s0", "s1"]
    assert [body_of(each) for each in store.artifacts] == [b'{"text":"s2"}', b'{"text":"s3"}']
    assert [each.sha256 for each in store.artifacts] == [
        request.inputs[name].sha256 for name in ("s2", "s3")
    ]


def test_the_end_of_a_run_does_not_grow_with_its_steps_either() -> None:
    outputs = {f"s{n}": large(f"s{n}") for n in range(4)}
    run = run_of(*(spec(name) for name in outputs), reused=outputs)

    store, end = decide(fold([run]), T0)

    assert isinstance(store, Store)
    assert isinstance(end, RunCompleted)
    assert len(store.artifacts) == 2
    assert [name for name, each in end.outputs.items() if each.inline is None] == ["s2", "s3"]


def test_a_failed_run_names_only_what_was_not_put_up_with() -> None:
    run = run_of(spec("a", continue_on_error=True), spec("b"))
    failures = [failed("a", retryable=False), failed("b", retryable=False)]

    (end,) = decide(fold([run, requested("a"), requested("b"), *failures]), T0)

    assert isinstance(end, RunFailed)
    assert [error.step for error in end.errors] == ["b"]


def test_a_step_is_not_tried_again_before_its_provider_wants_to_be_asked() -> None:
    failure = failed("a")
    busy = failure.error.model_copy(update={"retry_after_s": 90})
    history = [run_of(spec("a")), requested("a"), failure.model_copy(update={"error": busy})]

    (wake,) = decide(fold(history), T0)

    assert isinstance(wake, Wake)
    assert 90 <= (wake.at - failure.at).total_seconds() <= 90 * 1.25
