"""What was really read about a topic, numbered, so that a claim can only cite what is there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from contracts.artifacts import Claim, Source
from researcher.passage import Passage

_HARMLESS = str.maketrans("<>", "\u2039\u203a")

TEXT_CHARS = 2000
LABELS = {"web": "web", "brand_guide": "brand guide", "earlier_research": "earlier research"}


class Cited(Protocol):
    """A claim as a model writes it: `sources` are numbers it was shown."""

    @property
    def text(self) -> str: ...
    @property
    def sources(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Section:
    """Passages found in one way. `heading` says how, `note` what was said of them."""

    heading: str
    passages: tuple[Passage, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Passages are numbered from 1 through all sections."""

    sections: tuple[Section, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(each.source for section in self.sections for each in section.passages)

    def text(self) -> str:
        """Return the numbered passages, one line each, so that none can pose as another."""
        return "\n".join(self._lines())

    def claims_of(self, answers: Iterable[Cited]) -> tuple[Claim, ...]:
        """Return the claims that rest on at least one passage; numbers never shown are dropped."""
        known = dict(enumerate(self.sources, start=1))
        claims = dict[str, Claim]()
        for answer in answers:
            text = " ".join(answer.text.split())
            sources = tuple(dict.fromkeys(known[n] for n in answer.sources if n in known))
            if text and sources:
                claims.setdefault(text, Claim(text=text, sources=sources))
        return tuple(claims.values())

    def _lines(self) -> Iterator[str]:
        number = 0
        for section in self.sections:
            yield f"{plain(section.heading)}:"
            if section.note:
                yield f"Summary: {plain(section.note)}"
            for passage in section.passages:
                number += 1
                yield f"[{number}] {_origin(passage.source)}: {plain(passage.text)}"


def plain(text: str) -> str:
    """Return text of others as one line in which no tag can open or close."""
    return " ".join(text.split())[:TEXT_CHARS].translate(_HARMLESS)


def _origin(source: Source) -> str:
    parts = (LABELS[source.kind], plain(source.title), plain(source.url))
    return " | ".join(part for part in parts if part)
