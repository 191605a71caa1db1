"""Asking for runs and plans, by HTTP."""

import asyncio
import json

import pytest

from agentkit.nats import read_run
from contracts import subjects
from contracts.calls import Usage
from contracts.cards import AgentCard, ExpectedCall, Quote, QuoteRequest, TaskCard
from contracts.events import RunRequested

RUN = "/api/v1/pipeline/run"
PLAN = "/api/v1/pipeline/plan"
JSON = {"Content-Type": "application/json"}
ORDER = {"topic": "왜 하늘은 파란가"}


async def test_a_run_is_on_the_log_when_it_is_accepted(api, connection):
    response = await api.post(
        RUN, json=ORDER | {"aspect": "16:9", "dry_run": True}, headers={"X-Request-ID": "r-1"}
    )

    assert response.status_code == 202
    accepted = response.json()
    assert accepted["status"] == "pending"
    assert response.headers["location"] == f"/api/v1/pipeline/runs/{accepted['run_id']}"
    [(_, event)] = await read_run(connection, accepted["run_id"])
    assert isinstance(event, RunRequested)
    assert event.topic == "왜 하늘은 파란가"
    assert event.request_id == "r-1"
    assert [spec.step for spec in event.pipeline.steps] == ["script", "seo", "media"]
    assert event.brief.inline is not None
    assert event.brief.inline["aspect"] == "16:9"
    assert event.brief.inline["language"] == "ko"
    assert event.brief.inline["brand_guide"].startswith("audience:")
    assert event.dry_run


async def test_an_accepted_run_can_be_read_before_the_projector_has_come_to_it(api):
    run_id = (await api.post(RUN, json=ORDER)).json()["run_id"]

    detail = (await api.get(f"/api/v1/pipeline/runs/{run_id}")).json()

    assert detail["status"] == "pending"
    assert detail["topic"] == ORDER["topic"]
    assert [step["status"] for step in detail["steps"]] == ["waiting"] * 3


async def test_the_same_order_with_the_same_key_is_one_run(api, connection):
    key = {"Idempotency-Key": "order 42"}

    answers = await asyncio.gather(*(api.post(RUN, json=ORDER, headers=key) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.state.messages == 1


async def test_a_key_whose_run_was_lost_in_a_crash_is_repaired_by_the_next_try(api, connection):
    key = {"Idempotency-Key": "k"}
    first = (await api.post(RUN, json=ORDER, headers=key)).json()["run_id"]
    await connection.jetstream().purge_stream(subjects.RUNS)

    again = (await api.post(RUN, json=ORDER, headers=key)).json()["run_id"]

    assert again == first
    assert len(await read_run(connection, first)) == 1


async def test_a_key_that_stands_for_another_order_is_refused(api):
    key = {"Idempotency-Key": "k"}
    await api.post(RUN, json=ORDER, headers=key)

    response = await api.post(RUN, json={"topic": "another"}, headers=key)

    assert response.status_code == 422
    assert response.json()["type"] == "urn:yaa:problem:idempotency-key-reused"
    assert "'k'" in response.json()["detail"]


REFUSED = [
    ({"topic": "  "}, 422, "topic is empty"),
    ({"topic": "x" * 10_000}, 422, "topic has 10000 characters: use at most 500"),
    ({"topic": "a\x1b[31m"}, 422, "topic has the control character U+001B at place 2"),
    ({"topic": "half \ud800"}, 422, "topic has the control character U+D800 at place 6"),
    ({}, 422, "topic is missing: add it"),
    ({"topic": 7}, 422, "topic is 7: input should be a valid string"),
    ({"topic": "t", "chanel": "demo"}, 422, "chanel is nothing this address knows"),
    ({"topic": "t", "aspect": "4:3"}, 422, "aspect is '4:3': use one of '9:16' or '16:9'"),
    ({"topic": "t", "language": "korean"}, 422, "language is 'korean': it must match"),
    ({"topic": "t", "channel_id": "Nope!"}, 422, "channel_id is 'Nope!': it must match"),
    ({"topic": "t", "channel_id": "nope"}, 404, "no channel 'nope': use one of demo"),
    ({"topic": "t", "pipeline": "nope"}, 404, "no pipeline 'nope'"),
    ({"topic": "t", "pipeline": "broken"}, 422, "broken.yaml, line 3"),
]


async def test_an_order_that_cannot_be_met_is_refused_in_one_sentence(api, tmp_path, subtests):
    (tmp_path / "broken.yaml").write_text("pipeline: broken\nsteps: [\n")

    for body, status, sentence in REFUSED:
        for path in (RUN, PLAN):
            with subtests.test(sentence, path=path):
                response = await api.post(path, content=json.dumps(body), headers=JSON)

                problem = response.json()
                assert response.status_code == status
                assert response.headers["content-type"] == "application/problem+json"
                assert sentence in problem["detail"]
                assert len(problem["detail"]) < 300
                assert problem["status"] == status
                assert problem["request_id"] == response.headers["x-request-id"]


async def test_a_body_that_is_no_json_is_refused(api):
    response = await api.post(RUN, content=b"{", headers=JSON)

    assert response.status_code == 422
    assert "the body is no JSON" in response.json()["detail"]


async def test_a_run_is_refused_while_the_log_is_away_and_taken_when_it_is_back(api, fresh_nats):
    fresh_nats.kill()
    refused = await api.post(RUN, json=ORDER, headers={"Idempotency-Key": "k"}, timeout=15)
    fresh_nats.start()

    async with asyncio.timeout(10):
        while (taken := await api.post(RUN, json=ORDER, timeout=15)).status_code != 202:
            assert taken.status_code == 503

    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert "try again" in refused.json()["detail"]


async def test_a_run_is_refused_while_the_database_is_away(api, postgres_server):
    postgres_server.kill()
    try:
        response = await api.post(RUN, json=ORDER, timeout=15)
    finally:
        postgres_server.start()

    assert response.status_code == 503
    assert "the database does not answer" in response.json()["detail"]


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


@pytest.mark.usefixtures("cards")
async def test_a_plan_without_a_usage_service_has_no_prices(api, connection):
    plan = (await api.post(PLAN, json=ORDER)).json()

    assert plan["cost_usd"] is None
    assert plan["unpriced"] == []
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.state.messages == 0
