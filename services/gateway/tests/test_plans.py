"""Asking what a run would do and cost, by HTTP."""

import re

import pytest

from contracts import subjects
from contracts.calls import Usage
from contracts.cards import AgentCard, ExpectedCall, Quote, QuoteRequest, TaskCard
from gateway.experience import MEDIANS, RECENT, Task, medians_s

PLAN = "/api/v1/pipeline/plan"
ORDER = {"topic": "왜 하늘은 파란가"}

MANY_STEPS = """
INSERT INTO gateway.runs (
    run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, simulated, status,
    created_at, updated_at
)
SELECT 'r-' || n, 'demo', 't', 'Demo', 'video', '{}', false, false, 'completed', now(), now()
FROM generate_series(1, 5000) AS n;
INSERT INTO gateway.steps (
    run_id, step, position, agent, task, needs, status, attempt, requested_at, completed_at,
    duration_ms, simulated
)
SELECT 'r-' || n, task, 0, 'writer', task, '[]', 'completed', 1, now(),
       timestamptz '2026-01-01Z' + n * interval '1 second', n, n % 2 = 0
FROM generate_series(1, 5000) AS n
CROSS JOIN unnest(ARRAY['script', 'seo']) AS task;
ANALYZE gateway.steps;
"""


def card(agent: str, *tasks: TaskCard, simulated: bool = False) -> AgentCard:
    return AgentCard(agent=agent, tasks=tasks, simulated=simulated)


def text_call(model: str, count: int = 1) -> ExpectedCall:
    usage = Usage(input_fresh=1000, output=500)
    return ExpectedCall(
        capability="text", provider="anthropic", model=model, usage=usage, count=count
    )


@pytest.fixture
async def cards(connection):
    """The writer has introduced itself; the media agent never started."""
    script = TaskCard(task="script", inputs=(), output="Script", calls=(text_call("large", 2),))
    seo = TaskCard(task="seo", inputs=(), output="Seo", calls=(text_call("new"),))
    writer = card("writer", script, seo, simulated=True)
    bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    await bucket.put("writer", writer.model_dump_json().encode())


@pytest.mark.usefixtures("cards")
async def test_a_plan_prices_every_call_and_names_what_is_not_known(api, connection):
    async def answer(message):
        asked = QuoteRequest.model_validate_json(message.data)
        costs = [None if call.model == "new" else 12_000 * call.count for call in asked.calls]
        await message.respond(Quote(costs_usd_micro=costs).model_dump_json().encode())

    await connection.subscribe(subjects.QUOTES, cb=answer)

    plan = (await api.post(PLAN, json=ORDER)).json()

    assert [step["cost_usd"] for step in plan["steps"]] == [0.024, None, None]
    assert [step["agent_known"] for step in plan["steps"]] == [True, True, False]
    assert plan["steps"][0]["calls"] == [
        {
            "capability": "text",
            "provider": "anthropic",
            "model": "large",
            "count": 2,
            "cost_usd": 0.024,
        }
    ]
    assert plan["steps"][1]["needs"] == ["script"]
    assert plan["unpriced"] == ["anthropic:new"]
    assert plan["cost_usd"] is None
    assert plan["simulated"]


APPROVALS = """
pipeline: asking
steps:
  - {step: script, agent: writer, approval: {risk: low}}
  - {step: seo, agent: writer, needs: [script], approval: {risk: medium}}
  - {step: draw, agent: media, needs: [script], approval: {when: "script.title != ''"}}
  - {step: urgent, agent: media, approval: {when: "run.priority == 'high'"}}
  - step: publish
    agent: media
    needs: [seo]
    approval: {when: brief.review, revise: script}
"""


@pytest.mark.usefixtures("cards")
@pytest.mark.parametrize("review", [True, False])
async def test_a_plan_tells_which_steps_ask_for_approval(api, tmp_path, review):
    (tmp_path / "asking.yaml").write_text(APPROVALS)

    plan = (await api.post(PLAN, json=ORDER | {"pipeline": "asking", "review": review})).json()

    approvals = {step["step"]: step["approval"] for step in plan["steps"]}
    assert approvals["script"] is None
    asked = {name: each["asks"] for name, each in approvals.items() if each}
    assert asked == {"seo": True, "draw": None, "urgent": None, "publish": review}
    assert approvals["publish"] | {"asks": None} == {
        "risk": "high",
        "when": "brief.review",
        "asks": None,
        "revise": "script",
    }


@pytest.fixture
def took(record, project, story):
    """Have runs end in which the steps took so many milliseconds, some of them simulated."""

    async def took(run_id: str, *, simulated: bool = False, **steps: int) -> None:
        told = story(run_id).requested()
        for step, duration_ms in steps.items():
            told.asks(step).completes(step, duration_ms=duration_ms, simulated=simulated)
        await record(told.ends())
        await project()

    return took


async def expected(api) -> tuple[float | None, list[float | None]]:
    plan = (await api.post(PLAN, json=ORDER)).json()
    return plan["expected_s"], [step["expected_s"] for step in plan["steps"]]


@pytest.mark.usefixtures("cards")
async def test_a_plan_tells_how_long_the_longest_way_usually_takes(api, took):
    nothing = await expected(api)
    for number, script_ms in enumerate((1000, 9000, 2000)):
        await took(f"run-{number}", script=script_ms, seo=500)
    unknown = await expected(api)
    await took("other", media=4000)
    known = await expected(api)

    assert nothing == (None, [None, None, None])
    assert unknown == (None, [2.0, 0.5, None])
    assert known == (6.0, [2.0, 0.5, 4.0])


@pytest.mark.usefixtures("cards")
async def test_what_simulated_models_took_is_no_experience_with_real_ones(api, took, connection):
    await took("real", script=30_000, seo=20_000, media=60_000)
    await took("simulated", simulated=True, script=10, seo=10, media=10)
    simulated = await expected(api)
    bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    await bucket.put("writer", card("writer").model_dump_json().encode())

    real = await expected(api)

    assert simulated == (75.005, [15.005, 10.005, 60.0])
    assert real == (90.0, [30.0, 20.0, 60.0])


async def test_a_step_for_each_item_takes_from_its_beginning_to_its_end(
    pool, record, project, wide_story
):
    await record(wide_story("e").revised_whole())
    await project()

    known = await medians_s(pool, [Task("media", "media", simulated=False)] * 2)

    assert known == {("media", "media"): 4.0}


async def test_only_the_last_attempts_of_a_task_are_looked_at(pool):
    await pool.execute(MANY_STEPS)
    flags = [["writer"], ["script"], [True]]

    rows = await pool.fetch(f"EXPLAIN (ANALYZE, TIMING off) {MEDIANS}", *flags, RECENT)
    known = await medians_s(pool, [Task("writer", "script", simulated=False)])

    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan" not in plan
    read = re.findall(r"steps_by_task.*actual rows=(\d+)", plan)
    assert len(read) == 1
    assert int(read[0]) <= RECENT
    assert known == {("writer", "script"): 4.98}


@pytest.mark.usefixtures("cards")
async def test_a_plan_without_a_usage_service_has_no_prices(api, connection):
    plan = (await api.post(PLAN, json=ORDER)).json()

    assert plan["cost_usd"] is None
    assert plan["unpriced"] == []
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.state.messages == 0
