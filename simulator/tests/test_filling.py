"""Whatever schema is given, what comes out fits it."""

import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from simulator.content.answer import answer_to, object_for
from simulator.content.ask import Ask
from simulator.content.filling import fill

ASK = Ask("Topic: 블랙홀\nLanguage: ko\nTarget length: 30 seconds\nScenes: 5")
PATTERNS = (r"^[a-z]{2}$", r"^#\w+$", r"^\d{4}-\d{2}$", r"^(red|blue)-[0-9a-f]{6}$", r"[A-Z]+\.?")
NAMES = st.sampled_from(
    ["title", "scenes", "claims", "tags", "text", "sources", "score", "x", "narration", "url", "id"]
)


@st.composite
def strings(draw):
    low = draw(st.integers(0, 30))
    schema = {"type": "string"}
    kind = draw(st.sampled_from(["free", "long", "short", "pattern", "format", "enum"]))
    if kind in {"long", "short"}:
        schema["minLength" if kind == "long" else "maxLength"] = low + (kind == "short")
    elif kind == "pattern":
        schema["pattern"] = draw(st.sampled_from(PATTERNS))
    elif kind == "format":
        schema["format"] = draw(st.sampled_from(["date", "date-time", "email", "uuid", "uri"]))
    elif kind == "enum":
        schema["enum"] = draw(st.lists(st.text(max_size=5), min_size=1, max_size=4))
    return schema


@st.composite
def numbers(draw):
    schema = {"type": draw(st.sampled_from(["integer", "number"]))}
    low = draw(st.integers(-50, 50))
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + 10
    if draw(st.booleans()):
        schema["multipleOf"] = draw(st.integers(1, 4))
    return schema


@st.composite
def arrays(draw, items):
    low = draw(st.integers(0, 6))
    schema = {"type": "array", "items": draw(items)}
    if draw(st.booleans()):
        schema["minItems"] = low
    if draw(st.booleans()):
        schema["maxItems"] = low + draw(st.integers(0, 3))
    return schema


@st.composite
def objects(draw, values):
    properties = draw(st.dictionaries(NAMES, values, max_size=4))
    required = (
        draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    )
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def unions(values):
    return st.lists(values, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})


LEAVES = st.one_of(
    strings(), numbers(), st.just({"type": "boolean"}), st.just({"type": "null"}),
    st.sampled_from([{"const": 7}, {"type": ["string", "null"]}, {}]),
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES, lambda inner: arrays(inner) | objects(inner) | unions(inner), max_leaves=8
)


@settings(max_examples=250, deadline=None)
@given(SCHEMAS)
def test_any_schema_is_filled_with_what_fits_it(schema):
    jsonschema.validate(fill(schema, ASK), schema)


def test_references_that_come_back_to_themselves_end():
    schema = {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                },
                "required": ["name", "children", "next"],
            }
        },
        "$ref": "#/$defs/node",
    }

    jsonschema.validate(fill(schema, ASK), schema)


@pytest.mark.parametrize(
    "items", [{"type": "string"}, {"enum": ["a", "b", "c"]}, {"type": "integer"}]
)
@pytest.mark.parametrize("name", ["tags", "anything"])
def test_items_are_unique_where_they_must_be(items, name):
    rules = {"type": "array", "items": items, "minItems": 3, "maxItems": 9, "uniqueItems": True}
    schema = {"type": "object", "properties": {name: rules}, "required": [name]}

    jsonschema.validate(fill(schema, ASK), schema)


def test_limits_that_an_sdk_moved_into_the_description_are_kept():
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "A title.\n\n{maxLength: 12, minLength: 1}"},
            "scenes": {
                "type": "array",
                "items": {"type": "object", "properties": {"narration": {"type": "string"}}},
                "description": "{minItems: 7, maxItems: 9}",
            },
            "language": {"type": "string", "description": "{pattern: ^[a-z]{2}$}"},
            "share": {"type": "number", "description": "{exclusiveMinimum: 0, maximum: 1}"},
        },
    }

    made = fill(schema, ASK)

    assert 1 <= len(made["title"]) <= 12
    assert len(made["scenes"]) == 7
    assert made["language"] == "ko"
    assert 0 < made["share"] <= 1


class Scene(BaseModel):
    voice_over: str
    caption: str = Field(max_length=24)
    visual_prompt: str
    duration_seconds: float = Field(gt=0, le=60)


class Plan(BaseModel):
    headline: str
    shots: list[Scene] = Field(min_length=3, max_length=8)
    keywords: list[str]
    cta: str


def test_other_names_for_the_same_things_are_understood():
    plan = Plan.model_validate(fill(Plan.model_json_schema(), ASK))

    assert "블랙홀" in plan.headline
    assert len(plan.shots) == 5
    assert all("니다" in shot.voice_over or "요" in shot.voice_over for shot in plan.shots)
    assert re.search("[a-z]", plan.shots[0].visual_prompt)
    assert "블랙홀" in plan.keywords


def test_a_schema_that_stands_in_the_prompt_is_used():
    ask = Ask(f"Topic: 달\nAnswer as JSON that fits {json.dumps(Plan.model_json_schema())}")

    Plan.model_validate_json(answer_to(ask, None))


def test_without_a_schema_the_answer_is_prose_about_the_topic():
    text = answer_to(ASK, None)

    assert "블랙홀" in text
    assert text.count("\n\n") >= 2


@pytest.mark.parametrize(
    "schema", [Plan.model_json_schema(), {"type": "array", "items": {}}, {"enum": [1]}]
)
def test_an_invalid_answer_does_not_fit_and_a_malformed_one_is_no_json(schema):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(object_for(ASK, schema, "invalid"), schema)

    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Extra"):
        json.loads(answer_to(ASK, schema, "malformed"))
