"""Chat completions and responses, as the installed openai SDK sees them."""

import openai
import pytest
from pydantic import BaseModel

MODEL = "gpt-5-mini"
PROMPT = "Topic: Why is the sea salty?\nLanguage: en\nTarget length: 30 seconds"
ASKED = {"model": MODEL, "messages": [{"role": "user", "content": PROMPT}]}


class Scene(BaseModel):
    narration: str
    image_prompt: str


class Script(BaseModel):
    title: str
    scenes: list[Scene]


SAVE = openai.pydantic_function_tool(Script, name="save_script")
FORCED = {"type": "function", "function": {"name": "save_script"}}


async def test_chat_answers_with_honest_usage(gpt):
    completion = await gpt.chat.completions.create(**ASKED)

    choice, usage = completion.choices[0], completion.usage
    assert "sea" in choice.message.content
    assert choice.finish_reason == "stop"
    assert completion.id.startswith("chatcmpl-sim_")
    assert usage.prompt_tokens > 10
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


async def test_a_chat_stream_gives_the_same_text_and_usage_when_asked(gpt):
    whole = await gpt.chat.completions.create(**ASKED)
    stream = await gpt.chat.completions.create(
        **ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    without = await gpt.chat.completions.create(**ASKED, stream=True)

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert all([chunk.usage is None async for chunk in without])


async def test_chat_parses_structured_output_whole_and_streamed(gpt):
    completion = await gpt.chat.completions.parse(**ASKED, response_format=Script)
    async with gpt.chat.completions.stream(**ASKED, response_format=Script) as stream:
        streamed = await stream.get_final_completion()

    parsed = completion.choices[0].message.parsed
    assert len(parsed.scenes) >= 3
    assert streamed.choices[0].message.parsed == parsed


async def test_a_chat_tool_is_called(gpt):
    asked = {**ASKED, "tools": [SAVE], "tool_choice": FORCED}
    completion = await gpt.chat.completions.create(**asked)
    async with gpt.chat.completions.stream(**asked) as stream:
        streamed = await stream.get_final_completion()

    (call,) = completion.choices[0].message.tool_calls
    Script.model_validate_json(call.function.arguments)
    assert completion.choices[0].finish_reason == "tool_calls"
    assert streamed.choices[0].message.tool_calls[0].function.arguments == call.function.arguments


async def test_json_mode_gives_some_json_object(gpt):
    completion = await gpt.chat.completions.create(**ASKED, response_format={"type": "json_object"})

    assert completion.choices[0].message.content.startswith('{"title"')


async def test_a_chat_answer_ends_at_the_token_limit(gpt):
    completion = await gpt.chat.completions.create(**ASKED, max_completion_tokens=10)

    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens <= 10


async def test_a_strict_schema_must_be_strict(gpt):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    form = {
        "type": "json_schema",
        "json_schema": {"name": "loose", "strict": True, "schema": schema},
    }

    with pytest.raises(openai.BadRequestError, match="additionalProperties") as caught:
        await gpt.chat.completions.create(**ASKED, response_format=form)
    assert caught.value.param == "response_format"


async def test_responses_answer_with_honest_usage(gpt):
    response = await gpt.responses.create(model=MODEL, input=PROMPT, instructions="Be brief.")

    assert "sea" in response.output_text
    assert response.status == "completed"
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


async def test_responses_parse_structured_output_whole_and_streamed(gpt):
    response = await gpt.responses.parse(model=MODEL, input=PROMPT, text_format=Script)
    async with gpt.responses.stream(model=MODEL, input=PROMPT, text_format=Script) as stream:
        events = [event.type async for event in stream]
        streamed = await stream.get_final_response()

    assert len(response.output_parsed.scenes) >= 3
    assert streamed.output_parsed == response.output_parsed
    assert streamed.usage == response.usage
    assert events[0] == "response.created"
    assert events.count("response.output_text.delta") > 10
    assert events[-1] == "response.completed"


async def test_responses_call_a_tool(gpt):
    function = SAVE["function"]
    tool = {"type": "function", **function}
    asked = {
        "model": MODEL,
        "input": [{"role": "user", "content": [{"type": "input_text", "text": PROMPT}]}],
        "tools": [tool],
        "tool_choice": {"type": "function", "name": "save_script"},
    }
    response = await gpt.responses.create(**asked)
    async with gpt.responses.stream(**asked) as stream:
        streamed = await stream.get_final_response()

    assert response.output[0].type == "function_call"
    Script.model_validate_json(response.output[0].arguments)
    assert streamed.output[0].arguments == response.output[0].arguments


async def test_a_response_that_is_cut_is_incomplete(gpt):
    response = await gpt.responses.create(model=MODEL, input=PROMPT, max_output_tokens=10)

    assert (response.status, response.incomplete_details.reason) == (
        "incomplete",
        "max_output_tokens",
    )


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("chat/completions", "messages"),
        ("responses", "input"),
        ("images/generations", "prompt"),
        ("audio/speech", "input"),
    ],
)
async def test_a_missing_parameter_is_named(http, path, missing):
    response = await http.post(f"/openai/v1/{path}", json={"model": MODEL})

    assert response.status_code == 400
    assert response.json()["error"]["param"] == missing


async def test_a_path_that_is_not_simulated_is_not_found(gpt):
    with pytest.raises(openai.NotFoundError, match="not simulated"):
        await gpt.models.list()
