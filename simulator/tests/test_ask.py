"""A prompt is read leniently: what is asked, in which language, how long, from what."""

import pytest

from simulator.content.ask import Ask

SCRIPT = """\
Topic: 바다는 왜 짤까?
Language: ko
Channel: 별별 지식
Target length: 45 seconds
Scenes: 6
Narration length: 200 to 300 characters in all, blanks counted

Claims:
- 바닷물의 소금은 강에서 왔다. [1]
- 물은 증발하지만 소금은 남는다. (source: 백과)
Brand notes:
- 친근하게
"""


def test_labels_tell_what_is_asked():
    ask = Ask(SCRIPT)

    assert ask.topic.text == "바다는 왜 짤까?"
    assert (ask.language, ask.target_s, ask.scenes) == ("ko", 45, 6)
    assert ask.narration_chars == 300
    assert ask.labels["brand"] == "별별 지식"


def test_claims_end_where_the_next_label_begins():
    assert Ask(SCRIPT).claims == (
        "바닷물의 소금은 강에서 왔다.",
        "물은 증발하지만 소금은 남는다.",
    )


@pytest.mark.parametrize(
    ("text", "language", "topic"),
    [
        ("Write a haiku about the sea.", "en", "the sea"),
        ("블랙홀에 대해 알려 줘", "ko", "블랙홀에 대해 알려 줘"),
        ("주제: 커피\n언어: English", "en", "커피"),
        ("**Topic:** “Black holes”\nWrite it in Korean.", "ko", "Black holes"),
        ("recent facts, figures and sources about 고양이", "ko", "고양이"),
        (
            "Search the web, from at most 5 pages.\n\nWhy is the sea salty?",
            "en",
            "Why is the sea salty?",
        ),
    ],
)
def test_other_wordings_are_understood(text, language, topic):
    ask = Ask(text)

    assert (ask.language, ask.topic.text) == (language, topic)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Length: 2 minutes", 120), ("목표 길이: 15초", 15), ("a 20-second video", 20), ("hi", 30)],
)
def test_the_length_is_found_in_seconds_or_minutes(text, seconds):
    assert Ask(text).target_s == seconds


def test_numbered_sources_are_told_apart():
    ask = Ask(
        "Sources:\n"
        "[1] web | 바다의 소금 | https://sea.example/a: 소금은 남는다.\n"
        "[2] brand guide | tone: 친근하게: 늘\n"
        "[3] earlier research | 달 | https://moon.example/b: 달은 멀어진다."
    )

    kinds = [(source.number, source.kind, source.url, source.text) for source in ask.passages]
    assert kinds == [
        (1, "web", "https://sea.example/a", "소금은 남는다."),
        (2, "brand_guide", "", "친근하게: 늘"),
        (3, "earlier_research", "https://moon.example/b", "달은 멀어진다."),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "subject", "field"),
    [
        ("밤하늘의 별은 왜 반짝일까?", "question", "밤하늘의 별", "space"),
        ("왜 커피를 마시면 잠이 안 올까", "question", "커피", "coffee"),
        ("서울 지하철의 비밀", "noun", "서울 지하철", "places"),
        ("집에서 커피 맛있게 내리는 법", "howto", "집에서 커피 맛있게 내리는 법", "coffee"),
        ("특별한 하루", "noun", "특별한 하루", "anything"),
        ("바나나", "noun", "바나나", "anything"),
    ],
)
def test_a_topic_knows_its_kind_its_subject_and_its_field(text, kind, subject, field):
    topic = Ask(f"Topic: {text}\nLanguage: ko").topic

    assert (topic.kind, topic.subject, topic.domain.name) == (kind, subject, field)
