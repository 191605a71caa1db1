"""The Messages API, as the installed anthropic SDK sees it."""

import anthropic
import pytest
from pydantic import BaseModel, Field

from simulator.server import running
from simulator.settings import SimulatorSettings

MODEL = "claude-sonnet-5-5"
PROMPT = "Topic: 바다는 왜 짤까?\nLanguage: ko\nTarget length: 30 seconds\nScenes: 5"


class Scene(BaseModel):
    narration: str = Field(min_length=1, max_length=300)
    on_screen_text: str = Field(max_length=24)


class Script(BaseModel):
    title: str = Field(max_length=100)
    scenes: tuple[Scene, ...] = Field(min_length=3, max_length=7)


SAVE = {"name": "save_script", "input_schema": Script.model_json_schema()}


def asked(text: str = PROMPT, **more):
    return {
        "model": MODEL,
        "max_tokens": 4000,
        "messages": [{"role": "user", "content": text}],
        **more,
    }


def tokens_in(usage: anthropic.types.Usage) -> int:
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return usage.input_tokens + cached


async def test_a_plain_question_is_answered_in_text(claude):
    message = await claude.messages.create(**asked())

    assert message.content[0].type == "text"
    assert "바다" in message.content[0].text
    assert (message.stop_reason, message.model, message.role) == ("end_turn", MODEL, "assistant")
    assert message.id.startswith("msg_sim_")
    assert message._request_id.startswith("req_sim_")  # noqa: SLF001, the SDK's documented attribute
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0


async def test_a_stream_gives_every_kind_of_event_and_the_same_message(claude):
    whole = await claude.messages.create(**asked())
    raw = [event.type async for event in await claude.messages.create(**asked(), stream=True)]
    async with claude.messages.stream(**asked()) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        streamed = await stream.get_final_message()

    assert raw[0] == "message_start"
    assert raw[1] == "content_block_start"
    assert raw.count("content_block_delta") > 10
    assert raw[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert text == whole.content[0].text == streamed.content[0].text
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    assert streamed.stop_reason == "end_turn"


async def test_structured_output_is_parsed_by_the_sdk(claude):
    message = await claude.messages.parse(**asked(), output_format=Script)
    async with claude.messages.stream(**asked(), output_format=Script) as stream:
        streamed = await stream.get_final_message()

    assert len(message.parsed_output.scenes) == 5
    assert streamed.parsed_output == message.parsed_output


async def test_an_output_schema_the_api_would_refuse_is_refused(claude):
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
    for part in (schema, {**schema, "additionalProperties": False}):
        config = {"format": {"type": "json_schema", "schema": part}}

        with pytest.raises(anthropic.BadRequestError, match=r"output_config.format.schema"):
            await claude.messages.create(**asked(output_config=config))


async def test_a_forced_tool_is_called_with_input_that_fits(claude):
    forced = asked(tools=[SAVE], tool_choice={"type": "tool", "name": "save_script"})

    message = await claude.messages.create(**forced)
    async with claude.messages.stream(**forced) as stream:
        deltas = [event.partial_json async for event in stream if event.type == "input_json"]
        streamed = await stream.get_final_message()

    (block,) = message.content
    assert (block.type, block.name, message.stop_reason) == ("tool_use", "save_script", "tool_use")
    Script.model_validate(block.input)
    assert len(deltas) > 5
    assert streamed.content[0].input == block.input


async def test_a_tool_is_left_alone_until_it_is_named(claude):
    unnamed = await claude.messages.create(**asked(tools=[SAVE]))
    named = await claude.messages.create(**asked(f"{PROMPT}\nCall save_script.", tools=[SAVE]))
    after = await claude.messages.create(
        **asked(tools=[SAVE])
        | {
            "messages": [
                {"role": "user", "content": f"{PROMPT}\nCall save_script."},
                {"role": "assistant", "content": [block.to_dict() for block in named.content]},
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": named.content[0].id,
                            "content": "saved",
                        }
                    ],
                },
            ]
        }
    )

    assert [unnamed.stop_reason, named.stop_reason, after.stop_reason] == [
        "end_turn",
        "tool_use",
        "end_turn",
    ]


async def test_an_unknown_forced_tool_is_a_bad_request(claude):
    with pytest.raises(anthropic.BadRequestError, match="nowhere"):
        await claude.messages.create(
            **asked(tools=[SAVE], tool_choice={"type": "tool", "name": "nowhere"})
        )


