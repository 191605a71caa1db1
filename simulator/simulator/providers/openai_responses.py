"""OpenAI's responses API: whole, and as a stream of events."""

from collections.abc import Iterator, Sequence

from simulator.content.ask import Ask
from simulator.desk import Exchange
from simulator.errors import bad_request
from simulator.providers.openai_text import Written, called_tools, written_for
from simulator.providers.prompt import said_by, text_of
from simulator.tokens import count_tokens
from simulator.wire import CREATED_AT, Json, dumped, named_event, pieces_of

_PER_MESSAGE = 4


def write(exchange: Exchange, seed: int) -> Written:
    """Return the answer to a request.

    Raises:
        ProviderError: the request is not one the API takes.
    """
    body = exchange.body
    for name in ("model", "input"):
        if not body.get(name):
            raise bad_request("openai", f"Missing required parameter: '{name}'.", name)
    messages = _messages(body)
    system = "\n".join(
        filter(None, [body.get("instructions"), said_by(messages, "system", "developer")])
    )
    functions = [tool for tool in body.get("tools") or () if tool.get("type") == "function"]
    last = text_of(messages[-1].get("content"))
    return written_for(
        exchange,
        Ask(said_by(messages, "user"), system, seed=str(seed)),
        form=(body.get("text") or {}).get("format") or {},
        tools=called_tools(functions, body.get("tool_choice"), last),
        max_tokens=body.get("max_output_tokens"),
    )


def response_of(exchange: Exchange, written: Written) -> Json:
    status = "incomplete" if written.cut else "completed"
    return {
        **_frame(exchange),
        "status": status,
        "incomplete_details": {"reason": "max_output_tokens"} if written.cut else None,
        "output": [_item(exchange, written, status)],
        "usage": _usage(exchange.body, written),
    }


def events_of(exchange: Exchange, written: Written) -> Iterator[bytes]:
    """Give the events that build up the response, numbered from 0."""
    for number, (name, data) in enumerate(_events(exchange, written)):
        yield named_event(name, {"type": name, **data, "sequence_number": number})


def _events(exchange: Exchange, written: Written) -> Iterator[tuple[str, Json]]:
    begun = {**_frame(exchange), "status": "in_progress", "output": [], "usage": None}
    response = response_of(exchange, written)
    item: Json = response["output"][0]
    empty = {**item, "status": "in_progress", **_emptied(item)}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    yield "response.output_item.added", {"output_index": 0, "item": empty}
    place = {"item_id": item["id"], "output_index": 0}
    if written.tool:
        yield from _argument_events(written.tool.arguments, place)
    else:
        yield from _part_events(item["content"][0], {**place, "content_index": 0})
    yield "response.output_item.done", {"output_index": 0, "item": item}
    yield f"response.{response['status']}", {"response": response}


def _argument_events(arguments: str, place: Json) -> Iterator[tuple[str, Json]]:
    name = "response.function_call_arguments"
    for piece in pieces_of(arguments):
        yield f"{name}.delta", {**place, "delta": piece}
    yield f"{name}.done", {**place, "arguments": arguments}


def _part_events(part: Json, place: Json) -> Iterator[tuple[str, Json]]:
    kind, name = (
        ("refusal", "response.refusal")
        if part["type"] == "refusal"
        else ("text", "response.output_text")
    )
    logprobs: Json = {"logprobs": []} if kind == "text" else {}
    yield "response.content_part.added", {**place, "part": {**part, kind: ""}}
    for piece in pieces_of(part[kind]):
        yield f"{name}.delta", {**place, "delta": piece, **logprobs}
    yield f"{name}.done", {**place, kind: part[kind], **logprobs}
    yield "response.content_part.done", {**place, "part": part}


def _emptied(item: Json) -> Json:
    return {"arguments": ""} if item["type"] == "function_call" else {"content": []}


def _item(exchange: Exchange, written: Written, status: str) -> Json:
    if written.tool:
        return {
            "type": "function_call",
            "id": exchange.name("fc_sim"),
            "call_id": exchange.name("call_sim"),
            "name": written.tool.name,
            "arguments": written.tool.arguments,
            "status": status,
        }
    part: Json = {"type": "output_text", "text": written.text, "annotations": [], "logprobs": []}
    if written.refusal:
        part = {"type": "refusal", "refusal": written.refusal}
    return {
        "type": "message",
        "id": exchange.name("msg_sim"),
        "role": "assistant",
        "status": status,
        "content": [part],
    }


def _messages(body: Json) -> Sequence[Json]:
    given = body["input"]
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    return [each for each in given if isinstance(each, dict)] or [{"role": "user", "content": ""}]


def _usage(body: Json, written: Written) -> Json:
    texts = [str(body.get("instructions") or ""), *map(text_of, _messages(body))]
    texts += [dumped(tool) for tool in body.get("tools") or ()]
    texts.append(dumped(form) if (form := body.get("text")) else "")
    given = sum(map(count_tokens, texts)) + _PER_MESSAGE * len(_messages(body))
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written.tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + written.tokens,
    }


def _frame(exchange: Exchange) -> Json:
    body = exchange.body
    return {
        "id": exchange.name("resp_sim"),
        "object": "response",
        "created_at": CREATED_AT,
        "model": body["model"],
        "error": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "text": body.get("text") or {"format": {"type": "text"}},
    }
