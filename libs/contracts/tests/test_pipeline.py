"""A pipeline is a directed acyclic graph, whatever the order its steps are written in."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.pipeline import Pipeline, RetryPolicy

type Edges = dict[str, set[str]]


@st.composite
def graphs(draw: st.DrawFn, *, at_least: int = 1) -> Edges:
    """Draw steps that need only steps drawn before them."""
    count = draw(st.integers(at_least, 12))
    names = [f"s{index}" for index in range(count)]
    return {
        name: draw(st.sets(st.sampled_from(names[:index]))) if index else set()
        for index, name in enumerate(names)
    }


def raw_pipeline(edges: Edges, order: list[str]) -> dict[str, Any]:
    steps = [{"step": name, "agent": "writer", "needs": sorted(edges[name])} for name in order]
    return {"pipeline": "p", "steps": steps}


def has_path(edges: Edges, start: str, end: str) -> bool:
    return start == end or any(has_path(edges, need, end) for need in edges[start])


@given(st.data())
def test_every_acyclic_graph_is_a_pipeline_in_any_order(data: st.DataObject) -> None:
    edges = data.draw(graphs())
    order = data.draw(st.permutations(list(edges)))

    pipeline = Pipeline.model_validate(raw_pipeline(edges, order))

    assert {spec.step: set(spec.needs) for spec in pipeline.steps} == edges


@given(st.data())
def test_a_back_edge_is_refused_and_the_circle_named(data: st.DataObject) -> None:
    edges = data.draw(graphs())
    last = data.draw(st.sampled_from(list(edges)))
    first = data.draw(st.sampled_from([name for name in edges if has_path(edges, last, name)]))
    edges[first].add(last)

    with pytest.raises(ValidationError) as raised:
        Pipeline.model_validate(raw_pipeline(edges, list(edges)))

    told = str(raised.value.errors()[0]["ctx"]["error"])
    circle = told.removeprefix("steps need each other in a circle: ").split(";")[0].split(" → ")
    assert circle[0] == circle[-1]
    assert all(need in edges[step] for step, need in pairwise(circle))
    assert {first, last} <= set(circle)


def test_a_task_may_have_another_name_than_its_step() -> None:
    raw = {"pipeline": "p", "steps": [{"step": "again", "agent": "writer", "task": "script"}]}

    pipeline = Pipeline.model_validate(raw)

    assert pipeline.step("again").task == "script"


def test_a_pipeline_survives_the_trip_through_json() -> None:
    pipeline = Pipeline.model_validate(raw_pipeline({"a": set(), "b": {"a"}}, ["b", "a"]))

    assert Pipeline.model_validate_json(pipeline.model_dump_json()) == pipeline


@given(st.data())
def test_what_is_before_a_step_has_it_behind(data: st.DataObject) -> None:
    edges = data.draw(graphs())
    pipeline = Pipeline.model_validate(raw_pipeline(edges, list(edges)))

    for step in edges:
        before = {name for name in edges if name != step and has_path(edges, step, name)}
        assert pipeline.before(step) == before
        assert pipeline.behind(step) == {name for name in edges if step in pipeline.before(name)}


def test_the_wait_grows_to_its_cap_and_is_the_same_everywhere() -> None:
    policy = RetryPolicy(initial_s=2, factor=2, max_s=10)

    waits = [policy.wait("r1", "script", n).total_seconds() for n in range(1, 6)]

    assert waits == [policy.wait("r1", "script", n).total_seconds() for n in range(1, 6)]
    for wait, base in zip(waits, (2, 4, 8, 10, 10), strict=True):
        assert base <= wait <= base * 1.25


def test_a_wait_is_a_number_however_often_was_tried() -> None:
    policy = RetryPolicy(initial_s=2, factor=10, max_s=60)

    assert policy.wait("r1", "script", 2000).total_seconds() <= 60 * 1.25
