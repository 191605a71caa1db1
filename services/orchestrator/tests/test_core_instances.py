"""A step that runs for each item of a list: how many at a time, and what becomes of them."""

import time
from datetime import datetime, timedelta
from statistics import median

import pytest

from contracts.events import RunEvent, RunFailed, StepRequested
from contracts.expressions import MAX_ITEMS
from orchestrator.core import decide, evolve, fold
from orchestrator.outputs import Join, Output, Resolve, Wake
from orchestrator.state import Run, repeats_failure
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

LATER = T0 + timedelta(hours=1)
TWO = run_of(
    spec("a", for_each="brief.items", concurrency=2, retry={"max_attempts": 2}), spec("b", "a")
)


def due(*events: RunEvent, at: datetime = T0) -> list[tuple[str, int]]:
    outputs = decide(fold(events), at)
    return [(each.step, each.attempt) for each in outputs if isinstance(each, StepRequested)]


def done(*steps: str) -> list[RunEvent]:
    return [event for step in steps for event in (requested(step), completed(step))]


def test_the_list_is_found_first() -> None:
    (resolve,) = decide(fold([TWO]), T0)

    assert isinstance(resolve, Resolve)
    assert (resolve.step, resolve.attempt) == ("a", 1)


def test_an_instance_is_given_the_whole_list_and_what_the_step_needs() -> None:
    (first, second) = decide(fold([TWO, planned("a", count=3)]), T0)

    assert isinstance(first, StepRequested)
    assert isinstance(second, StepRequested)
    assert (first.step, first.attempt, second.step) == ("a:0", 1, "a:1")
    assert first.inputs == {"brief": ref("brief"), "item": ref("items of a")}


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([], [("a:0", 1), ("a:1", 1)]),
        ([requested("a:0")], [("a:1", 1)]),
        ([requested("a:0"), requested("a:1")], []),
        ([requested("a:1")], [("a:0", 1)]),
        ([*done("a:1"), requested("a:0")], [("a:2", 1)]),
        ([*done("a:0", "a:1")], [("a:2", 1), ("a:3", 1)]),
        ([requested("a:0"), requested("a:1"), failed("a:0")], []),
        ([requested("a:0"), *done("a:1"), failed("a:0")], [("a:2", 1)]),
        ([*done("a:0", "a:1", "a:2"), requested("a:3")], []),
        ([requested("a:7"), completed("a:7")], [("a:0", 1), ("a:1", 1)]),
    ],
    ids=[
        "as_many_at_once_as_may_be",
        "one_more_when_one_is_in_flight",
        "none_when_all_places_are_taken",
        "in_any_order",
        "the_next_when_one_has_ended",
        "the_next_two_when_two_have_ended",
        "a_failed_one_keeps_its_place_while_it_waits",
        "the_others_go_on_meanwhile",
        "no_more_than_there_are",
        "one_that_is_not_on_the_list_is_nobody",
    ],
)
def test_so_many_at_a_time(news: list[RunEvent], expected: list[tuple[str, int]]) -> None:
    assert due(TWO, planned("a", count=4), *news) == expected


def test_places_are_filled_around_what_was_requested_out_of_order() -> None:
    run = run_of(spec("a", for_each="brief.items", concurrency=3))
    history = [run, planned("a", count=5), requested("a:1")]

    assert due(*history) == [("a:0", 1), ("a:2", 1)]
    assert due(*history, requested("a:0")) == [("a:2", 1)]


def test_each_instance_is_tried_again_after_its_own_wait() -> None:
    history = [TWO, planned("a", count=3), requested("a:0"), requested("a:1"), failed("a:1")]

    (wake,) = decide(fold(history), T0)

    assert isinstance(wake, Wake)
    assert (wake.name, wake.n) == ("a:1", 1)
    policy = TWO.pipeline.step("a").retry
    assert wake.at == T0 + policy.wait(RUN_ID, "a:1", 1)
    assert due(*history, at=wake.at) == [("a:1", 2)]


def test_only_what_follows_a_failed_attempt_repeats_one() -> None:
    run = fold([TWO, planned("a", count=3), requested("a:0"), requested("a:1"), failed("a:1")])

    assert repeats_failure(run, requested("a:1", 2))
    assert not repeats_failure(run, requested("a:2"))
    assert not repeats_failure(run, requested("b"))


