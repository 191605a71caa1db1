"""Faults on demand raise what the real providers' SDKs would raise."""

import json
import time
from collections.abc import AsyncIterator

import anthropic
import httpx2
import openai
import pytest

from simulator.faults import Fault, FaultRule, Faults
from simulator.server import running
from simulator.settings import SimulatorSettings

ASKED = [{"role": "user", "content": "Topic: 달\nLanguage: ko"}]
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}


def faulty(fault: str) -> dict[str, dict[str, str]]:
    return {"extra_headers": {"x-yaa-fault": fault}}


async def ask_claude(client: anthropic.AsyncAnthropic, fault: str = "", **more):
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    headers = faulty(fault) if fault else {}
    return await client.messages.create(
        model="m", max_tokens=500, messages=ASKED, output_config=config, **headers, **more
    )


async def ask_gpt(client: openai.AsyncOpenAI, fault: str = "", **more):
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}}
    headers = faulty(fault) if fault else {}
    return await client.chat.completions.create(
        model="m", messages=ASKED, response_format=form, **headers, **more
    )


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        ("401", anthropic.AuthenticationError, "authentication_error"),
        ("429:2", anthropic.RateLimitError, "rate_limit_error"),
        ("500", anthropic.InternalServerError, "api_error"),
        ("529", anthropic.OverloadedError, "overloaded_error"),
    ],
)
async def test_claude_fails_with_its_own_errors(claude, fault, error, kind):
    with pytest.raises(error) as caught:
        await ask_claude(claude, fault)

    assert caught.value.type == kind
    assert caught.value.request_id.startswith("req_sim_")
    assert caught.value.response.headers.get("retry-after") == ("2" if fault == "429:2" else None)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("401", openai.AuthenticationError, "invalid_api_key"),
        ("429:2", openai.RateLimitError, "rate_limit_exceeded"),
        ("500", openai.InternalServerError, None),
        ("529", openai.InternalServerError, None),
    ],
)
async def test_openai_fails_with_its_own_errors(gpt, fault, error, code):
    with pytest.raises(error) as caught:
        await ask_gpt(gpt, fault)

    assert caught.value.code == code
    assert caught.value.request_id.startswith("req_sim_")
    assert caught.value.response.headers.get("retry-after") == ("2" if fault == "429:2" else None)


async def test_a_cut_answer_is_a_broken_connection(claude, gpt):
    with pytest.raises(anthropic.APIConnectionError):
        await ask_claude(claude, "cut")
    with pytest.raises(openai.APIConnectionError):
        await ask_gpt(gpt, "cut")


async def read(stream: AsyncIterator[object], events: list[object]) -> None:
    async for event in stream:
        events.append(event)  # noqa: PERF401, what came before the break must be kept


async def test_a_cut_stream_breaks_in_the_middle(claude, gpt):
    for stream in (
        await ask_claude(claude, "cut", stream=True),
        await ask_gpt(gpt, "cut", stream=True),
    ):
        events = list[object]()

        with pytest.raises((anthropic.APIError, openai.APIError, httpx2.HTTPError)):
            await read(stream, events)
        assert events


@pytest.mark.parametrize("fault", ["malformed", "invalid"])
async def test_an_unusable_answer_arrives_as_if_nothing_had_happened(claude, gpt, fault):
    message = await ask_claude(claude, fault)
    completion = await ask_gpt(gpt, fault)

    for text in (message.content[0].text, completion.choices[0].message.content):
        if fault == "malformed":
            with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
                json.loads(text)
        else:
            assert "title" not in json.loads(text)


async def test_a_malformed_tool_input_breaks_off_in_the_stream(claude):
    tool = {"name": "save", "input_schema": SCHEMA}
    stream = await claude.messages.create(
        model="m",
        max_tokens=500,
        messages=ASKED,
        tools=[tool],
        tool_choice={"type": "any"},
        stream=True,
        **faulty("malformed"),
    )
    deltas = [event.delta async for event in stream if event.type == "content_block_delta"]

    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads("".join(delta.partial_json for delta in deltas))


async def test_a_refusal_is_told_in_each_providers_way(claude, gpt):
    message = await ask_claude(claude, "refusal")
    completion = await ask_gpt(gpt, "refusal")
    response = await gpt.responses.create(model="m", input="달", **faulty("refusal"))

    assert (message.stop_reason, message.content) == ("refusal", [])
    assert message.stop_details.category == "general_harms"
    assert completion.choices[0].message.content is None
    assert completion.choices[0].message.refusal == response.output[0].content[0].refusal