@pytest.mark.parametrize("version", ["web_search_20250305", "web_search_20260318"])
async def test_a_web_search_brings_pages_and_cites_each(claude, version):
    tools = [{"type": version, "name": "web_search", "max_uses": 2}]
    request = asked("Search the web, from at most 4 pages.\n\n바다는 왜 짤까?", tools=tools)

    message = await claude.messages.create(**request)
    async with claude.messages.stream(**request) as stream:
        streamed = await stream.get_final_message()

    search, found, *report = message.content
    assert (search.type, search.input) == ("server_tool_use", {"query": "바다는 왜 짤까"})
    assert found.tool_use_id == search.id
    assert len(found.content) == 4
    assert {page.url for page in found.content} == {text.citations[0].url for text in report}
    assert all(len(text.citations[0].cited_text) <= 150 for text in report)
    assert message.usage.server_tool_use.web_search_requests == 1
    assert [page.url for page in streamed.content[1].content] == [
        page.url for page in found.content
    ]
    assert [(text.text, text.citations) for text in streamed.content[2:]] == [
        (text.text, text.citations) for text in report
    ]
    assert streamed.usage.server_tool_use.web_search_requests == 1


async def test_another_wording_of_a_search_finds_other_pages(claude):
    tools = [{"type": "web_search_20260318", "name": "web_search"}]
    urls = []
    for query in ("블랙홀", "recent facts, figures and sources about 블랙홀"):
        message = await claude.messages.create(**asked(f"Search.\n\n{query}", tools=tools))
        urls.append({page.url for page in message.content[1].content})

    assert len(urls[0] | urls[1]) > len(urls[0])


async def test_a_search_stays_within_the_allowed_domains(claude):
    tools = [
        {"type": "web_search_20260318", "name": "web_search", "allowed_domains": ["ours.example"]}
    ]
    message = await claude.messages.create(**asked("블랙홀", tools=tools))

    assert all(page.url.startswith("https://ours.example/") for page in message.content[1].content)


async def test_an_answer_ends_at_max_tokens(claude):
    message = await claude.messages.create(**asked() | {"max_tokens": 20})

    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens <= 20


async def test_usage_grows_with_the_request_and_agrees_with_count_tokens(claude):
    short = await claude.messages.create(**asked())
    long = await claude.messages.create(**asked(PROMPT + "\n" + "배경 설명입니다. " * 200))
    counted = await claude.messages.count_tokens(
        model=MODEL, messages=[{"role": "user", "content": PROMPT}]
    )

    assert long.usage.input_tokens > short.usage.input_tokens + 800
    assert counted.input_tokens == short.usage.input_tokens


async def test_a_marked_prefix_is_counted_as_written_to_the_cache(claude):
    mark = {"type": "ephemeral", "ttl": "1h"}
    system = [{"type": "text", "text": "브랜드 가이드입니다. " * 400, "cache_control": mark}]

    plain = await claude.messages.create(**asked(system=system[0]["text"]))
    cached = await claude.messages.create(**asked(system=system))

    assert cached.usage.cache_creation.ephemeral_1h_input_tokens > 1024
    assert cached.usage.cache_read_input_tokens == 0
    assert tokens_in(cached.usage) == tokens_in(plain.usage)


async def test_a_remembered_prefix_is_read_the_second_time():
    system = [
        {"type": "text", "text": "안내문입니다. " * 500, "cache_control": {"type": "ephemeral"}}
    ]
    async with (
        running(SimulatorSettings(port=0, latency_s=0, prompt_cache=True)) as url,
        anthropic.AsyncAnthropic(api_key="x", base_url=f"{url}/anthropic") as claude,
    ):
        first = await claude.messages.create(**asked(system=system))
        second = await claude.messages.create(**asked("다른 질문", system=system))

    assert first.usage.cache_creation_input_tokens == second.usage.cache_read_input_tokens > 1024
    assert second.usage.cache_creation_input_tokens == 0


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
async def test_a_missing_field_is_named(http, missing):
    body = {key: value for key, value in asked().items() if key != missing}

    response = await http.post("/anthropic/v1/messages", json=body)

    assert response.status_code == 400
    assert response.json()["error"] == {
        "type": "invalid_request_error",
        "message": f"{missing}: Field required",
    }
