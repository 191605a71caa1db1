"""Composes a short narrated story about a topic: scenes that follow one of several arcs."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files

from simulator.content.ask import CHARS_PER_S, Ask, sentences_of
from simulator.content.knowledge import Fact, all_facts, any_domain, is_about
from simulator.content.korean import is_korean, polite
from simulator.content.template import filled
from simulator.content.topic import Language, Topic, shortened
from simulator.wire import Json

_STYLES = (
    "soft cinematic light, painterly digital illustration",
    "flat modern illustration, bold shapes, gentle grain",
    "warm watercolour look, airy negative space",
    "stylised 3D miniature scene, soft studio light",
)
_REQUIRED, _MORE, _OPEN, _EXTRA, _EXTRA_MORE = range(5)
_COUNTED = re.compile(r"\d\s*(?:가지|개)|^\d+ ")
_SHORT_HOOK = {"ko": 26, "en": 45}
_ENOUGH = 6
_COUNTING = {"list", "clues"}
_CHANGED = {
    "ko": "\u201c{comment}\u201d, 말씀대로 바꿔 보았습니다. {text}",
    "en": "Changed as asked, \u201c{comment}\u201d. {text}",
}
_COMMENT_MAX = {"ko": 24, "en": 48}


@dataclass(frozen=True, slots=True)
class Beat:
    """One scene."""

    narration: str
    label: str
    image: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence that may be said in a scene; the lower its rank, the sooner it is chosen."""

    beat: int
    rank: int
    text: str


