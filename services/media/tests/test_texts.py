"""Texts that stand still are told from those that move."""

import pytest
from pysubs2 import SSAEvent, SSAFile

from media.texts import span_of, texts_of
from media.timeline import Span


def written(*texts: str) -> str:
    sheet = SSAFile()
    sheet.extend(SSAEvent(start=1000, end=4000, text=text) for text in texts)
    return sheet.to_string("ass")


def test_a_text_that_fades_stands_still_in_between() -> None:
    texts = texts_of(written(r"{\fad(300,200)}{\fs90}비밀"))

    assert [span_of(text) for text in texts.standing] == [Span(1300, 3800)]
    assert [span_of(text) for text in texts.moving] == [Span(1000, 1300), Span(3800, 4000)]
    assert [text.text for text in texts.moving] == [
        r"{\fad(300,0)}{\fs90}비밀",
        r"{\fad(0,200)}{\fs90}비밀",
    ]


@pytest.mark.parametrize(
    "tag", [r"\move(0,0,9,9)", r"\t(\fs20)", r"\k50", r"\fade(0,255,0,0,1,2,3)", r"\fad(2000,2000)"]
)
def test_what_moves_all_the_time_is_drawn_all_the_time(tag: str) -> None:
    texts = texts_of(written(f"{{{tag}}}비밀", "그대로"))

    assert [text.text for text in texts.moving] == [f"{{{tag}}}비밀"]
    assert [text.text for text in texts.standing] == ["그대로"]


def test_standing_texts_have_a_second_of_their_own() -> None:
    texts = texts_of(written("하나", r"{\k50}둘", "셋"))

    turns = SSAFile.from_string(texts.standing_in_turn())
    assert [(turn.text, span_of(turn)) for turn in turns] == [
        ("하나", Span(0, 1000)),
        ("셋", Span(1000, 2000)),
    ]
    assert [text.text for text in SSAFile.from_string(texts.moving_alone())] == [r"{\k50}둘"]
