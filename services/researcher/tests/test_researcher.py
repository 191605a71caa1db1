"""The researcher cites what it read: the web, the brand guide, the channel's earlier research."""

import subprocess
import sys
from pathlib import Path

import lancedb
import pytest

from agentkit.fakes import FakeProviders
from agentkit.models import SearchHit, SearchResult
from agentkit.testing import Bench
from contracts.artifacts import Brief, Findings, Source
from contracts.events import StepFailed, StepOutcome
from researcher.handler import agent
from researcher.memory import table_name
from researcher.prompts import CitedClaim, Research
from researcher.settings import ResearcherSettings

BRIEF = Brief(
    topic="tides", channel_id="demo", brand_name="Demo", language="en", brand_guide="tone: warm"
)
SEA = SearchHit(title="The sea", url="https://example.org/sea", snippet="It moves twice a day.")
MOON = SearchHit(title="The moon", url="https://example.org/moon")
FIRST = SearchResult(summary="The moon pulls the sea.", hits=(SEA,))
SECOND = SearchResult(summary="Twice a day.", hits=(SEA, MOON))
NOTHING = SearchResult(summary="", hits=())
TOPIC_VECTOR, GUIDE_VECTOR, CLAIM_VECTOR = [[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.1]]


def answer(*claims: CitedClaim) -> Research:
    return Research(summary="Why the sea moves.", claims=claims, brand_notes=("Be warm.",))


TWICE = answer(CitedClaim(text="The sea rises twice a day.", sources=(1, 3)))


@pytest.fixture
def settings(tmp_path: Path) -> ResearcherSettings:
    return ResearcherSettings(data_dir=tmp_path)


def will_research(bench: Bench, research: Research = TWICE) -> None:
    bench.models.will_answer(TOPIC_VECTOR, GUIDE_VECTOR, CLAIM_VECTOR, FIRST, SECOND, research)


async def rows(settings: ResearcherSettings, kind: str, origin: str = "") -> list[str]:
    name = table_name(origin + "openai:text-embedding-3-small", 2)
    with (
        await lancedb.connect_async(settings.memory_dir) as connection,
        await connection.open_table(name) as table,
    ):
        found = await table.query().where(f"kind = '{kind}'").to_list()
    return [row["text"] for row in found]


def rejection(outcome: StepOutcome) -> str:
    assert isinstance(outcome, StepFailed)
    assert not outcome.error.retryable
    return outcome.error.message


async def test_claims_carry_the_sources_they_were_read_in(
    bench: Bench, settings: ResearcherSettings
) -> None:
    will_research(bench)

    outcome = await bench.run(agent, BRIEF, settings=settings)

    findings = await bench.output(outcome, Findings)
    (claim,) = findings.claims
    assert claim.text == "The sea rises twice a day."
    assert claim.sources == (
        Source(kind="web", title="The sea", url="https://example.org/sea"),
        Source(kind="brand_guide", title="tone"),
    )
    assert findings.summary == "Why the sea moves."
    assert findings.brand_notes == ("Be warm.",)


async def test_the_prompt_shows_each_page_once_with_guide_and_labels(
    bench: Bench, settings: ResearcherSettings
) -> None:
    will_research(bench)

    await bench.run(agent, BRIEF, settings=settings)

    lines = bench.models.prompts[0].splitlines()
    for line in (
        "Topic: tides",
        "Language: en",
        "Target length: 30 seconds",
        "Summary: The moon pulls the sea.",
        "[1] web | The sea | https://example.org/sea: It moves twice a day.",
        "[2] web | The moon | https://example.org/moon: ",
        "[3] brand guide | tone: warm",
    ):
        assert line in lines


async def test_the_next_run_of_the_channel_builds_on_what_was_found(
    bench: Bench, settings: ResearcherSettings
) -> None:
    will_research(bench)
    await bench.run(agent, BRIEF, run_id="first", settings=settings)
    bench.models.will_answer(TOPIC_VECTOR, CLAIM_VECTOR, FIRST, NOTHING)
    bench.models.will_answer(answer(CitedClaim(text="It still does.", sources=(3,))))

    outcome = await bench.run(agent, BRIEF, run_id="second", settings=settings)

    (claim,) = (await bench.output(outcome, Findings)).claims
    assert claim.sources == (
        Source(kind="earlier_research", title="tides", url="https://example.org/sea"),
    )
    assert "The sea rises twice a day." in bench.models.prompts[1]
    assert await rows(settings, "brand_guide") == ["warm"]


async def test_another_channel_learns_nothing_from_it(
    bench: Bench, settings: ResearcherSettings
) -> None:
    will_research(bench)
    will_research(bench)
    await bench.run(agent, BRIEF, run_id="first", settings=settings)

    other = BRIEF.model_copy(update={"channel_id": "other"})
    await bench.run(agent, other, run_id="second", settings=settings)

    assert "earlier research" not in bench.models.prompts[1].lower().split("write the")[0]


async def test_a_second_attempt_pays_nothing_and_does_not_read_its_own_claims(
    bench: Bench, settings: ResearcherSettings
) -> None:
    will_research(bench)
    first = await bench.run(agent, BRIEF, attempt=1, settings=settings)
    paid = len(bench.models.requests)

    second = await bench.run(agent, BRIEF, attempt=2, settings=settings)

    assert await bench.output(second, Findings) == await bench.output(first, Findings)
    assert len(bench.models.requests) == paid
    assert await rows(settings, "earlier_research") == ["The sea rises twice a day."]