@dataclass(frozen=True)
class Story:
    """A topic told in `count` scenes."""

    ask: Ask
    count: int

    @cached_property
    def facts(self) -> list[Fact]:
        """The claims of the prompt when it has some, otherwise what is known of the topic."""
        return claimed_facts(self.ask) or known_facts(self.ask)

    @cached_property
    def title(self) -> str:
        templates = self._texts["titles"][self._kind]
        return self._said(templates, "title")

    @cached_property
    def hook(self) -> str:
        own = f"hook_{self._kind}"
        return self._changed(
            self._said(self._arc[own if own in self._arc else "hook_noun"], "hook")
        )

    @cached_property
    def summary(self) -> str:
        lead = self._said(self._texts["summaries"]["lead"], "summary")
        return self._changed(f"{lead} {self._spoken(self.facts[0].text(self.ask.language))}")

    @cached_property
    def closing(self) -> str:
        return filled(self._arc["close"][self._ending], self._words)

    @cached_property
    def call(self) -> str:
        brand = self.ask.labels.get("brand", "")
        branded = self._texts["calls"]["brand"] if 0 < len(brand) <= 30 else []  # noqa: PLR2004
        return self._said([*self._texts["calls"]["call"], *branded], "call")

    @cached_property
    def last_label(self) -> str:
        return str(self._arc["last_label"][self._ending])

    @cached_property
    def beats(self) -> list[Beat]:
        kept = _fitting(list(self._parts()), self.ask.narration_chars)
        narrations = [
            " ".join(part.text for part in kept if part.beat == beat) for beat in range(self.count)
        ]
        return [self._beat(beat, text) for beat, text in enumerate(narrations)]

    @property
    def points(self) -> int:
        """How many facts are told for certain."""
        return max(1, self.count - 2)

    @property
    def links(self) -> list[str]:
        """The words that lead from one fact to the next."""
        return [*self._arc["links"], *self._texts["calls"]["bridge"]]

    @property
    def _kind(self) -> str:
        return self.ask.topic.kind

    @cached_property
    def _texts(self) -> Json:
        return {
            name: _texts()[name][self.ask.language] for name in ("titles", "calls", "summaries")
        }

    @cached_property
    def _arc(self) -> Json:
        arcs = [arc for arc in _texts()[self.ask.language] if self._kind in arc["kinds"]]
        if 0 <= self._first_aside < self.points and self._kind != "howto":
            arcs = [arc for arc in arcs if arc["name"] not in _COUNTING]
        return self.ask.chance.of("arc").pick(arcs)

    @cached_property
    def _ending(self) -> int:
        return self.ask.chance.of("close").below(len(self._arc["close"]))

    @cached_property
    def _words(self) -> Mapping[str, object]:
        topic = self.ask.topic
        return {
            "topic": topic.name,
            "subject": topic.subject,
            "n": min(self.points, len(self.facts)),
            "seconds": f"{self.ask.target_s:g}",
            "brand": self.ask.labels.get("brand", ""),
        }

    def _said(self, templates: Sequence[str], use: str) -> str:
        """Choose a template; a topic that names a number of things gets no other number."""
        counted = _COUNTED.search(self.ask.topic.name)
        fitting = [text for text in templates if not (counted and "{n}" in text)] or templates
        return filled(self.ask.chance.of(use).pick(fitting), self._words)

    def _changed(self, text: str) -> str:
        """Show in `text` that a person's comment on an earlier version was read."""
        language = self.ask.language
        comment = shortened(self.ask.labels.get("comment", ""), _COMMENT_MAX[language])
        comment = comment.strip(".!?… ")
        return _CHANGED[language].format(comment=comment, text=text) if comment else text

    def _spoken(self, sentence: str) -> str:
        return polite(sentence) if self.ask.language == "ko" else sentence

    def _parts(self) -> Iterator[_Part]:
        """Give every sentence that could be said, in the order of speaking."""
        last = self.count - 1
        yield _Part(0, _REQUIRED, self.hook)
        if self.count > 1:
            rank = _REQUIRED if len(self.hook) < _SHORT_HOOK[self.ask.language] else _OPEN
            yield _Part(0, rank, self._said(self._arc["open"], "open"))
        for beat in range(min(1, last), max(1, last)):
            told = max(0, beat - 1)
            yield from self._fact_parts(beat, told)
            for number in range(self.points + told, len(self.facts), self.points):
                yield from self._fact_parts(beat, number, extra=True)
        yield _Part(last, _REQUIRED, self.closing)
        yield _Part(last, _REQUIRED if self.count > 2 else _OPEN, self.call)  # noqa: PLR2004

    def _fact_parts(self, beat: int, number: int, *, extra: bool = False) -> Iterator[_Part]:
        fact = self.facts[number % len(self.facts)]
        language = self.ask.language
        text = self._spoken(fact.text(language))
        if not extra and self.count > 1:
            text = f"{self._link(number)} {text}"
        yield _Part(beat, _EXTRA if extra else _REQUIRED, text)
        if more := fact.more(language):
            yield _Part(beat, _EXTRA_MORE if extra else _MORE, self._spoken(more))

    def _link(self, number: int) -> str:
        """Lead over to a fact; the first one that is off the topic says so."""
        links = list[str](self._arc["links"])
        if number and number == self._first_aside and self._arc["name"] not in _COUNTING:
            return self._said(self._texts["calls"]["bridge"], "bridge")
        return links[number % len(links)]

    @cached_property
    def _first_aside(self) -> int:
        topic = self.ask.topic
        on_topic = [not fact.tags or is_about(topic.text, fact) for fact in self.facts]
        return on_topic.index(False) if False in on_topic else -1

    def _beat(self, number: int, narration: str) -> Beat:
        fact = self.facts[max(0, number - 1) % len(self.facts)]
        label, image = fact.label(self.ask.language), fact.image
        if number == 0 and self.count > 1:
            label, image = self.ask.topic.headline, self.ask.topic.domain.scene
        elif number == self.count - 1 and self.count > 1:
            label, image = self.last_label, f"at dawn, {self.ask.topic.domain.scene}"
        seconds = len(narration) / CHARS_PER_S[self.ask.language] + 0.4
        return Beat(narration, label, self._pictured(image), round(seconds, 1))

    def _pictured(self, image: str) -> str:
        style = self.ask.chance.of("style").pick(_STYLES)
        shape = self.ask.labels.get("picture", "")
        frame = f"{shape} frame, " if shape else ""
        text = filled(image, {"topic": self.ask.topic.name})
        return f"{text}; {frame}{style}, calm lower third, nothing written"


