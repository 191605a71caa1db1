"""What a prompt asks for, read leniently from its text: people word prompts as they like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from simulator.chance import Chance
from simulator.content.korean import is_korean
from simulator.content.topic import Language, Topic

type PassageKind = Literal["web", "brand_guide", "earlier_research"]

CHARS_PER_S = {"ko": 6.9, "en": 16.5}
"""How fast the simulator's own voices speak, blanks counted (measured, see speech.py)."""

DEFAULT_TARGET_S = 30.0
_TOPIC_MAX = 200
_SCENES_MIN, _SCENES_MAX = 1, 20
_S_PER_SCENE = 6

_LABEL = re.compile(
    r"^[\s#*>\-]*(?P<label>[A-Za-z가-힣][\w가-힣 ]{0,30}?)[*]*\s*[:\uff1a][*]*\s*(?P<value>.*)$"
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)]|\[\d+\])\s+(?P<text>.+)$")
_ABOUT = re.compile(
    r"\b(?:about|on the topic of|on the subject of)\s+(?P<topic>[^\n]+)", re.IGNORECASE
)
_SECONDS = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)[\s-]*(?P<unit>seconds?|secs?|s|초|minutes?|mins?|분)(?![A-Za-z])",
    re.IGNORECASE,
)
_SCENES = re.compile(r"(\d+)\s*(?:scenes?|shots?|개의 장면|장면|컷)", re.IGNORECASE)
_PAGES = re.compile(r"\b(\d+)\s+(?:pages?|sources?|results?|hits?)\b", re.IGNORECASE)
_DEFAULT_PAGES = 5
_NUMBERED = re.compile(r"^\s*\[(?P<number>\d+)\]\s+(?P<rest>.+)$")
_URL = re.compile(r"https?://[^\s|)>\]]+?(?=[:,.]?(?:[\s|)>\]]|$))")
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+")
_NONE = {"none", "없음", "-"}

