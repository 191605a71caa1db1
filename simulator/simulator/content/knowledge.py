"""What the simulator knows: a few true facts for each of some fields, to write about."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from simulator.chance import Chance

FALLBACK = "anything"

_AFTER_SYLLABLE = (
    r"(?:은|는|이|가|을|를|의|과|와|도|들|에|로|으로|만|빛)?(?=\s|$|[,.?!:'\"\u201d\u2019])"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in both languages. `ko` is in the plain written form (`-다`)."""

    ko: str
    ko_more: str
    en: str
    en_more: str
    label_ko: str
    label_en: str
    image: str
    tags: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        return self.ko if language == "ko" else self.en

    def more(self, language: str) -> str:
        return self.ko_more if language == "ko" else self.en_more

    def label(self, language: str) -> str:
        return self.label_ko if language == "ko" else self.label_en


@dataclass(frozen=True, slots=True)
class Domain:
    """A field of knowledge; `keywords` tell that a topic belongs to it, `scene` pictures it.

    The facts of a scattered field say little about one another's subjects.
    """

    name: str
    name_ko: str
    name_en: str
    scene: str
    keywords: tuple[str, ...]
    facts: tuple[Fact, ...]
    is_scattered: bool = False

    def facts_for(self, text: str, chance: Chance) -> list[Fact]:
        """Return all facts, those that are nearest to `text` first."""
        shuffled = chance.of("facts").shuffled(self.facts)
        return sorted(shuffled, key=lambda fact: -_score(text, fact.tags))


@cache
def domains() -> tuple[Domain, ...]:
    folder = files("simulator.content") / "facts"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return tuple(_domain(name, (folder / name).read_text("utf-8")) for name in names)


@cache
def all_facts() -> tuple[Fact, ...]:
    return tuple(fact for domain in domains() for fact in domain.facts if domain.keywords)


def domain_of(text: str) -> Domain:
    """Return the field `text` is nearest to, or the one that fits anything."""
    best = max(domains(), key=lambda domain: _score(text, domain.keywords))
    return best if _score(text, best.keywords) else any_domain()


@cache
def any_domain() -> Domain:
    """Return what can be said of anything; its sentences have gaps."""
    return next(domain for domain in domains() if domain.name == FALLBACK)


def is_about(text: str, fact: Fact) -> bool:
    return _score(text, fact.tags) > 0


def domains_in(text: str) -> Iterable[Domain]:
    return (domain for domain in domains() if _score(text, domain.keywords))


def _score(text: str, words: Sequence[str]) -> int:
    return sum(len(word) for word in words if _pattern(word).search(text))


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """Short Korean words must stand alone, or 별 would be found in 특별."""
    if re.fullmatch(r"[가-힣]", word):
        return re.compile(rf"(?:^|(?<=[\s'\"\u201c\u2018])){word}{_AFTER_SYLLABLE}")
    if re.search(r"[가-힣]", word):
        return re.compile(re.escape(word))
    ending = r"(?:s|es)?\b" if len(word) <= 5 else ""  # noqa: PLR2004, short words are whole ones
    return re.compile(rf"\b{re.escape(word)}{ending}", re.IGNORECASE)


def _domain(file_name: str, text: str) -> Domain:
    data = tomllib.loads(text)
    facts = tuple(Fact(**{**fact, "tags": tuple(fact.get("tags", ()))}) for fact in data["fact"])
    return Domain(
        file_name.removesuffix(".toml"),
        data["name_ko"],
        data["name_en"],
        data["scene"],
        tuple(data["keywords"]),
        facts,
        data.get("scattered", False),
    )
