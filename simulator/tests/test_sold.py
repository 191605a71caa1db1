"""What the simulator says it sold is what its answers said they used, to the token."""

import asyncio

import anthropic
import httpx2
import openai
import pytest

from simulator.server import running
from simulator.settings import SimulatorSettings

CHAT = "/openai/v1/chat/completions"
ASKED = [{"role": "user", "content": "Topic: 바다는 왜 짤까?\nLanguage: ko"}]
CUT = {"extra_headers": {"x-yaa-fault": "cut"}}


@pytest.fixture
async def books(http: httpx2.AsyncClient):
    """Return the ledger, which holds nothing of other tests."""
    await http.delete("/simulator/sold")

    async def read() -> tuple[list[dict], list[dict]]:
        report = (await http.get("/simulator/sold")).json()
        return report["sold"], report["cut"]

    return read


async def test_claude_whole_and_streamed_is_sold_by_what_it_reports(claude, books):
    whole = await claude.messages.create(model="m", max_tokens=500, messages=ASKED)
    async with claude.messages.stream(model="m", max_tokens=400, messages=ASKED) as stream:
        streamed = await stream.get_final_message()

    assert await books() == (
        [
            {
                "provider": "anthropic",
                "model": "m",
                "calls": 2,
                "usage": {
                    "input_fresh": whole.usage.input_tokens + streamed.usage.input_tokens,
                    "output": whole.usage.output_tokens + streamed.usage.output_tokens,
                },
            }
        ],
        [],
    )


async def test_what_is_cached_and_searched_is_sold_apart():
    tool = {"type": "web_search_20260318", "name": "web_search"}
    system = [{"type": "text", "text": "word " * 3000, "cache_control": {"type": "ephemeral"}}]
    async with (
        running(SimulatorSettings(port=0, latency_s=0, prompt_cache=True)) as url,
        httpx2.AsyncClient(base_url=url) as http,
        anthropic.AsyncAnthropic(api_key="x", base_url=f"{url}/anthropic") as claude,
    ):
        used = [
            (
                await claude.messages.create(
                    model="m", max_tokens=500, messages=ASKED, system=system, tools=[tool]
                )
            ).usage
            for _ in range(2)
        ]
        (row,) = (await http.get("/simulator/sold")).json()["sold"]

    assert row["usage"] == {
        "input_fresh": sum(each.input_tokens for each in used),
        "cache_read": used[1].cache_read_input_tokens,
        "cache_write_5m": used[0].cache_creation_input_tokens,
        "output": sum(each.output_tokens for each in used),
        "web_searches": sum(each.server_tool_use.web_search_requests for each in used),
    }
    assert row["usage"]["cache_read"] == row["usage"]["cache_write_5m"] > 0


async def test_openai_is_sold_by_what_it_reports(gpt, books):
    completion = await gpt.chat.completions.create(model="chat", messages=ASKED)
    chunks = [
        chunk
        async for chunk in await gpt.chat.completions.create(
            model="chat", messages=ASKED, stream=True, stream_options={"include_usage": True}
        )
    ]
    response = await gpt.responses.create(model="response", input="달")
    picture = await gpt.images.generate(model="picture", prompt="달", size="256x256", n=2)
    vectors = await gpt.embeddings.create(model="vectors", input=["달", "바다"])
    await gpt.audio.speech.create(
        model="speech", voice="alloy", input="달입니다.", response_format="wav"
    )

    sold, cut = await books()
    assert cut == []
    assert {row["model"]: (row["calls"], row["usage"]) for row in sold} == {
        "chat": (
            2,
            {
                "input_fresh": completion.usage.prompt_tokens + chunks[-1].usage.prompt_tokens,
                "output": completion.usage.completion_tokens + chunks[-1].usage.completion_tokens,
            },
        ),
        "response": (
            1,
            {
                "input_fresh": response.usage.input_tokens,
                "output": response.usage.output_tokens,
            },
        ),
        "picture": (
            1,
            {
                "images": 2,
                "input_fresh": picture.usage.input_tokens,
                "output_image": picture.usage.output_tokens,
            },
        ),
        "vectors": (1, {"input_fresh": vectors.usage.prompt_tokens}),
        "speech": (1, {"characters": len("달입니다.")}),
    }


