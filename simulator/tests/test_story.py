"""Scripts read like scripts: about their topic, of the length asked for, in one language."""

import re
from itertools import combinations

import pytest

from simulator.content.ask import Ask
from simulator.content.knowledge import domains
from simulator.content.korean import is_korean
from simulator.content.research import claims_of, notes_of
from simulator.content.search import pages_for
from simulator.content.story import Story

TOPICS = {
    "ko": (
        "밤하늘의 별은 왜 반짝일까?",
        "커피 한 잔의 과학",
        "중세 유럽의 비누 이야기",
        "집중력 높이는 법",
    ),
    "en": ("Why is the sea salty?", "Black holes", "The history of soap", "How to sleep better"),
}
MOON = "달은 해마다 약 3.8센티미터씩 지구에서 멀어지고 있다."


def story(topic: str, language: str = "ko", *, seconds: int = 30, scenes: int = 5) -> Story:
    text = f"Topic: {topic}\nLanguage: {language}\nTarget length: {seconds} seconds"
    return Story(Ask(text), scenes)


@pytest.mark.parametrize(("language", "topic"), [(k, t) for k, v in TOPICS.items() for t in v])
def test_a_script_for_half_a_minute_lasts_about_that_long(language, topic):
    told = story(topic, language)

    assert 24 <= sum(beat.duration_s for beat in told.beats) <= 40
    assert all(beat.duration_s >= 2 for beat in told.beats)
    assert all(0 < len(beat.label) <= 24 for beat in told.beats)
    assert all(is_korean(beat.narration) == (language == "ko") for beat in told.beats)


@pytest.mark.parametrize("seconds", [12, 60, 120])
def test_a_longer_script_is_asked_for_in_seconds(seconds):
    told = story("블랙홀", seconds=seconds, scenes=max(1, seconds // 6))

    spoken = sum(beat.duration_s for beat in told.beats)
    assert 0.6 * seconds <= spoken <= max(1.4 * seconds, 20)


def test_the_first_scene_begins_with_the_hook():
    told = story("블랙홀")

    assert told.beats[0].narration.startswith(told.hook)


def test_different_topics_give_different_scripts():
    scripts = [{beat.narration for beat in story(topic).beats[1:-1]} for topic in TOPICS["ko"]]

    assert all(not one & other for one, other in combinations(scripts, 2))


def test_the_same_topic_gives_the_same_script_and_another_seed_another_one():
    ask = "Topic: 블랙홀\nLanguage: ko"

    assert Story(Ask(ask), 5).beats == Story(Ask(ask), 5).beats
    assert len({str(Story(Ask(ask, seed=str(seed)), 5).beats) for seed in range(6)}) > 3


def test_claims_of_the_prompt_are_what_is_told():
    told = Story(
        Ask(
            "Topic: 우리 동네 빵집\nLanguage: ko\nClaims:\n"
            "- 이 빵집은 1978년에 문을 열었다.\n- 반죽은 열두 시간 동안 쉰다."
        ),
        4,
    )

    spoken = " ".join(beat.narration for beat in told.beats)
    assert "이 빵집은 1978년에 문을 열었습니다." in spoken
    assert "반죽은 열두 시간 동안 쉽니다." in spoken


def test_no_gap_of_a_template_is_left_open():
    for language, topics in TOPICS.items():
        for topic in topics:
            told = story(topic, language)
            texts = [told.title, told.summary, told.call, *(beat.image for beat in told.beats)]
            assert not re.search(r"[{}|]", " ".join(texts + [b.narration for b in told.beats]))


def test_research_cites_the_sources_that_state_a_claim():
    ask = Ask(
        "Topic: 달\nLanguage: ko\n"
        f"[1] web | 달 | https://a.example/1: {MOON} 느리다.\n"
        f"[2] web | 달 | https://a.example/2: {MOON}\n"
        "[3] brand guide | tone: 친근하게"
    )

    (claim,) = claims_of(ask)
    assert claim["text"] == MOON
    assert [source["number"] for source in claim["sources"]] == [1, 2]
    assert notes_of(ask) == ["tone: 친근하게"]


def test_a_source_in_another_language_gives_a_claim_in_the_one_asked_for():
    ask = Ask(f"Topic: the moon\nLanguage: en\n[1] web | 달 | https://a.example/1: {MOON}")

    assert claims_of(ask)[0]["text"].startswith("The Moon drifts")


@pytest.mark.parametrize(
    "topic", ["The history of bicycles", "why we yawn", "C++", "x", "…", "..."]
)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_found_in_one_language_give_claims_in_the_other(topic, language):
    pages = pages_for(Ask(topic), 5)
    sources = "\n".join(
        f"[{n}] web | {page.title} | {page.url}: {page.text}" for n, page in enumerate(pages, 1)
    )

    claims = claims_of(Ask(f"Topic: {topic}\nLanguage: {language}\n{sources}"))

    assert len(claims) == 5
    assert all(is_korean(claim["text"]) == (language == "ko") for claim in claims)


@pytest.mark.parametrize(
    "topic", ["why the sky is blue", "Why is the sky blue", "하늘은 왜 파랄까"]
)
@pytest.mark.parametrize(
    ("language", "answer"), [("ko", "파란빛"), ("en", "blue part of sunlight")]
)
def test_the_topic_of_the_readme_is_answered_at_once(topic, language, answer):
    assert answer in story(topic, language).beats[1].narration


def test_every_known_fact_is_complete_and_fits_on_a_screen():
    for domain in domains():
        assert len(domain.facts) >= 7
        for fact in domain.facts:
            assert is_korean(fact.ko)
            assert fact.ko.endswith("다.")
            assert not is_korean(fact.en + fact.en_more + fact.image)
            assert len(fact.label_ko) <= 20
            assert len(fact.label_en) <= 24


@pytest.mark.parametrize(
    ("language", "comment", "woven"),
    [
        ("ko", "좀 더 짧게 해 주세요.", "\u201c좀 더 짧게 해 주세요\u201d, 말씀대로"),
        ("en", "Make it funnier!", "\u201cMake it funnier\u201d"),
        ("en", "word " * 100, "word word"),
    ],
)
def test_a_comment_shows_in_the_hook_and_nothing_else_changes(language, comment, woven):
    text = f"Topic: {TOPICS[language][0]}\nLanguage: {language}\nTarget length: 30 seconds"
    first = Story(Ask(text), 5)
    changed = Story(Ask(f"{text}\n\nComment: {comment}"), 5)

    assert woven in changed.hook
    assert changed.hook.endswith(first.hook)
    assert changed.beats[0].narration.startswith(changed.hook)
    assert (changed.title, changed.closing) == (first.title, first.closing)
