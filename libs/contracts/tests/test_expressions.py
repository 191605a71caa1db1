"""Expressions are refused when they are written, or tell in one sentence why they failed."""

from typing import Any

import pytest
from pydantic import JsonValue, ValidationError

from contracts.expressions import (
    MAX_CHARS,
    MAX_ITEMS,
    ConditionError,
    Kind,
    check,
    is_true,
    items_of,
    reads,
)
from contracts.pipeline import Pipeline

NEEDS = ("script", "my-step", "import")
BRIEF: dict[str, JsonValue] = {"topic": "SECRET", "n": 3, "half": 0.5, "review": True, "huge": 1}
RUN: dict[str, JsonValue] = {"run_id": "r1", "channel_id": "demo", "topic": "t", "dry_run": False}
STEPS: dict[str, JsonValue] = {
    "script": {"scenes": [{"n": 1}, {"n": 2}]},
    "my-step": [{"a": 1}, None],
    "import": None,
    "gone": None,
    "list": 1,
}


def truth(expression: str, steps: dict[str, JsonValue] = STEPS) -> bool:
    return is_true(expression, brief=BRIEF, run=RUN, steps=steps)


def items(expression: str, steps: dict[str, JsonValue] = STEPS) -> tuple[JsonValue, ...]:
    return items_of(expression, brief=BRIEF, run=RUN, steps=steps)


@pytest.mark.parametrize(
    "expression",
    [
        "brief.review",
        "!run.dry_run && run.channel_id == 'demo'",
        "size(script.scenes) > 1",
        "script.scenes.exists(scene, scene.n == 2)",
        'steps["my-step"][0].a == 1',
        'steps["import"] == null && gone == null',
        "gone != null && gone.x == 1 || true",
        "brief.n > 2.5",
        "dyn(script['scenes']).all(scene, scene.n > 0)",
        "has(brief.review) && !has(brief.nothing)",
        "steps.list == 1 && type([]) == list",
        "'a,b'.split(',').size() == 2",
    ],
)
def test_an_expression_sees_the_brief_the_run_and_the_needs(expression: str) -> None:
    check(expression, STEPS, "bool")

    assert truth(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("script.scenes", ({"n": 1}, {"n": 2})),
        ("script.scenes.map(s, s.n * 10)", (10, 20)),
        ("script.scenes.filter(s, s.n > 5)", ()),
        ('steps["my-step"].filter(output, output != null)', ({"a": 1},)),
        (
            "[1, 2.5, 'x', true, null, [1], {'b': 1, 'a': 2}]",
            (1, 2.5, "x", True, None, [1], {"a": 2, "b": 1}),
        ),
    ],
)
def test_a_list_is_what_json_has(expression: str, expected: tuple[JsonValue, ...]) -> None:
    check(expression, STEPS, "list")

    assert items(expression) == expected
    assert list(map(type, items(expression))) == list(map(type, expected))


def test_a_map_of_an_item_has_its_keys_in_order() -> None:
    """So that whoever evaluates it again makes the same request of a model."""
    names = [f"k{n:02}" for n in range(40)]

    (item,) = (
        items("[brief]", {})
        if False
        else items_of("[brief]", brief=dict.fromkeys(reversed(names), 1), run=RUN, steps={})
    )

    assert isinstance(item, dict)
    assert list(item) == names


