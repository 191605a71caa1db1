"""Asking what a run would do and cost, by HTTP."""

import pytest

from contracts import subjects
from contracts.calls import Usage
from contracts.cards import AgentCard, ExpectedCall, Quote, QuoteRequest, TaskCard

PLAN = "/api/v1/pipeline/plan"
ORDER = {"topic": "왜 하늘은 파란가"}


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


@pytest.mark.usefixtures("cards")
async def test_a_plan_without_a_usage_service_has_no_prices(api, connection):
    plan = (await api.post(PLAN, json=ORDER)).json()

    assert plan["cost_usd"] is None
    assert plan["unpriced"] == []
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.state.messages == 0