async def test_a_streamed_refusal_is_told_as_well(claude, gpt):
    async with claude.messages.stream(
        model="m", max_tokens=9, messages=ASKED, **faulty("refusal")
    ) as stream:
        message = await stream.get_final_message()
    chunks = [chunk async for chunk in await ask_gpt(gpt, "refusal", stream=True)]

    assert message.stop_reason == "refusal"
    assert "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks).startswith("I'm sorry")


async def test_a_refused_picture_is_a_moderation_error(gpt):
    with pytest.raises(openai.BadRequestError, match="safety system") as caught:
        await gpt.images.generate(model="gpt-image-2", prompt="달", **faulty("refusal"))

    assert (caught.value.code, caught.value.type) == (
        "moderation_blocked",
        "image_generation_user_error",
    )


async def test_a_slow_answer_takes_its_time(claude):
    started = time.perf_counter()
    await ask_claude(claude, "slow:0.3")

    assert time.perf_counter() - started > 0.3


async def test_an_overloaded_provider_may_say_when_to_come_back(claude, gpt):
    with pytest.raises(anthropic.OverloadedError) as overloaded:
        await ask_claude(claude, "529:600")
    with pytest.raises(openai.InternalServerError) as failed:
        await ask_gpt(gpt, "500:0.5")

    assert overloaded.value.response.headers["retry-after"] == "600"
    assert failed.value.response.headers["retry-after"] == "0.5"


async def test_a_dripping_answer_begins_at_once_and_takes_its_time(claude):
    started = time.perf_counter()
    stream = await ask_claude(claude, "drip:0.4", stream=True)
    times = [time.perf_counter() - started async for _ in stream]

    assert times[0] < 0.3
    assert times[-1] > 0.35


async def test_a_rule_meets_only_what_fits_and_only_so_often(claude, gpt, http):
    rules = [{"fault": "529", "path": "/messages", "model": "m", "body": "달", "times": 2}]
    await http.post("/simulator/faults", json=rules)

    await ask_gpt(gpt)
    for _ in range(2):
        with pytest.raises(anthropic.OverloadedError):
            await ask_claude(claude)
    await ask_claude(claude)

    (rule,) = (await http.get("/simulator/faults")).json()
    assert rule["hits"] == 2


def test_a_share_of_the_requests_is_chosen_by_the_seed():
    def struck(seed):
        faults = Faults([FaultRule(fault="529", share=0.1)], seed)
        return [faults.take("/v1/messages", "m", "") is not None for _ in range(1000)]

    assert 70 < sum(struck(1)) < 130
    assert struck(1) == struck(1)
    assert struck(1) != struck(2)


async def test_rules_are_cleared(claude, http):
    await http.post("/simulator/faults", json={"fault": "500"})
    cleared = await http.delete("/simulator/faults")

    await ask_claude(claude)
    assert cleared.status_code == 204
    assert (await http.get("/simulator/faults")).json() == []


async def test_rules_can_stand_in_the_configuration(monkeypatch):
    monkeypatch.setenv("YAA_SIMULATOR_FAULTS", '[{"fault": "429:7", "model": "m"}]')
    monkeypatch.setenv("YAA_SIMULATOR_LATENCY_S", "0")

    async with (
        running(SimulatorSettings(port=0)) as url,
        anthropic.AsyncAnthropic(api_key="x", base_url=f"{url}/anthropic", max_retries=0) as claude,
    ):
        with pytest.raises(anthropic.RateLimitError) as caught:
            await ask_claude(claude)

    assert caught.value.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("fault", ["", "teapot", "401:2", "slow:soon", "cut:1"])
async def test_an_unknown_fault_is_named(http, fault):
    asked = {"model": "m", "max_tokens": 9, "messages": ASKED}
    by_header = await http.post(
        "/anthropic/v1/messages", json=asked, headers={"x-yaa-fault": fault}
    )
    by_rule = await http.post("/simulator/faults", json={"fault": fault})

    assert (by_header.status_code, by_rule.status_code) == (400, 422)
    with pytest.raises(ValueError, match=r"use one of|a number"):
        Fault.parse(fault)


@pytest.mark.parametrize("body", [b"not json", b"[1]"])
async def test_a_body_that_is_no_object_is_a_bad_request(http, body):
    claude = await http.post("/anthropic/v1/messages", content=body)
    gpt = await http.post("/openai/v1/chat/completions", content=body)

    assert (claude.status_code, gpt.status_code) == (400, 400)
    assert claude.json()["type"] == "error"
    assert gpt.json()["error"]["type"] == "invalid_request_error"
