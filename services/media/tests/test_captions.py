"""Captions are readable: short, balanced, broken where a reader would pause, and complete."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.captions import captions, cues_of, wrapped

WIDTH = 12.0
KOREAN = "비밀은 잎에 있습니다. 잎의 기공에서 물이 증발하면, 그 빈자리를 채우려고 물이 올라옵니다."

texts = st.text(alphabet="가나다라 마바사,. !?abc1\n", max_size=200)


def length(text: str) -> float:
    """Count a Hangul syllable as one and all else as half, as a proportional font would."""
    return sum(1 if "가" <= char <= "힣" else 0.5 for char in text)


def shown(text: str, width: float = WIDTH) -> list[tuple[str, ...]]:
    return captions(text, width=width, width_of=length)


@given(texts)
def test_no_letter_is_lost_or_invented(text: str) -> None:
    letters = "".join(line for lines in shown(text) for line in lines)

    assert "".join(letters.split()) == "".join(text.split())


@given(texts)
def test_a_caption_has_at_most_two_lines_that_fit(text: str) -> None:
    for lines in shown(text):
        assert 1 <= len(lines) <= 2
        assert all(0 < length(line) <= WIDTH for line in lines)


@given(texts, st.integers(0, 100_000), st.integers(1000, 60_000))
def test_cues_fill_the_speech_in_order_without_overlap(text: str, start: int, spoken: int) -> None:
    cues = cues_of(text, (start, start + spoken), width=WIDTH, width_of=length)

    assert all(cue.start_ms < cue.end_ms for cue in cues)
    assert all(one.end_ms == next_one.start_ms for one, next_one in pairwise(cues))
    if cues:
        assert (cues[0].start_ms, cues[-1].end_ms) == (start, start + spoken)


def test_korean_breaks_between_words_and_after_punctuation() -> None:
    assert shown(KOREAN) == [
        ("비밀은 잎에 있습니다.",),
        ("잎의 기공에서", "물이 증발하면,"),
        ("그 빈자리를 채우려고", "물이 올라옵니다."),
    ]


def test_a_caption_is_shown_in_proportion_to_its_letters() -> None:
    cues = cues_of("가나다라마바사아자차카타. 하나둘.", (0, 16_000), width=13, width_of=length)

    assert [cue.end_ms - cue.start_ms for cue in cues] == [12_235, 3_765]


def test_short_sentences_share_a_caption() -> None:
    assert shown("네. 맞아요. 그렇죠!") == [("네. 맞아요. 그렇죠!",)]


def test_a_number_with_a_point_is_not_the_end_of_a_sentence() -> None:
    assert shown("높이는 115.9m입니다", width=20) == [("높이는 115.9m입니다",)]


def test_a_word_wider_than_a_line_is_broken_inside() -> None:
    lines = [line for lines in shown("가" * 30) for line in lines]

    assert "".join(lines) == "가" * 30
    assert max(map(length, lines)) <= WIDTH


def test_a_text_without_words_has_no_caption() -> None:
    assert shown(" \n ") == []
    assert cues_of(" ", (0, 1000), width=WIDTH, width_of=length) == []


def test_a_headline_takes_the_fewest_lines_and_balances_them() -> None:
    text = "물 분자는 서로 손을 잡고 있다"

    assert wrapped(text, width=20, width_of=length, max_lines=2) == (text,)
    assert wrapped(text, width=9, width_of=length, max_lines=2) == (
        "물 분자는 서로",
        "손을 잡고 있다",
    )
    assert wrapped(text, width=3, width_of=length, max_lines=2) is None