async def test_an_attempt_that_failed_half_way_is_taken_up_where_it_stopped(
    bench: Bench, settings: ResearcherSettings
) -> None:
    bench.models.will_answer(TOPIC_VECTOR, GUIDE_VECTOR, CLAIM_VECTOR, FIRST)

    failed = await bench.run(agent, BRIEF, attempt=1, settings=settings)
    bench.models.will_answer(SECOND, TWICE)
    again = await bench.run(agent, BRIEF, attempt=2, settings=settings)

    assert isinstance(failed, StepFailed)
    assert failed.error.retryable
    assert len((await bench.output(again, Findings)).claims) == 1
    assert [each.capability for each in bench.models.requests].count("search") == 3


async def test_a_dry_run_remembers_no_claim(bench: Bench, settings: ResearcherSettings) -> None:
    will_research(bench)

    outcome = await bench.run(agent, BRIEF, dry_run=True, settings=settings)

    assert (await bench.output(outcome, Findings)).claims
    assert await rows(settings, "earlier_research") == []


async def test_what_the_simulator_made_up_is_kept_apart(
    bench: Bench, settings: ResearcherSettings
) -> None:
    bench.models = FakeProviders(simulated=True)
    will_research(bench)

    await bench.run(agent, BRIEF, settings=settings)

    assert await rows(settings, "earlier_research", "simulated:") == ["The sea rises twice a day."]
    with await lancedb.connect_async(settings.memory_dir) as connection:
        assert len((await connection.list_tables()).tables) == 1


async def test_a_channel_without_a_guide_gets_no_brand_notes(
    bench: Bench, settings: ResearcherSettings
) -> None:
    bench.models.will_answer(TOPIC_VECTOR, CLAIM_VECTOR, FIRST, SECOND)
    bench.models.will_answer(answer(CitedClaim(text="It moves.", sources=(1,))))

    bare = BRIEF.model_copy(update={"brand_guide": ""})
    outcome = await bench.run(agent, bare, settings=settings)

    assert (await bench.output(outcome, Findings)).brand_notes == ()


async def test_a_malformed_guide_is_refused_before_anything_is_paid(
    bench: Bench, settings: ResearcherSettings
) -> None:
    broken = BRIEF.model_copy(update={"brand_guide": "tone: warm\nwords: [a, b"})

    message = rejection(await bench.run(agent, broken, settings=settings))

    assert "'demo'" in message
    assert "line 2" in message
    assert bench.models.requests == []


async def test_invented_sources_leave_no_claim_and_no_memory(
    bench: Bench, settings: ResearcherSettings
) -> None:
    will_research(bench, answer(CitedClaim(text="Invented.", sources=(7, 0))))

    message = rejection(await bench.run(agent, BRIEF, settings=settings))

    assert "'tides'" in message
    assert await rows(settings, "earlier_research") == []


async def test_a_topic_nobody_knows_is_refused_without_asking_a_model(
    bench: Bench, settings: ResearcherSettings
) -> None:
    bench.models.will_answer(TOPIC_VECTOR, NOTHING, NOTHING)

    bare = BRIEF.model_copy(update={"brand_guide": ""})
    message = rejection(await bench.run(agent, bare, settings=settings))

    assert "nothing was found about 'tides'" in message
    assert bench.models.prompts == []


async def test_an_address_that_is_no_web_page_is_no_source(
    bench: Bench, settings: ResearcherSettings
) -> None:
    script = SearchHit(title="click", url="javascript:alert(1)", snippet="x")
    bench.models.will_answer(TOPIC_VECTOR, GUIDE_VECTOR, CLAIM_VECTOR)
    bench.models.will_answer(SearchResult(summary="", hits=(script, SEA)), NOTHING)
    bench.models.will_answer(answer(CitedClaim(text="It moves.", sources=(1,))))

    outcome = await bench.run(agent, BRIEF, settings=settings)

    assert (await bench.output(outcome, Findings)).claims[0].sources[0].url == SEA.url
    assert "javascript" not in bench.models.prompts[0]


async def test_a_memory_that_cannot_be_written_fails_the_step_but_may_be_tried_again(
    bench: Bench, settings: ResearcherSettings
) -> None:
    settings.memory_dir.write_text("in the way")
    bench.models.will_answer(TOPIC_VECTOR)

    outcome = await bench.run(agent, BRIEF, settings=settings)

    assert isinstance(outcome, StepFailed)
    assert outcome.error.retryable
    assert str(settings.memory_dir) in outcome.error.message


def test_the_memory_defaults_to_the_data_folder(tmp_path: Path) -> None:
    assert ResearcherSettings(data_dir=tmp_path).memory_dir == tmp_path / "lancedb"
    assert ResearcherSettings(lancedb_dir=tmp_path).memory_dir == tmp_path


def test_an_idle_researcher_has_not_loaded_lancedb() -> None:
    program = "import sys, researcher.handler; sys.exit('lancedb' in sys.modules)"

    ended = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603 -- our own

    assert ended.returncode == 0