_NAMES = {
    "topic": ("topic", "주제", "video topic", "subject", "question", "질문"),
    "language": ("language", "언어", "lang"),
    "length": (
        "target length",
        "length",
        "duration",
        "목표 길이",
        "길이",
        "target seconds",
        "seconds",
    ),
    "scenes": ("scenes", "number of scenes", "scene count", "장면", "장면 수"),
    "chars": ("narration length", "내레이션 길이"),
    "brand": ("channel", "brand", "brand name", "채널", "브랜드"),
    "picture": ("picture", "aspect", "aspect ratio", "화면 비율"),
    "claims": ("claims", "facts", "findings", "주장", "사실", "조사 결과"),
    "title": ("title", "제목"),
    "hook": ("hook", "훅"),
    "comment": ("comment", "feedback", "의견", "수정 의견"),
}
_CANONICAL = {label: name for name, labels in _NAMES.items() for label in labels}
_LANGUAGES: dict[str, Language] = {
    "ko": "ko", "korean": "ko", "한국어": "ko", "en": "en", "english": "en", "영어": "en",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered source the prompt offers."""

    number: int
    kind: PassageKind
    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Ask:
    """`text` is what the user said, `system` what was said before, `seed` makes it vary."""

    text: str
    system: str = ""
    seed: str = ""
    language_hint: str = ""

    @cached_property
    def chance(self) -> Chance:
        """Variety that depends on the topic and the seed, not on the wording around it."""
        return Chance(self.seed, self.topic.text, self.language)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The first value of each known label, such as `Topic: …`."""
        return _labels_of(self.text)

    @cached_property
    def language(self) -> Language:
        named = self.labels.get("language", self.language_hint).strip().lower()
        for name, language in _LANGUAGES.items():
            if named == name or (len(name) > 2 and name in named):  # noqa: PLR2004, ISO codes
                return language
        lower = f"{self.system}\n{self.text}".lower()
        if "in english" in lower or "영어로" in lower:
            return "en"
        return "ko" if is_korean(lower) or "korean" in lower else "en"

    @cached_property
    def topic(self) -> Topic:
        return Topic.of(self._topic_text()[:_TOPIC_MAX], self.language)

    @cached_property
    def target_s(self) -> float:
        match = _SECONDS.search(self.labels.get("length", "")) or _SECONDS.search(self.text)
        if match:
            minutes = match["unit"].lower().startswith(("m", "분"))
            return max(4.0, min(1200.0, float(match["number"]) * (60 if minutes else 1)))
        number = re.fullmatch(r"\d+(?:\.\d+)?", self.labels.get("length", "").strip())
        return float(number.group()) if number else DEFAULT_TARGET_S

    @cached_property
    def scenes(self) -> int | None:
        """How many scenes are asked for, None when the prompt does not say."""
        named = re.match(r"\s*(\d+)", self.labels.get("scenes", ""))
        found = named or _SCENES.search(self.text)
        return max(_SCENES_MIN, min(_SCENES_MAX, int(found[1]))) if found else None

    @cached_property
    def page_limit(self) -> int:
        """How many pages a search is to bring back at most."""
        match = _PAGES.search(self.text)
        return max(1, min(10, int(match[1]))) if match else _DEFAULT_PAGES

    @property
    def default_scenes(self) -> int:
        return max(3, min(8, round(self.target_s / _S_PER_SCENE)))

    @cached_property
    def narration_chars(self) -> int:
        """How many characters the narration may have in all."""
        bounds = [int(number) for number in re.findall(r"\d+", self.labels.get("chars", ""))]
        if len(bounds) >= 2:  # noqa: PLR2004, from and to
            return bounds[1]
        return round(self.target_s * CHARS_PER_S[self.language])

    @cached_property
    def claims(self) -> tuple[str, ...]:
        return tuple(text for text in self.bullets("claims") if text.lower() not in _NONE)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(_passages_of(self.text))

    def bullets(self, label: str) -> list[str]:
        """Return the bullet points below a label, up to whatever is no bullet point."""
        lines = self.text.splitlines()
        for number, line in enumerate(lines):
            match = _LABEL.match(line)
            if match and not match["value"] and _canonical(match["label"]) == label:
                return list(_bullets_of(lines[number + 1 :]))
        return []

    def _topic_text(self) -> str:
        if named := self.labels.get("topic"):
            return named
        last = next((line.strip() for line in reversed(self.text.splitlines()) if line.strip()), "")
        about = _ABOUT.search(last) or _ABOUT.search(self.text)
        found = re.split(r"[.!]\s", about["topic"])[0] if about else last
        return found or "…"


def sentences_of(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence]


def _labels_of(text: str) -> dict[str, str]:
    found = dict[str, str]()
    for line in text.splitlines():
        match = _LABEL.match(line)
        name = _canonical(match["label"]) if match else ""
        if match and name and match["value"].strip():
            found.setdefault(name, match["value"].strip())
    return found


def _canonical(label: str) -> str:
    return _CANONICAL.get(label.strip().lower(), "")


def _bullets_of(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        match = _BULLET.match(line)
        if match is None:
            return
        text = re.sub(
            r"\s*[\[(](?:source|출처|\d+)[^\])]*[\])]\s*$", "", match["text"], flags=re.IGNORECASE
        )
        yield text.strip()


def _passages_of(text: str) -> Iterator[Passage]:
    for line in text.splitlines():
        match = _NUMBERED.match(line)
        if match is None:
            continue
        rest = match["rest"]
        url = _URL.search(rest)
        origin, body = (
            (rest[: url.start()], rest[url.end() :]) if url else rest.partition(": ")[::2]
        )
        parts = [part.strip() for part in origin.strip(" |(\u2013\u2014-").split("|")]
        yield Passage(
            int(match["number"]),
            _kind_of(parts[0]),
            parts[-1],
            url.group() if url else "",
            body.lstrip(" :|)\u2013\u2014-").strip() or rest,
        )


def _kind_of(word: str) -> PassageKind:
    lower = word.lower()
    if "brand" in lower or "브랜드" in lower:
        return "brand_guide"
    return "earlier_research" if "earlier" in lower or "이전" in lower else "web"
