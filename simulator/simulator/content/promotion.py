"""How a video presents itself: title, description, tags and the words on the thumbnail."""

import re
from collections.abc import Sequence

from simulator.content.ask import Ask, sentences_of
from simulator.content.korean import is_korean
from simulator.content.story import Story
from simulator.content.topic import shortened
from simulator.wire import Json

_TAG_COUNT = 12
_THUMBNAIL_MAX = 16
_QUESTION_MAX = 24
_ALWAYS = {
    "ko": ("지식 쇼츠", "쇼츠", "교양", "1분 지식"),
    "en": ("explained", "facts", "shorts", "learn something new"),
}
_CONTENTS = {"ko": "이 영상에서 다루는 것", "en": "In this video"}
_INVITATION = {
    "ko": "궁금한 점은 댓글로 남겨 주시고, 다음 이야기도 놓치지 않게 구독해 주세요.",
    "en": "Leave your questions in the comments, and subscribe so that you see the next one.",
}
_WHY = re.compile(r"(?:^|\s)((?:왜|어떻게|얼마나)\s.*)$")


def description_of(ask: Ask, story: Story, narrations: Sequence[str]) -> str:
    """Return a lead, what is covered, and an invitation, as short paragraphs."""
    language = ask.language
    points = [_point_of(text, story.links) for text in narrations[1:-1] or narrations]
    covered = "\n".join(f"• {point}" for point in points)
    return "\n\n".join([story.summary, f"{_CONTENTS[language]}\n{covered}", _INVITATION[language]])


def tags_of(ask: Ask) -> list[str]:
    topic, language = ask.topic, ask.language
    keywords = [
        word
        for word in topic.domain.keywords
        if len(word) > 1 and is_korean(word) == (language == "ko")
    ]
    field = topic.domain.name_ko if language == "ko" else topic.domain.name_en
    own = [topic.name, topic.subject, field] if keywords else [topic.name, topic.subject]
    tags = [*own, *keywords[:6], *_ALWAYS[language]]
    return list(dict.fromkeys(shortened(tag, 40) for tag in tags))[:_TAG_COUNT]


def hashtags_of(ask: Ask) -> list[str]:
    words = [ask.topic.key, *tags_of(ask)[2:4], *_ALWAYS[ask.language][:2]]
    return list(dict.fromkeys(f"#{_joined(word)}" for word in words))


def thumbnail_of(ask: Ask) -> str:
    topic = ask.topic
    if topic.kind == "question" and (asked := _WHY.search(topic.name)):
        return shortened(asked[1], _THUMBNAIL_MAX) + "?"
    if topic.kind == "question" and len(topic.name) < _QUESTION_MAX:
        return f"{topic.name}?"
    key = shortened(topic.key, _THUMBNAIL_MAX - 4)
    templates = {
        "ko": ("{key}, 정말?", "몰랐던 {key}", "{key}의 비밀"),
        "en": ("{key}: really?", "{key}, explained", "Inside {key}"),
    }
    return ask.chance.of("thumbnail").pick(templates[ask.language]).replace("{key}", key)


def chapters_of(story: Story) -> list[Json]:
    starts, chapters = 0.0, list[Json]()
    for beat in story.beats:
        chapters.append({"start_s": round(starts, 1), "title": beat.label})
        starts += beat.duration_s
    return chapters


def _point_of(narration: str, links: Sequence[str]) -> str:
    """Return the sentence that tells most, without the words that lead over to it."""
    sentence = max(sentences_of(narration) or [narration], key=len)
    for link in links:
        sentence = sentence.removeprefix(link).strip()
    return sentence


def _joined(words: str) -> str:
    """Return the words as one, each with a capital so that it can still be read."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", words))
