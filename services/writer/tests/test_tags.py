"""Tags and hashtags come out as platforms take them, whatever a model wrote."""

import re

from hypothesis import given
from hypothesis import strategies as st

from writer.tags import hashtags_of, tags_of

RAW = st.lists(st.text(max_size=80), max_size=40)


def test_tags_lose_marks_and_repetitions_but_keep_their_order() -> None:
    assert tags_of(["#Sky", "blue  sky", "sky", "a,b", "<x>", "  ", '"q"']) == (
        "Sky",
        "blue sky",
        "a b",
        "x",
        "q",
    )


def test_a_tag_without_room_is_dropped_and_a_shorter_one_still_fits() -> None:
    assert tags_of(["aaaa", "bbbbbbbb", "cc"], max_chars=8) == ("aaaa", "cc")


def test_tags_may_fill_the_room_to_the_last_character() -> None:
    assert tags_of(["aaaa", "bbb"], max_chars=8) == ("aaaa", "bbb")


@given(RAW, st.integers(min_value=0, max_value=500))
def test_joined_tags_never_exceed_the_limit(raw: list[str], max_chars: int) -> None:
    tags = tags_of(raw, max_chars=max_chars)

    assert len(",".join(tags)) <= max_chars
    assert len({tag.casefold() for tag in tags}) == len(tags)
    assert all(tag.strip() and not re.search(r'[#,<>"]', tag) for tag in tags)


@given(RAW)
def test_cleaning_tags_again_changes_nothing(raw: list[str]) -> None:
    tags = tags_of(raw)

    assert tags_of(tags) == tags


def test_hashtags_are_one_word_each() -> None:
    assert hashtags_of(["하늘", "#Blue Sky", "##sky!", "#BLUESKY", "#"]) == (
        "#하늘",
        "#BlueSky",
        "#sky",
    )


@given(RAW)
def test_hashtags_are_few_and_well_formed(raw: list[str]) -> None:
    hashtags = hashtags_of(raw)

    assert len(hashtags) <= 5
    assert all(re.fullmatch(r"#\w+", hashtag) for hashtag in hashtags)