def known_facts(ask: Ask) -> list[Fact]:
    """Return what is known of the topic, filled in, the nearest first."""
    domain, text = ask.topic.domain, ask.topic.text
    facts = domain.facts_for(text, ask.chance)
    if domain.is_scattered:
        near = [fact for fact in facts if is_about(text, fact)]
        general = any_domain().facts_for(text, ask.chance)[: max(0, _ENOUGH - len(near))]
        facts = [*near, *general, *facts[len(near) :]]
    ko, en = (_words_of(Topic(text, language)) for language in ("ko", "en"))
    return [_about(fact, ko, en) for fact in facts]


def claimed_facts(ask: Ask) -> list[Fact]:
    """Return the prompt's claims as facts; a claim in another language only if it is known."""
    facts = [fact_of(claim, ask) for claim in ask.claims]
    return [fact for fact in facts if fact is not None]


def fact_of(text: str, ask: Ask) -> Fact | None:
    """Return `text` as a fact: a known one that it states, or one of its own."""
    known = (*known_facts(ask), *all_facts())
    found = next((fact for fact in known if fact.ko in text or fact.en in text), None)
    if found is not None or is_korean(text) != (ask.language == "ko"):
        return found
    sentences = sentences_of(text)
    more = " ".join(sentences[1:2])
    label = _label_of(sentences[0], ask.language)
    pictured = ask.chance.of("picture", text).pick(ask.topic.domain.facts).image
    return Fact(sentences[0], more, sentences[0], more, label, label, pictured)


def _about(fact: Fact, ko: Mapping[str, object], en: Mapping[str, object]) -> Fact:
    """Return the fact with its gaps filled, in each language with that language's words.

    So a page that was found in one language is known again in the other one.
    """
    return replace(
        fact,
        ko=filled(fact.ko, ko),
        ko_more=filled(fact.ko_more, ko),
        en=filled(fact.en, en),
        en_more=filled(fact.en_more, en),
    )


def _words_of(topic: Topic) -> Mapping[str, object]:
    return {"subject": topic.subject, "topic": topic.name}


def _label_of(sentence: str, language: Language) -> str:
    words = sentence.rstrip(".!?").split()
    for number, word in enumerate(words[:4], start=1):
        if language == "ko" and len(word) > 1 and word[-1] in "은는이가":
            return shortened(" ".join([*words[: number - 1], word[:-1]]), 20)
    return shortened(" ".join(words[:4]), 24)


def _fitting(parts: Sequence[_Part], chars: int) -> list[_Part]:
    """Return the parts that are needed, and of the others as many as `chars` have room for.

    Short scenes are filled first.
    """
    kept = {number for number, part in enumerate(parts) if part.rank == _REQUIRED}
    room = chars - sum(len(parts[number].text) + 1 for number in kept)
    said = Counter[int]()
    for number in kept:
        said[parts[number].beat] += len(parts[number].text)
    rest = sorted(set(range(len(parts))) - kept, key=lambda n: (parts[n].rank, said[parts[n].beat]))
    full = set[int]()
    for number in rest:
        part = parts[number]
        follows = part.rank != _EXTRA_MORE or number - 1 in kept
        if len(part.text) + 1 > room:
            full.add(part.beat)
        elif follows and part.beat not in full:
            kept.add(number)
            room -= len(part.text) + 1
    return [parts[number] for number in sorted(kept)]


@cache
def _texts() -> Json:
    text = (files("simulator.content") / "arcs.toml").read_text("utf-8")
    return tomllib.loads(text)
