"""What sources say: claims with the sources that state them, and notes from a brand guide."""

from simulator.content.ask import Ask, Passage, sentences_of
from simulator.content.korean import is_korean
from simulator.content.search import pages_for
from simulator.content.story import fact_of
from simulator.content.topic import shortened
from simulator.wire import Json

_MOST_CLAIMS = 8
_MOST_NOTES = 6
_NOTE_MAX = 120


def claims_of(ask: Ask) -> list[Json]:
    """Return claims that stand in the prompt's sources, or in made-up pages when it has none."""
    passages = [passage for passage in ask.passages if passage.kind != "brand_guide"]
    if not passages:
        pages = pages_for(ask, 5)
        passages = [Passage(n, "web", p.title, p.url, p.text) for n, p in enumerate(pages, 1)]
    claims = dict[str, list[Json]]()
    for passage in passages:
        if (text := _claim_in(passage, ask)) is not None:
            claims.setdefault(text, []).append(_source_of(passage))
    found = [
        {"text": text, "sources": sources, "confidence": 0.9 if len(sources) > 1 else 0.8}
        for text, sources in claims.items()
    ]
    return found[:_MOST_CLAIMS]


def notes_of(ask: Ask) -> list[str]:
    """Return what the prompt's brand guide asks for, a short sentence each."""
    notes = [
        shortened(f"{passage.title}: {passage.text}", _NOTE_MAX)
        for passage in ask.passages
        if passage.kind == "brand_guide"
    ]
    return notes[:_MOST_NOTES]


def _claim_in(passage: Passage, ask: Ask) -> str | None:
    """Return one sentence in the language asked for; earlier research must fit the topic."""
    fact = fact_of(passage.text, ask)
    if fact is None:
        return None
    own_field = any(fact.ko == known.ko for known in ask.topic.domain.facts)
    if passage.kind == "earlier_research" and not own_field:
        return None
    sentence = sentences_of(fact.text(ask.language))[0]
    return sentence if is_korean(sentence) == (ask.language == "ko") else None


def _source_of(passage: Passage) -> Json:
    return {
        "number": passage.number,
        "kind": passage.kind,
        "title": passage.title,
        "url": passage.url,
        "text": passage.text,
    }
