"""A brand guide is whatever YAML a person writes; only what is no YAML is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from researcher.guide import PASSAGE_CHARS, GuideError, passages_of


def texts(guide: str) -> list[tuple[str, str]]:
    return [(passage.source.title, passage.text) for passage in passages_of(guide)]


def test_each_section_becomes_a_passage_with_its_path_kept() -> None:
    guide = "tone: warm\nwords:\n  use: [바다, 달]\n  avoid: jargon\n"

    assert texts(guide) == [
        ("tone", "warm"),
        ("words", "use / 바다\nuse / 달\navoid / jargon"),
    ]


@pytest.mark.parametrize("guide", ["", "  \n", "# only a comment", "---", "{}", "tone:\n"])
def test_an_empty_guide_has_no_passages(guide: str) -> None:
    assert passages_of(guide) == ()


@pytest.mark.parametrize(
    ("guide", "expected"),
    [
        ("Speak plainly.", [("brand guide", "Speak plainly.")]),
        ("- warm\n- plain", [("brand guide", "warm\nplain")]),
        ("emoji: no\nsince: 2024-13-45", [("emoji", "no"), ("since", "2024-13-45")]),
        ("tone: !secret warm", [("tone", "warm")]),
        ("a: x\n---\nb: y", [("a", "x"), ("b", "y")]),
        ("base: &b {tone: warm}\nnews: *b", [("base", "tone / warm"), ("news", "tone / warm")]),
    ],
)
def test_every_shape_of_yaml_is_taken(guide: str, expected: list[tuple[str, str]]) -> None:
    assert texts(guide) == expected


def test_a_long_text_is_cut_between_words() -> None:
    passages = passages_of("tone: " + "word " * 400)

    assert len(passages) > 1
    assert all(len(passage.text) <= PASSAGE_CHARS for passage in passages)
    assert " ".join(passage.text for passage in passages).split() == ["word"] * 400


@pytest.mark.parametrize(
    ("guide", "line"),
    [
        ("tone: warm\n  words: x", "line 2"),
        ("tone: warm\nwords: [a, b", "line 2"),
        ("a: 1\nb: 2\nc: {{name}}", "line 3"),
        ("a: 1\nb: \x07", "line 2"),
        ("a: *nowhere", "line 1"),
    ],
)
def test_a_malformed_guide_is_refused_with_its_line(guide: str, line: str) -> None:
    with pytest.raises(GuideError, match=line):
        passages_of(guide)


def test_aliases_cannot_blow_a_guide_up() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    with pytest.raises(GuideError, match="more than"):
        passages_of(bomb)


def test_aliases_of_nothing_cannot_keep_the_reader_busy() -> None:
    bomb = "a: &a []\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    with pytest.raises(GuideError, match="more than"):
        passages_of(bomb)


@pytest.mark.parametrize("guide", ["[" * 2000, "[" * 50 + "]" * 50])
def test_a_bottomless_guide_is_refused(guide: str) -> None:
    with pytest.raises(GuideError, match="nested"):
        passages_of(guide)


def test_a_guide_of_a_book_s_size_is_refused() -> None:
    with pytest.raises(GuideError, match="100001 characters"):
        passages_of("x" * 100_001)


@given(st.text())
def test_any_text_is_either_read_or_refused(guide: str) -> None:
    try:
        passages = passages_of(guide)
    except GuideError:
        return
    assert all(0 < len(passage.text) <= PASSAGE_CHARS for passage in passages)
