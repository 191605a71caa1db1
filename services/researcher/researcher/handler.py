"""Researcher: turns a topic into claims, each with the sources it was really read in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from loguru import logger

from agentkit import Agent, Expect, Step, StepRejectedError
from agentkit.models import SearchResult
from contracts.artifacts import Brief, Claim, Findings, Source
from contracts.calls import Usage
from researcher.evidence import Evidence, Section
from researcher.guide import GuideError, passages_of
from researcher.passage import Passage
from researcher.prompts import SYSTEM, Research, queries_for, research_prompt
from researcher.settings import ResearcherSettings

if TYPE_CHECKING:
    from researcher.memory import Memory

agent = Agent("researcher", settings=ResearcherSettings)


@agent.step(
    expects=(
        Expect("embedding", Usage(input_fresh=250), count=3),
        Expect("search", Usage(input_fresh=9000, output=700, web_searches=1), count=2),
        Expect("research", Usage(input_fresh=4500, output=1200)),
    )
)
async def research(brief: Brief, step: Step, settings: ResearcherSettings) -> Findings:
    """Return claims about the brief's topic.

    Raises:
        StepRejectedError: the brand guide is malformed, or nothing found supports a claim.
    """
    guide = _guide_of(brief)
    vector = (await step.models.embed([brief.topic]))[0]
    async with _memory(brief, step, settings, dimension=len(vector)) as memory:
        await memory.index_guide(guide)
        known = await _recall(memory, vector, step, settings)
        found = await _search(brief.topic, step, settings)
        await step.progress(0.5, "weighing the sources")
        answer, claims = await _weigh(brief, Evidence((*found, *known)), step)
        if not step.dry_run:
            await memory.remember(step.run_id, brief.topic, claims)
    return Findings(
        topic=brief.topic,
        language=brief.language,
        summary=answer.summary,
        claims=claims,
        brand_notes=answer.brand_notes if guide else (),
    )


def _guide_of(brief: Brief) -> tuple[Passage, ...]:
    try:
        return passages_of(brief.brand_guide)
    except GuideError as error:
        raise StepRejectedError(
            f"the brand guide of channel {brief.channel_id!r} cannot be read: {error}; "
            "correct it in the channel and run again"
        ) from error


@asynccontextmanager
async def _memory(
    brief: Brief, step: Step, settings: ResearcherSettings, *, dimension: int
) -> AsyncIterator["Memory"]:
    memory_type = await asyncio.to_thread(_load_memory)
    origin = "simulated:" if step.simulated else ""
    async with memory_type.open(
        settings.memory_dir,
        model=origin + ":".join(settings.models.of("embedding")),
        dimension=dimension,
        channel_id=brief.channel_id,
        embed=step.models.embed,
    ) as memory:
        yield memory


def _load_memory() -> type["Memory"]:
    from researcher.memory import Memory  # noqa: PLC0415 -- 2 s and 150 MB that idling must not cost

    return Memory


async def _recall(
    memory: "Memory", vector: list[float], step: Step, settings: ResearcherSettings
) -> tuple[Section, ...]:
    limit = settings.research_passages
    guide = await memory.guide(vector, limit=limit)
    earlier = await memory.earlier(vector, limit=limit, run_id=step.run_id)
    sections = (
        Section("Brand guide of the channel", guide),
        Section("Earlier research of the channel", earlier),
    )
    return tuple(section for section in sections if section.passages)


async def _search(topic: str, step: Step, settings: ResearcherSettings) -> tuple[Section, ...]:
    found = set[str]()
    sections = list[Section]()
    queries = queries_for(topic)
    for number, query in enumerate(queries):
        await step.progress(0.1 + 0.4 * number / len(queries), f"search {number + 1}")
        result = await step.models.search(query, limit=settings.research_hits)
        passages = tuple(_passages_of(result, found))
        sections.append(Section(f"Web search for {query}", passages, note=result.summary))
    return tuple(section for section in sections if section.passages)


def _passages_of(result: SearchResult, found: set[str]) -> Iterator[Passage]:
    """Give each page once, with those already in `found` left out."""
    for hit in result.hits:
        if hit.url.startswith(("https://", "http://")) and hit.url not in found:
            found.add(hit.url)
            yield Passage(hit.snippet, Source(kind="web", title=hit.title or hit.url, url=hit.url))


async def _weigh(
    brief: Brief, evidence: Evidence, step: Step
) -> tuple[Research, tuple[Claim, ...]]:
    if not evidence.sources:
        raise StepRejectedError(
            f"nothing was found about {brief.topic!r}: neither the web nor the channel's memory "
            "has a source; word the topic differently"
        )
    prompt = research_prompt(brief, evidence)
    answer = await step.models.ask(prompt, returns=Research, use="research", system=SYSTEM)
    claims = evidence.claims_of(answer.claims)
    if not claims:
        raise StepRejectedError(
            f"no claim about {brief.topic!r} rests on a source that was found: "
            "word the topic differently"
        )
    if len(claims) < len(answer.claims):
        logger.warning("claims without a source dropped", dropped=len(answer.claims) - len(claims))
    return answer, claims
