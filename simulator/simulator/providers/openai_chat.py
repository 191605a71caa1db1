"""OpenAI's chat completions: whole, and as a stream of chunks."""

from collections.abc import Iterator, Sequence

from simulator.content.ask import Ask
from simulator.desk import Exchange
from simulator.errors import bad_request
from simulator.providers.openai_text import ToolCall, Written, called_tools, written_for
from simulator.providers.prompt import said_by, text_of
from simulator.tokens import count_tokens
from simulator.wire import CREATED_AT, Json, data_event, dumped, pieces_of

_PER_MESSAGE = 4


def write(exchange: Exchange, seed: int) -> Written:
    """Return the answer to a chat request.

    Raises:
        ProviderError: the request is not one the API takes.
    """
    body = exchange.body
    for name in ("model", "messages"):
        if not body.get(name):
            raise bad_request("openai", f"Missing required parameter: '{name}'.", name)
    messages: Sequence[Json] = body["messages"]
    ask = Ask(said_by(messages, "user"), said_by(messages, "system", "developer"), seed=str(seed))
    functions = [tool["function"] for tool in body.get("tools") or () if "function" in tool]
    form = body.get("response_format") or {}
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    return written_for(
        exchange,
        ask,
        form={"type": form.get("type"), **(form.get("json_schema") or {})},
        tools=called_tools(
            functions, body.get("tool_choice"), text_of(messages[-1].get("content"))
        ),
        max_tokens=limit,
    )


def completion_of(exchange: Exchange, written: Written) -> Json:
    tools = [_call_of(exchange, written.tool)] if written.tool else None
    message: Json = {
        "role": "assistant",
        "content": None if written.tool or written.refusal else written.text,
        "refusal": written.refusal,
        "annotations": [],
    }
    return {
        **_frame(exchange, "chat.completion"),
        "choices": [
            {
                "index": 0,
                "message": {**message, "tool_calls": tools} if tools else message,
                "logprobs": None,
                "finish_reason": _finish_reason(written),
            }
        ],
        "usage": usage_of(exchange.body, written),
    }


def chunks_of(exchange: Exchange, written: Written) -> Iterator[bytes]:
    """Give the chunks of a streamed answer; the usage comes last when it is asked for."""
    frame = _frame(exchange, "chat.completion.chunk")
    wants_usage = bool((exchange.body.get("stream_options") or {}).get("include_usage"))
    extra = {"usage": None} if wants_usage else {}

    def chunk(delta: Json, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return data_event({**frame, "choices": [choice], **extra})

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for delta in _deltas(exchange, written):
        yield chunk(delta)
    yield chunk({}, _finish_reason(written))
    if wants_usage:
        yield data_event({**frame, "choices": [], "usage": usage_of(exchange.body, written)})
    yield b"data: [DONE]\n\n"


def usage_of(body: Json, written: Written) -> Json:
    messages: Sequence[Json] = body["messages"]
    texts = [text_of(message.get("content")) for message in messages]
    texts += [dumped(tool) for tool in body.get("tools") or ()]
    texts.append(dumped(form) if (form := body.get("response_format")) else "")
    prompt = sum(map(count_tokens, texts)) + _PER_MESSAGE * len(messages)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written.tokens,
        "total_tokens": prompt + written.tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _deltas(exchange: Exchange, written: Written) -> Iterator[Json]:
    if written.tool is None:
        kind = "refusal" if written.refusal else "content"
        for piece in pieces_of(written.refusal or written.text):
            yield {kind: piece}
        return
    call = _call_of(exchange, written.tool)
    opening = {**call["function"], "arguments": ""}
    yield {"tool_calls": [{**call, "index": 0, "function": opening}]}
    for piece in pieces_of(written.tool.arguments):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _call_of(exchange: Exchange, tool: ToolCall) -> Json:
    function = {"name": tool.name, "arguments": tool.arguments}
    return {"id": exchange.name("call_sim"), "type": "function", "function": function}


def _finish_reason(written: Written) -> str:
    if written.tool:
        return "tool_calls"
    return "length" if written.cut else "stop"


def _frame(exchange: Exchange, kind: str) -> Json:
    return {
        "id": exchange.name("chatcmpl-sim"),
        "object": kind,
        "created": CREATED_AT,
        "model": exchange.body["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_simulator",
    }