@pytest.mark.parametrize(
    ("expression", "kind", "told"),
    [
        (
            "1 +",
            "bool",
            "'1 +' is no CEL, column 4: Syntax error: mismatched input '<EOF>': correct it",
        ),
        (
            "scirpt.x == 1",
            "bool",
            "names 'scirpt', which is not known here: use brief, import, run, script, steps",
        ),
        ("my-step > 1", "bool", 'a name with a hyphen is written steps["a-b"]'),
        ('steps["other"] == null', "bool", "names 'other', which is not known here"),
        ("steps.other == null", "bool", "names 'other', which is not known here"),
        ("frobnicate(brief)", "bool", "calls 'frobnicate', which CEL does not have"),
        ("[1].exists(y, y == 1) && y", "bool", "names 'y'"),
        ("size(brief.topic)", "bool", "gives int, not true or false"),
        ("'yes'", "bool", "gives string, not true or false"),
        ("brief.n == 1", "list", "gives bool, not a list"),
        ("{'a': 1}", "list", "not a list"),
        ("'a' + 1", "bool", "found no matching overload for '_+_' applied to '(string, int)'"),
        ("script['a'].all(a, true)", "bool", "loops over what may be no list: write dyn(…) around"),
        ("(" * 40 + "true" + ")" * 40, "bool", "is nested too deeply: make it flatter"),
        ("1" + "+1" * 400 + " == 1", "bool", "is nested too deeply: make it flatter"),
    ],
)
def test_what_can_never_be_evaluated_is_refused_at_once(
    expression: str, kind: Kind, told: str
) -> None:
    with pytest.raises(ConditionError) as raised:
        check(expression, NEEDS, kind)

    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("brief.nothing", "takes the field 'nothing', which is not there: ask has() first"),
        ("brief.topic", "gives string, not true or false"),
        ("gone.x", "takes a field of what has none: a step without output is null"),
        ("gone", "gives null, not true or false"),
        ("brief.n / 0 == 1", "divide by zero"),
        ("brief.n + brief.half == 1", "no operation for _+_(int64, double)"),
        ("script.scenes[9].n == 1", "Index error: index=9 size=2"),
        ("int(brief.topic) == 1", "cannot convert string to int"),
        ("brief[brief.topic] == 1", "a value does not fit"),
        ("'a'.matches('(' + brief.topic)", "a value does not fit"),
        ("script.scenes.all(a, [1, 2].all(b, a.n == b))", ""),
    ],
)
def test_what_fails_tells_why_and_never_a_value(expression: str, told: str) -> None:
    check(expression, STEPS, "bool")
    if not told:
        assert not truth(expression)
        return

    with pytest.raises(ConditionError) as raised:
        truth(expression)

    assert told in str(raised.value)
    assert "SECRET" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("script", "gives map, not a list"),
        ("gone", "gives null, not a list"),
        ("[1, timestamp('2026-01-01T00:00:00Z')]", "item 1 of"),
        ("[duration('1s')]", "holds a duration"),
        ("[b'x']", "holds bytes"),
        ("[1.0 / 0.0]", "holds a number that is not finite"),
        ("[{1: 2}]", "holds a map with the key 1, which is no text"),
        ("[type(1)]", "holds a Type"),
    ],
)
def test_what_is_no_list_of_json_is_told(expression: str, told: str) -> None:
    with pytest.raises(ConditionError) as raised:
        items(expression)

    assert told in str(raised.value)


def test_a_list_has_ten_thousand_items_at_most() -> None:
    most: list[JsonValue] = [{"n": n} for n in range(MAX_ITEMS)]

    assert len(items("many", {"many": most})) == MAX_ITEMS
    with pytest.raises(ConditionError, match=r"gives a list of 10,001 items, at most 10,000"):
        items("many", {"many": [*most, 1]})


def test_a_list_that_is_too_large_is_refused_whatever_it_shares() -> None:
    doubled = "text" + ".map(a, [a, a, a, a, a, a, a, a])" * 9

    with pytest.raises(ConditionError, match=r"gives more than 4,000,000 characters"):
        items("many", {"many": ["x" * MAX_CHARS]})
    with pytest.raises(ConditionError, match=r"gives more than 4,000,000 characters"):
        items(doubled, {"text": ["x" * 1000]})


def test_a_loop_in_a_loop_is_stopped() -> None:
    many: list[JsonValue] = list(range(200))

    with pytest.raises(ConditionError, match=r"loops more than 10,000 times: ask for less"):
        truth("many.all(a, many.all(b, true))", {"many": many})


def test_a_number_that_does_not_fit_is_told() -> None:
    with pytest.raises(ConditionError, match=r"a value does not fit"):
        is_true("brief.n == 1", brief={"n": 2**70}, run=RUN, steps={})


def test_only_what_is_read_has_to_be_known() -> None:
    assert reads("script.scenes", NEEDS) == {"script"}
    assert reads("brief.n == 1 && run.dry_run", NEEDS) == {"brief"}
    assert reads("run.dry_run", NEEDS) == frozenset()
    assert reads("[1].exists(script, script == 1)", NEEDS) == frozenset()
    assert reads('steps["my-step"] == null', NEEDS) == set(NEEDS)


def pipeline(**fields: Any) -> Pipeline:
    return Pipeline.model_validate(
        {
            "pipeline": "p",
            "steps": [
                {"step": "script", "agent": "writer"},
                {"step": "media", "agent": "media", "needs": ["script"], **fields},
            ],
        }
    )


def test_a_pipeline_with_good_conditions_is_one() -> None:
    assert pipeline(
        when="script.scenes != []",
        for_each="script.scenes",
        approval={"when": "brief.review"},
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"when": "script.scenes ="}, "step 'media', when: 'script.scenes =' is no CEL"),
        ({"for_each": "seo.tags"}, "step 'media', for_each: 'seo.tags' names 'seo'"),
        ({"approval": {"when": "1"}}, "step 'media', approval.when: '1' gives int"),
    ],
)
def test_a_pipeline_names_the_step_and_the_condition_that_cannot_be(
    fields: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        pipeline(**fields)

    assert told in str(raised.value.errors()[0]["ctx"]["error"])
