"""What a web search finds: pages of addresses that are reserved for examples."""

from dataclasses import dataclass

from simulator.content.ask import Ask
from simulator.content.knowledge import Fact
from simulator.content.story import known_facts
from simulator.content.template import filled
from simulator.wire import digest_of

CITED_MAX = 150

_HOSTS = (
    "encyclopedia.example",
    "science-desk.example",
    "open-archive.example",
    "field-notes.example",
    "daily-reader.example",
)
_TITLES = {
    "ko": ("{label} — {subject} 이야기", "{subject}: {label}", "{label}, 알려진 것들"),
    "en": ("{label} — notes on {subject}", "{subject}: {label}", "{label}: what is known"),
}
_AGES = ("March 3, 2026", "January 18, 2026", "November 9, 2025", "August 27, 2025", "May 2, 2025")


@dataclass(frozen=True, slots=True)
class Page:
    """`text` is what the page says of the topic, in one or two sentences."""

    title: str
    url: str
    text: str
    age: str


def pages_for(ask: Ask, limit: int, domains: tuple[str, ...] = ()) -> list[Page]:
    """Return up to `limit` pages about the topic of `ask`.

    Args:
        ask: The query. One that is worded differently finds other pages first.
        limit: The most pages to return.
        domains: The only hosts allowed, when there are any.
    """
    facts = known_facts(ask)
    is_plain = ask.text.strip().splitlines()[-1].strip(" ?") == ask.topic.name
    start = 0 if is_plain else limit % len(facts)
    return [_page(fact, ask, domains) for fact in (facts[start:] + facts[:start])[:limit]]


def _page(fact: Fact, ask: Ask, domains: tuple[str, ...]) -> Page:
    language = ask.language
    chance = ask.chance.of("page", fact.ko)
    host = chance.pick(domains or _HOSTS)
    words = {"label": fact.label(language), "subject": ask.topic.subject}
    return Page(
        title=filled(chance.pick(_TITLES[language]), words),
        url=f"https://{host}/simulated/{ask.topic.domain.name}/{digest_of(fact.en)[:10]}",
        text=f"{fact.text(language)} {fact.more(language)}",
        age=chance.pick(_AGES),
    )
