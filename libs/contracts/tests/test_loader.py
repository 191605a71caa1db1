"""Whatever is wrong with a pipeline file, one sentence names it and the way out."""

import re
from pathlib import Path

import pytest

from contracts.base import Frozen
from contracts.documents import DocumentError, read_document
from contracts.loader import PipelineError, UnknownPipelineError, available, load, load_named

REPOSITORY = Path(__file__).parents[3]
STEP = "steps:\n  - {step: a, agent: writer}\n"

MISTAKES = {
    "an empty file": ("", "p.yaml is empty: write a mapping there"),
    "a list": ("- a\n", "p.yaml is ['a']: write a mapping there"),
    "a tab": (
        "pipeline: p\nsteps:\n\t- x\n",
        r"p.yaml, line 3, column 1: this is no YAML (found character '\t'",
    ),
    "two documents": ("a: b\n---\nc: d\n", "p.yaml, line 2, column 1: this is no YAML"),
    "an unhashable key": ("? [a]\n: b\n", "p.yaml, line 1, column 3: this is no YAML"),
    "a foreign tag": ("a: !!python/object:os.system ls\n", "p.yaml, line 1, column 4: this is no"),
    "a control character": ("pipeline: \x01\n", "p.yaml is no YAML (unacceptable character"),
    "an impossible date": (
        "pipeline: p\ndescription: 2024-13-45\n",
        "p.yaml holds a value YAML cannot read (month must be in 1..12): put it in quotes",
    ),
    "bottomless nesting": ("[" * 50_000, "p.yaml is nested too deeply"),
    "a step inside itself": (
        "pipeline: p\nsteps: &a\n  - *a\n",
        "p.yaml, line 2: steps.0 is [[",
    ),
    "no steps": (
        "pipeline: p\nsteps: []\n",
        "p.yaml, line 2: steps is []: write at least one there",
    ),
    "no agent": (
        "pipeline: p\nsteps:\n  - step: a\n    agent: x\n  - step: b\n",
        "p.yaml, line 5: steps.1.agent is missing: add it",
    ),
    "a misspelt field": (
        "pipeline: p\nsteps:\n  - step: a\n    agent: w\n    nedds: [b]\n",
        "p.yaml, line 5: steps.0.nedds is not known here: remove it or correct",
    ),
    "a key that is a number": ("pipeline: p\n1: 2\n" + STEP, "1 is 1: keys should be strings"),
    "a bad name": (
        "pipeline: p\nsteps:\n  - step: a\n    agent: W x\n",
        "p.yaml, line 4: steps.0.agent is 'W x': use at most 32 lower-case letters",
    ),
    "a name that YAML reads as false": (
        "pipeline: p\nsteps:\n  - {step: no, agent: w}\n",
        "p.yaml, line 3: steps.0.step is False: write text there",
    ),
    "a word for a list": (
        "pipeline: p\nsteps:\n  - {step: a, agent: w, needs: b}\n",
        "p.yaml, line 3: steps.0.needs is 'b': write a list there",
    ),
    "a word for a step": (
        "pipeline: p\nsteps: [a]\n",
        "p.yaml, line 2: steps.0 is 'a': write a mapping there",
    ),
    "a number out of range": (
        "pipeline: p\nsteps:\n  - {step: a, agent: w, timeout_s: 0}\n",
        "p.yaml, line 3: steps.0.timeout_s is 0: input should be greater than 0",
    ),
    "a key given twice": (
        "pipeline: p\nsteps:\n  - step: a\n    agent: w\n    step: b\n",
        "p.yaml, line 5: 'step' stands there a second time: keep one of the two",
    ),
    "a step named twice": (
        "pipeline: p\nsteps: [{step: a, agent: w}, {step: a, agent: w}]\n",
        "p.yaml: step 'a' is named twice",
    ),
    "an unknown step": (
        "pipeline: p\nsteps: [{step: a, agent: w, needs: [z]}]\n",
        "p.yaml: step 'a' needs 'z', which is no step of this pipeline: use one of a",
    ),
    "a cycle": (
        "pipeline: p\nsteps: [{step: a, agent: w, needs: [b]}, {step: b, agent: w, needs: [a]}]\n",
        "p.yaml: steps need each other in a circle: a → b → a; remove one need",
    ),
    "another name than the file's": (
        "pipeline: q\n" + STEP,
        "p.yaml: the pipeline calls itself 'q': rename it to 'p' or the file to q.yaml",
    ),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_in_one_sentence_with_file_and_way_out(
    text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)

    with pytest.raises(PipelineError, match=re.escape(told)) as raised:
        load(path)

    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"

    with pytest.raises(PipelineError, match=r"p.yaml cannot be read .No such file or directory"):
        load(path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"a: \xff")

    with pytest.raises(PipelineError, match=r"p.yaml is not UTF-8 text .byte 3.: save it as UTF-8"):
        load(path)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "video.yaml").write_text("pipeline: video\n" + STEP)
    (tmp_path / "mail.yaml").write_text("pipeline: mail\n" + STEP)

    with pytest.raises(
        UnknownPipelineError, match=r"no pipeline 'vidoe' in .*: use one of mail, vi"
    ):
        load_named(tmp_path, "vidoe")


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "video.yaml").write_text("pipeline: video\n" + STEP)

    with pytest.raises(UnknownPipelineError, match=r"inside holds none; add ../video.yaml to it"):
        load_named(inside, "../video")


def test_a_folder_that_is_not_there_holds_no_pipelines(tmp_path: Path) -> None:
    assert available(tmp_path / "nowhere") == []


def test_every_pipeline_of_the_product_can_be_loaded() -> None:
    folder = REPOSITORY / "pipelines"

    pipelines = [load_named(folder, name) for name in available(folder)]

    assert "video" in [pipeline.pipeline for pipeline in pipelines]


def test_shared_parts_of_a_file_may_be_written_once(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "pipeline: p\nsteps:\n"
        "  - {step: a, agent: w, retry: &slow {max_attempts: 9}}\n"
        "  - {step: b, agent: w, retry: *slow}\n"
    )

    pipeline = load(path)

    assert [spec.retry.max_attempts for spec in pipeline.steps] == [9, 9]
    assert pipeline.step("b").task == "b"


class Rates(Frozen):
    rates: dict[str, int]


def test_a_mistake_in_a_key_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rates.yaml"
    path.write_text("rates:\n  one: 1\n  2: 2\n")

    with pytest.raises(
        DocumentError, match=r"rates.yaml, line 3: rates.2.\[key\] is 2: write text"
    ):
        read_document(path, Rates)