def test_an_instance_that_is_tried_again_makes_place_when_it_ends() -> None:
    history = [TWO, planned("a", count=3), requested("a:0"), failed("a:0"), requested("a:1")]

    again = [*history, requested("a:0", 2)]

    assert due(*again, at=LATER) == []
    assert due(*again, completed("a:0", 2), at=LATER) == [("a:2", 1)]


def test_the_outputs_are_joined_in_the_order_of_the_items() -> None:
    history = [TWO, planned("a", count=3), *done("a:2", "a:0")]
    late = completed("a:1", simulated=True)

    (join,) = decide(fold([*history, requested("a:1"), late]), LATER)

    assert join == Join(
        run_id=RUN_ID,
        step="a",
        attempt=1,
        outputs=(ref("a:0.1"), ref("a:1.1"), ref("a:2.1")),
        agent="writer",
        planned_at=T0,
        simulated=True,
    )


def test_the_next_step_is_given_what_was_joined() -> None:
    history = [TWO, planned("a", count=1), *done("a:0"), completed("a")]

    (request,) = decide(fold(history), T0)

    assert isinstance(request, StepRequested)
    assert request.inputs == {"brief": ref("brief"), "a": ref("a.1")}


def test_an_empty_list_is_joined_at_once_and_nobody_is_asked() -> None:
    run = run_of(spec("a", for_each="brief.items", approval={"risk": "high"}))

    (join,) = decide(fold([run, planned("a", count=0)]), T0)

    assert isinstance(join, Join)
    assert join.outputs == ()
    assert not join.simulated


def test_a_list_that_is_none_after_all_is_one_request() -> None:
    assert due(TWO, planned("a")) == [("a", 1)]


@pytest.mark.parametrize("order", [("a:0", "a:1"), ("a:1", "a:0")], ids=str)
def test_an_instance_that_fails_for_good_fails_the_run_with_the_error_of_the_first(
    order: tuple[str, str],
) -> None:
    refused = [failed(instance, retryable=False) for instance in order]
    history = [TWO, planned("a", count=3), requested("a:0"), requested("a:1"), *refused]

    (end,) = decide(fold(history), T0)

    assert isinstance(end, RunFailed)
    assert [(error.step, error.error) for error in end.errors] == [("a:0", "X")]


def test_an_instance_that_failed_leaves_its_place_empty_when_that_is_put_up_with() -> None:
    run = run_of(spec("a", for_each="brief.items", continue_on_error=True))
    history = [run, planned("a", count=2), requested("a:0"), failed("a:0", retryable=False)]

    (join,) = decide(fold([*history, *done("a:1")]), T0)

    assert isinstance(join, Join)
    assert join.outputs == (None, ref("a:1.1"))


def test_a_join_that_fails_is_not_tried_again() -> None:
    history = [TWO, planned("a", count=1), *done("a:0"), failed("a")]

    (end,) = decide(fold(history), T0)

    assert isinstance(end, RunFailed)


@pytest.mark.parametrize(
    "event",
    [requested("a:0"), completed("a:0"), failed("a:0"), requested("a:1"), planned("a", count=9)],
    ids=lambda event: f"{event.step}-{event.type}",
)
def test_a_repeated_event_of_an_instance_changes_nothing(event: RunEvent) -> None:
    run = fold([TWO, planned("a", count=3), *done("a:0"), requested("a:1"), completed("a:1")])

    assert evolve(run, event) == run


def test_an_instance_of_a_step_that_has_none_is_nobody() -> None:
    for run in (fold([TWO]), fold([TWO, planned("a")])):
        assert evolve(run, completed("a:0")) == run
        assert evolve(run, requested("b:0")) == run


def test_an_instance_is_never_skipped() -> None:
    run = fold([TWO, planned("a", count=3)])

    assert evolve(run, skipped("a:0")) == run


@pytest.mark.timeout(60)
def test_the_last_of_ten_thousand_instances_costs_no_more_than_the_first() -> None:
    run = fold(
        [run_of(spec("a", for_each="brief.items", concurrency=50)), planned("a", count=MAX_ITEMS)]
    )
    took = list[float]()

    while not isinstance((outputs := decide(run, T0))[0], Join):
        began = time.process_time()
        run = answered(run, outputs)
        took.append(time.process_time() - began)

    assert len(took) == MAX_ITEMS / 50
    assert median(took[-40:]) < 5 * median(took[:40])


def answered(run: Run, outputs: tuple[Output, ...]) -> Run:
    for output in outputs:
        assert isinstance(output, StepRequested)
        run = evolve(evolve(run, output), completed(output.step))
    return run
