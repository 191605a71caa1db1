"""Merge patches on artifacts: what they change, and what they may not."""

import pytest

from contracts.artifacts import Brief, Scene, Script
from gateway.edits import edited, merged
from gateway.repeats import EditError

SCENE = Scene(narration="달이 당깁니다.", on_screen_text="달", image_prompt="moon", target_s=6)
SCRIPT = Script(title="조수", language="ko", hook="왜?", scenes=(SCENE, SCENE))
BRIEF = Brief(topic="조수", channel_id="demo", brand_name="Demo", aspect="16:9")
REVIEW = {"verdict": "good", "notes": ["short"]}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}, {"a": {"c": 2, "d": 3}}),
        ({"a": 1}, {"a": {"b": None}}, {"a": {}}),
        ({"a": 1}, [2], [2]),
    ],
)
def test_a_patch_merges_as_its_standard_says(target, patch, result):
    assert merged(target, patch) == result


def test_a_script_keeps_what_is_not_edited():
    patch = {"title": "새 제목", "scenes": [SCENE.model_dump(mode="json") | {"target_s": 4}]}

    script = edited("script", "Script", SCRIPT.model_dump(mode="json"), patch)

    assert isinstance(script, Script)
    assert (script.title, script.hook) == ("새 제목", "왜?")
    assert [scene.target_s for scene in script.scenes] == [4]


def test_a_field_with_a_default_is_given_back_to_it():
    brief = edited("brief", "Brief", BRIEF.model_dump(mode="json"), {"aspect": None})

    assert isinstance(brief, Brief)
    assert brief.aspect == "9:16"


def test_what_only_its_agent_knows_keeps_its_fields():
    assert edited("review", "Review", REVIEW, {"verdict": "bad"}) == REVIEW | {"verdict": "bad"}


REFUSED = [
    (SCRIPT, {}, "the edit of 'x' changes nothing: write {\"field\": value}"),
    (SCRIPT, {"titel": "t"}, "x has no field 'titel': use one of title, language, hook, scenes"),
    (SCRIPT, {"titel": None}, "x has no field 'titel'"),
    (SCRIPT, {"title": None}, "x.title cannot be edited so: field required"),
    (SCRIPT, {"title": 2026}, "x.title cannot be edited so: input should be a valid string"),
    (SCRIPT, {"scenes": []}, "x.scenes cannot be edited so: tuple should have at least 1 item"),
    (
        SCRIPT,
        {"scenes": [SCENE.model_dump() | {"target": 4}]},
        "x.scenes.0 has no field 'target': use one of narration, on_screen_text",
    ),
    (BRIEF, {"channel_id": "other"}, "brief.channel_id cannot be edited: ask for a new run"),
    (BRIEF, {"topic": "  "}, "brief.topic is empty"),
    (BRIEF, {"topic": "a\x1b[1m"}, "brief.topic has the control character U+001B at place 2"),
]


@pytest.mark.parametrize(("artifact", "patch", "says"), REFUSED)
def test_an_edit_that_cannot_be_is_refused_in_one_sentence(artifact, patch, says):
    with pytest.raises(EditError) as refusal:
        edited("x", type(artifact).__name__, artifact.model_dump(mode="json"), patch)

    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("Review", REVIEW, "x has no field 'vote': use one of verdict, notes"),
        ("Joined", {"outputs": []}, "'x' is a list of results and cannot be edited"),
    ],
)
def test_an_edit_of_what_is_not_known_or_a_list_is_refused(kind, content, says):
    with pytest.raises(EditError) as refusal:
        edited("x", kind, content, {"vote": 1})

    assert says in str(refusal.value)


def test_a_field_that_steers_a_terminal_is_kept_out_of_the_sentence():
    """What is told comes from the error, never from the artifact."""
    with pytest.raises(EditError) as refusal:
        edited("x", "Script", SCRIPT.model_dump(mode="json"), {"hook": ["\x1b[2J"]})

    assert "\x1b" not in str(refusal.value)