async def test_errors_and_the_counting_of_tokens_are_free(claude, gpt, books):
    with pytest.raises(anthropic.OverloadedError):
        await claude.messages.create(
            model="m", max_tokens=9, messages=ASKED, extra_headers={"x-yaa-fault": "529"}
        )
    with pytest.raises(openai.BadRequestError):
        await gpt.chat.completions.create(model="", messages=ASKED)
    await claude.messages.count_tokens(model="m", messages=ASKED)

    assert await books() == ([], [])


async def test_a_stream_of_claude_that_breaks_off_has_told_its_input(claude, books):
    whole = await claude.messages.create(model="m", max_tokens=500, messages=ASKED)
    with pytest.raises((anthropic.APIError, httpx2.HTTPError)):
        async with claude.messages.stream(
            model="m", max_tokens=500, messages=ASKED, **CUT
        ) as stream:
            await stream.get_final_message()

    sold, (cut,) = await books()
    assert sold[0]["calls"] == cut["calls"] == 1
    assert cut["silent"] == 0
    assert cut["told"] == {"input_fresh": whole.usage.input_tokens, "output": 1}
    assert cut["used"]["input_fresh"] == whole.usage.input_tokens
    assert 0 < cut["used"]["output"] < whole.usage.output_tokens


async def test_an_answer_of_openai_that_breaks_off_has_told_nothing(gpt, books):
    with pytest.raises(openai.APIConnectionError):
        await gpt.chat.completions.create(model="chat", messages=ASKED, **CUT)
    with pytest.raises((openai.APIError, httpx2.HTTPError)):
        async for _ in await gpt.chat.completions.create(
            model="chat", messages=ASKED, stream=True, **CUT
        ):
            pass

    sold, (cut,) = await books()
    assert sold == []
    assert (cut["calls"], cut["silent"], cut["told"]) == (2, 2, {})
    assert cut["used"]["input_fresh"] > 0


async def test_a_stream_nobody_reads_to_its_end_has_broken_off():
    body = {"model": "m", "messages": ASKED, "stream": True}
    async with (
        running(SimulatorSettings(port=0, latency_s=0.2)) as url,
        httpx2.AsyncClient(base_url=url) as http,
    ):
        async with http.stream("POST", CHAT, json=body) as response:
            await anext(response.aiter_bytes())
        async with asyncio.timeout(15):
            while not (await http.get("/simulator/sold")).json()["cut"]:  # noqa: ASYNC110, HTTP
                await asyncio.sleep(0.02)

        report = (await http.get("/simulator/sold")).json()
    assert report["sold"] == []
    assert report["cut"][0]["told"] == {}


async def test_who_hung_up_before_the_answer_began_was_told_nothing():
    body = {"model": "m", "max_tokens": 9, "messages": ASKED, "stream": True}
    async with (
        running(SimulatorSettings(port=0, latency_s=0)) as url,
        httpx2.AsyncClient(base_url=url) as http,
    ):
        slow = {"x-yaa-fault": "slow:0.3"}
        with pytest.raises(httpx2.ReadTimeout):
            await http.post("/anthropic/v1/messages", json=body, headers=slow, timeout=0.1)
        async with asyncio.timeout(15):
            while not (await http.get("/simulator/sold")).json()["cut"]:  # noqa: ASYNC110, HTTP
                await asyncio.sleep(0.02)

        (cut,) = (await http.get("/simulator/sold")).json()["cut"]
    assert (cut["calls"], cut["silent"], cut["told"]) == (1, 1, {})


async def test_the_books_can_be_closed(gpt, http, books):
    await gpt.chat.completions.create(model="chat", messages=ASKED)
    await http.delete("/simulator/sold")

    assert await books() == ([], [])


async def test_nothing_is_made_for_somebody_who_hung_up(claude, gpt, http, books):
    await http.delete("/simulator/requests")
    slow = {"extra_headers": {"x-yaa-fault": "slow:0.4"}}
    for asking in (
        claude.messages.create(model="m", max_tokens=500, messages=ASKED, **slow),
        gpt.chat.completions.create(model="m", messages=ASKED, stream=True, **slow),
    ):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asking, 0.2)

    async with asyncio.timeout(15):
        while len((await books())[1]) < 2:  # noqa: ASYNC110, the books are only to be read
            await asyncio.sleep(0.02)
    nothing = {"model": "m", "calls": 1, "silent": 1, "told": {}, "used": {}}
    assert await books() == (
        [],
        [{"provider": "anthropic", **nothing}, {"provider": "openai", **nothing}],
    )
    report = (await http.get("/simulator/requests")).json()
    assert [each["status"] for each in report["last"]] == ["abandoned"] * 2
