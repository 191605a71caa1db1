"""What the expressions of a step say, over artifacts in a real object store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from agentkit.artifacts import NatsArtifacts
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings
from contracts.artifacts import ArtifactRef, Brief, Chapter, Items, Joined, Seo
from contracts.events import RunRequested, StepFailed, StepPlanned, StepSkipped
from contracts.pipeline import ApprovalPolicy, Pipeline, StepSpec
from contracts.references import inline_ref
from orchestrator.outputs import Join, Resolve, Store
from orchestrator.resolving import Resolver

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BRIEF = Brief(topic="왜 하늘은 파란가", channel_id="demo", brand_name="Demo", review=True)


def seo(title: str, *, chapters: int = 2) -> Seo:
    return Seo(
        title=title,
        description="d" * 4000,
        tags=(),
        hashtags=(),
        chapters=tuple(Chapter(start_s=n, title=f"장 {n} " + "x" * 40) for n in range(chapters)),
        thumbnail_text="t",
    )


@pytest.fixture
async def artifacts(nats_url: str) -> AsyncIterator[NatsArtifacts]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield NatsArtifacts(connection)


def request_of(spec: StepSpec) -> RunRequested:
    needs = tuple(StepSpec(step=need, agent="writer", task="t") for need in spec.needs)
    return RunRequested(
        run_id="r1",
        at=NOW,
        pipeline=Pipeline(pipeline="p", steps=(*needs, spec)),
        brief=inline_ref(BRIEF),
        channel_id="demo",
        topic=BRIEF.topic,
    )


def spec_of(**fields: object) -> StepSpec:
    return StepSpec.model_validate({"step": "c", "agent": "media", "needs": ["seo"], **fields})


async def resolved(
    artifacts: NatsArtifacts, spec: StepSpec, *inputs: tuple[str, ArtifactRef]
) -> StepPlanned | StepSkipped | StepFailed:
    given = {"brief": inline_ref(BRIEF), **dict(inputs)}
    resolve = Resolve("r1", "c", 3, spec, given)
    return await Resolver(artifacts).resolve(resolve, request_of(spec), NOW)


async def test_a_step_whose_condition_is_true_may_run(artifacts: NatsArtifacts) -> None:
    large = await artifacts.put_artifact(seo("하늘", chapters=200))

    outcome = await resolved(artifacts, spec_of(when="size(seo.chapters) == 200"), ("seo", large))

    assert large.inline is None
    assert outcome == StepPlanned(run_id="r1", at=NOW, step="c", attempt=3)


async def test_a_step_whose_condition_is_false_is_skipped_with_the_reason(
    artifacts: NatsArtifacts,
) -> None:
    outcome = await resolved(artifacts, spec_of(when="run.topic == ''"))

    assert isinstance(outcome, StepSkipped)
    assert outcome.attempt == 3
    assert outcome.reason == "its condition \"run.topic == ''\" is false"


async def test_a_list_is_planned_item_by_item(artifacts: NatsArtifacts) -> None:
    spec = spec_of(for_each="seo.chapters.map(c, c.title)")

    outcome = await resolved(artifacts, spec, ("seo", inline_ref(seo("s", chapters=300))))

    assert isinstance(outcome, StepPlanned)
    assert outcome.count == 300
    assert outcome.items is not None
    items = await artifacts.get_artifact(outcome.items, Items)
    assert items.values[299] == "장 299 " + "x" * 40


async def test_an_approval_is_asked_for_when_its_condition_says_so(
    artifacts: NatsArtifacts,
) -> None:
    asks = await resolved(artifacts, spec_of(approval=ApprovalPolicy(when="brief.review")))
    silent = await resolved(artifacts, spec_of(approval=ApprovalPolicy(when="run.dry_run")))

    assert isinstance(asks, StepPlanned)
    assert isinstance(silent, StepPlanned)
    assert (asks.approval, silent.approval) == (True, False)


async def test_the_outputs_of_instances_are_a_list_with_null_for_the_lost(
    artifacts: NatsArtifacts,
) -> None:
    stored = await artifacts.put_artifact(seo("둘째", chapters=200))
    joined = await artifacts.put_artifact(
        Joined(outputs=(inline_ref(seo("첫째")), None, stored)),
    )

    spec = spec_of(for_each="seo.filter(each, each != null).map(each, each.title)")
    outcome = await resolved(artifacts, spec, ("seo", joined))

    assert isinstance(outcome, StepPlanned)
    assert outcome.items is not None
    assert (await artifacts.get_artifact(outcome.items, Items)).values == ("첫째", "둘째")


async def test_a_need_without_output_is_null(artifacts: NatsArtifacts) -> None:
    outcome = await resolved(artifacts, spec_of(when="seo == null"))

    assert isinstance(outcome, StepPlanned)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"when": "brief.topic"}, "not true or false"),
        ({"for_each": "brief.topic"}, "not a list"),
        ({"when": "brief.colour == 'red'"}, "colour"),
    ],
)
async def test_what_cannot_be_evaluated_fails_the_step_for_good(
    artifacts: NatsArtifacts, fields: dict[str, str], says: str
) -> None:
    outcome = await resolved(
        artifacts, spec_of(**fields), ("seo", inline_ref(seo("s", chapters=200)))
    )

    assert isinstance(outcome, StepFailed)
    assert (outcome.error.error, outcome.error.retryable) == ("ConditionError", False)
    assert says in outcome.error.message
    assert (outcome.step, outcome.attempt) == ("c", 3)


async def test_a_list_of_10_001_items_fails_the_step(artifacts: NatsArtifacts) -> None:
    many = await artifacts.put_artifact(Joined(outputs=(None,) * 10_001))

    outcome = await resolved(artifacts, spec_of(for_each="seo"), ("seo", many))

    assert isinstance(outcome, StepFailed)
    assert "10,001" in outcome.error.message


async def test_outputs_too_large_for_an_expression_fail_the_step(artifacts: NatsArtifacts) -> None:
    huge = ArtifactRef(kind="Seo", sha256="0" * 64, size_bytes=17 * 1024 * 1024)
    joined = await artifacts.put_artifact(Joined(outputs=(huge,)))

    outcome = await resolved(artifacts, spec_of(when="size(seo) > 0"), ("seo", joined))

    assert isinstance(outcome, StepFailed)
    assert "17,825,792 bytes" in outcome.error.message


async def test_instances_are_joined_in_order(artifacts: NatsArtifacts) -> None:
    outputs = (inline_ref(seo("첫째")), None, inline_ref(seo("둘째")))
    join = Join("r1", "c", 2, outputs, "media", NOW, simulated=True)

    completed = await Resolver(artifacts).join(join, NOW + timedelta(seconds=2))

    assert await artifacts.get_artifact(completed.output, Joined) == Joined(outputs=outputs)
    assert (completed.step, completed.attempt, completed.agent) == ("c", 2, "media")
    assert (completed.duration_ms, completed.simulated) == (2000, True)


async def test_what_is_stored_is_found_by_its_reference(artifacts: NatsArtifacts) -> None:
    carried = inline_ref(seo("하늘"))

    await Resolver(artifacts).store(Store("r1", (carried,)))

    reference = carried.model_copy(update={"inline": None})
    assert await artifacts.get_artifact(reference, Seo) == seo("하늘")
