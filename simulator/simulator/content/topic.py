"""What a topic is about: a question, a thing or a how-to, and the words to call it by."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from simulator.content.knowledge import Domain, domain_of
from simulator.content.korean import is_korean

type Language = Literal["ko", "en"]
type TopicKind = Literal["question", "noun", "howto"]

_SUBJECT_MAX = 24
_ENDS_AS_QUESTION = re.compile(r"(?:\?|까|까요|나요|[는은인]가|[하있없되]나|무엇|왜|뭘까|어떻게)$")
_ASKS = re.compile(r"^(?:왜|어떻게|무엇|언제|어디|누가|얼마나|정말|어째서|과연)\s")
_ENGLISH_QUESTION = re.compile(
    r"^(?:why|how|what|when|where|who|which|is|are|do|does|did|can|could|should|will)\b",
    re.IGNORECASE,
)
_HOW_TO = re.compile(
    r"(?:법|방법|요령|꿀팁|팁|비법|레시피|노하우|가이드)$|^how to\b|\b(?:tips?|guide)$",
    re.IGNORECASE,
)
_KOREAN_SUBJECT = re.compile(
    r"^(?:(?:왜|어떻게|언제|정말|과연|어째서)\s+)?(?P<subject>[^?]{1,22}?)(?:은|는|이|가)\s+\S"
)
_KOREAN_FRAME = re.compile(
    r"의\s+(?:숨은 |모든 )?(?:이야기|비밀|역사|탄생|과학|원리|매력|미래|모든 것)$"
    r"|(?<![는은을던])\s+이야기$"
)
_ENGLISH_FRAME = re.compile(
    r"^(?:the )?(?:hidden )?(?:history|story|secrets?|science|future|art) (?:of|behind) ",
    re.IGNORECASE,
)
_ENGLISH_SUBJECT = re.compile(
    r"^(?:why|how|when|where) (?:do|does|did|is|are|was|were|can) "
    r"(?P<subject>(?:the |our )?(?!(?:the|our|we|you|i|they|it|people)\b)[a-z-]+) \w",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[을를면서고게며]\s")
_KEY_MAX = {"ko": 20, "en": 24}
_QUOTES = "\"'\u201c\u201d\u2018\u2019「」『』«»` "


@dataclass(frozen=True)
class Topic:
    """`text` is what was asked for, without quotes and closing marks."""

    text: str
    language: Language

    @classmethod
    def of(cls, text: str, language: Language) -> "Topic":
        clean = re.sub(r"\s+", " ", text).strip(_QUOTES).rstrip("?.!~… ").strip(_QUOTES)
        asked = text.rstrip(_QUOTES).endswith("?")
        return cls(clean + ("?" if asked else ""), language)

    @cached_property
    def kind(self) -> TopicKind:
        if _HOW_TO.search(self.name):
            return "howto"
        asks = _ENDS_AS_QUESTION.search(self.text) or _ASKS.search(self.text)
        return "question" if asks or _ENGLISH_QUESTION.search(self.text) else "noun"

    @cached_property
    def name(self) -> str:
        """The topic as a title has it, without the question mark."""
        return self.text.rstrip("?")

    @cached_property
    def domain(self) -> Domain:
        return domain_of(self.text)

    @cached_property
    def subject(self) -> str:
        """The thing the topic is about, short enough to stand inside a sentence."""
        if self.language == "ko":
            return self._korean_subject()
        return self._english_subject()

    @cached_property
    def headline(self) -> str:
        """The question itself where it is short, otherwise the key."""
        fits = len(self.name) < _KEY_MAX[self.language]
        return f"{self.name}?" if self.kind == "question" and fits else self.key

    @cached_property
    def key(self) -> str:
        """A few words that fit on a picture."""
        name = self.subject if self.kind == "question" else self.name
        limit = _KEY_MAX[self.language]
        key = name if len(name) <= limit else shortened(self._fallback(name), limit)
        return key[:1].upper() + key[1:]

    def _korean_subject(self) -> str:
        if self.kind == "question":
            match = _KOREAN_SUBJECT.match(self.text)
            is_noun = match is not None and not _CLAUSE.search(match["subject"])
            return match["subject"] if match and is_noun else self._fallback("이 질문")
        thing = _KOREAN_FRAME.sub("", self.name) or self.name
        fits = is_korean(self.text) and len(thing) <= _SUBJECT_MAX
        return thing if fits else self._fallback("이 이야기")

    def _english_subject(self) -> str:
        if self.kind == "question":
            match = _ENGLISH_SUBJECT.match(self.text)
            return match["subject"] if match else self._fallback("this question")
        if len(self.name) > 2 * _SUBJECT_MAX or is_korean(self.name):
            return self._fallback("this story")
        thing = _ENGLISH_FRAME.sub("", self.name) or self.name
        words = thing.split()
        if not words:
            return self._fallback("this story")
        is_plain = words[0].istitle() and all(word.islower() for word in words[1:])
        return thing[:1].lower() + thing[1:] if is_plain else thing

    def _fallback(self, words: str) -> str:
        if not self.domain.keywords:
            return words
        return self.domain.name_ko if self.language == "ko" else self.domain.name_en


def shortened(text: str, limit: int) -> str:
    """Return whole words of `text` that fit into `limit` characters, at least a part of one."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rsplit(" ", 1)[0] if " " in text[: limit + 1] else text[:limit]
    return cut[:limit].rstrip(" ,·:;-\u2013\u2014") or text[:limit]
