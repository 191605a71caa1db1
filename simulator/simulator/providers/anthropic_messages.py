"""The Anthropic Messages API: what it answers to a request."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.content.answer import answer_to, object_for
from simulator.content.ask import Ask
from simulator.content.search import CITED_MAX, Page, pages_for
from simulator.content.topic import shortened
from simulator.desk import Exchange
from simulator.errors import bad_request
from simulator.providers.prompt import said_by, text_of
from simulator.schema_check import anthropic_problem
from simulator.tokens import clip_tokens, count_tokens
from simulator.wire import Json, dumped

_MOST_PAGES = 10
_PER_MESSAGE, _PER_TOOL, _PER_PAGE = 4, 24, 180
_CACHE_MIN_TOKENS = 1024
_REFUSAL: Json = {
    "type": "refusal",
    "category": "general_harms",
    "explanation": "This request was declined by a simulated safety policy.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that decide the answer."""

    ask: Ask
    schema: Json | None
    forced_tool: Json | None
    search_tool: Json | None
    max_tokens: int
    input_tokens: int
    cached_tokens: int
    cache_for_an_hour: bool


def read(exchange: Exchange, seed: int) -> Request:
    """Return the request in `exchange`.

    Raises:
        ProviderError: something is missing, or the output schema is not one the API takes.
    """
    body = exchange.body
    for name in ("model", "max_tokens", "messages"):
        if not body.get(name):
            raise bad_request("anthropic", f"{name}: Field required")
    tools: Sequence[Json] = body.get("tools") or ()
    searches = (tool for tool in tools if str(tool.get("type", "")).startswith("web_search"))
    tokens = count_input(body)
    cached, for_an_hour = _cached(body, tokens)
    return Request(
        ask=ask_of(body, seed),
        schema=_schema_of(body),
        forced_tool=_forced_tool(body, tools),
        search_tool=next(searches, None),
        max_tokens=int(body["max_tokens"]),
        input_tokens=tokens,
        cached_tokens=cached,
        cache_for_an_hour=for_an_hour,
    )


def ask_of(body: Json, seed: int) -> Ask:
    text = said_by(body["messages"], "user")
    return Ask(text, text_of(body.get("system")), seed=str(seed))


def count_input(body: Json) -> int:
    """Return the input tokens of a request: texts, tools and the output schema."""
    messages: Sequence[Json] = body.get("messages") or ()
    tools: Sequence[Json] = body.get("tools") or ()
    texts = [text_of(body.get("system")), *(text_of(each.get("content")) for each in messages)]
    texts += [dumped(tool) for tool in tools]
    texts.append(dumped(schema) if (schema := _format_of(body)) else "")
    return (
        sum(map(count_tokens, texts)) + _PER_MESSAGE * (len(messages) + 1) + _PER_TOOL * len(tools)
    )


def message_for(exchange: Exchange, request: Request, *, cache_hit: bool) -> Json:
    """Return the whole message, as a request without streaming gets it."""
    refused = exchange.has_fault("refusal")
    blocks: list[Json]
    if refused:
        blocks, stop = [], "refusal"
    elif request.forced_tool is not None:
        blocks, stop = [_tool_use(exchange, request, request.forced_tool)], "tool_use"
    else:
        blocks, stop = _written(exchange, request)
    return {
        "id": exchange.name("msg_sim"),
        "type": "message",
        "role": "assistant",
        "model": exchange.body["model"],
        "content": blocks,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": _REFUSAL if refused else None,
        "usage": _usage(request, blocks, cache_hit=cache_hit),
    }


def _written(exchange: Exchange, request: Request) -> tuple[list[Json], str]:
    tool = request.search_tool
    found = _search_blocks(exchange, request.ask, tool) if tool else []
    fault = exchange.fault.kind if exchange.fault else ""
    if found and request.schema is None and fault not in {"malformed", "invalid"}:
        return found, "end_turn"
    text = answer_to(request.ask, request.schema, fault)
    text, cut = clip_tokens(text, request.max_tokens)
    block: Json = {"type": "text", "text": text, "citations": None}
    return [*found[:2], block], "max_tokens" if cut else "end_turn"


def _tool_use(exchange: Exchange, request: Request, tool: Json) -> Json:
    fault = exchange.fault.kind if exchange.fault else ""
    schema: Json = tool.get("input_schema") or {"type": "object"}
    return {
        "type": "tool_use",
        "id": exchange.name("toolu_sim"),
        "name": tool["name"],
        "input": object_for(request.ask, schema, "invalid" if fault == "malformed" else fault),
    }


def _search_blocks(exchange: Exchange, ask: Ask, tool: Json) -> list[Json]:
    """Return a search, what it found, and a report in which every page is cited."""
    domains = tuple(tool.get("allowed_domains") or ())
    pages = pages_for(ask, min(ask.page_limit, _MOST_PAGES), domains)
    search_id = exchange.name("srvtoolu_sim")
    query = ask.topic.name
    return [
        {
            "type": "server_tool_use",
            "id": search_id,
            "name": "web_search",
            "input": {"query": query},
        },
        {
            "type": "web_search_tool_result",
            "tool_use_id": search_id,
            "content": [_result(page) for page in pages],
        },
        *(_cited(page, first=number == 0) for number, page in enumerate(pages)),
    ]


def _result(page: Page) -> Json:
    return {
        "type": "web_search_result",
        "title": page.title,
        "url": page.url,
        "page_age": page.age,
        "encrypted_content": base64.b64encode(page.text.encode()).decode(),
    }


def _cited(page: Page, *, first: bool) -> Json:
    cited = shortened(page.text, CITED_MAX)
    citation = {
        "type": "web_search_result_location",
        "url": page.url,
        "title": page.title,
        "cited_text": cited,
        "encrypted_index": base64.b64encode(page.url.encode()).decode(),
    }
    return {
        "type": "text",
        "text": page.text if first else f" {page.text}",
        "citations": [citation],
    }


def _usage(request: Request, blocks: Sequence[Json], *, cache_hit: bool) -> Json:
    """Return honest counts: what was cached is no part of `input_tokens`."""
    pages = sum(len(block["content"]) for block in blocks if block["type"].endswith("_result"))
    searches = sum(block["type"] == "server_tool_use" for block in blocks)
    written = 0 if cache_hit else request.cached_tokens
    for_an_hour = written if request.cache_for_an_hour else 0
    return {
        "input_tokens": request.input_tokens - request.cached_tokens + pages * _PER_PAGE,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": request.cached_tokens - written,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written - for_an_hour,
            "ephemeral_1h_input_tokens": for_an_hour,
        },
        "output_tokens": max(1, sum(map(_output_tokens, blocks))),
        "service_tier": "standard",
        "server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0}
        if searches
        else None,
    }


def _output_tokens(block: Json) -> int:
    if block["type"] == "text":
        return count_tokens(block["text"])
    return count_tokens(dumped(block["input"])) + _PER_MESSAGE if "input" in block else 0


def _format_of(body: Json) -> Json | None:
    config = body.get("output_config") or {}
    form = config.get("format") or body.get("output_format") or {}
    schema = form.get("schema") if form.get("type") == "json_schema" else None
    return schema if isinstance(schema, dict) else None


def _schema_of(body: Json) -> Json | None:
    schema = _format_of(body)
    if schema is not None and (problem := anthropic_problem(schema)):
        raise bad_request("anthropic", f"output_config.format.schema: {problem}")
    return schema


def _forced_tool(body: Json, tools: Sequence[Json]) -> Json | None:
    """Return the tool that the request insists on, or that its text calls for by name."""
    own = [tool for tool in tools if "input_schema" in tool]
    choice = body.get("tool_choice") or {"type": "auto"}
    match choice.get("type"):
        case "tool":
            found = next((tool for tool in own if tool.get("name") == choice.get("name")), None)
            if found is None:
                name = choice.get("name")
                raise bad_request("anthropic", f"tool_choice: tool {name!r} is not among the tools")
            return found
        case "any":
            return own[0] if own else None
        case "auto":
            last = text_of(body["messages"][-1].get("content"))
            return next((tool for tool in own if str(tool["name"]) in last), None)
        case _:
            return None


def _cached(body: Json, tokens: int) -> tuple[int, bool]:
    """Return how many tokens the last cache mark covers, and whether for an hour."""
    if mark := body.get("cache_control"):
        return (tokens if tokens >= _CACHE_MIN_TOKENS else 0), mark.get("ttl") == "1h"
    parts = [*(body.get("tools") or ()), *_blocks(body.get("system"))]
    for message in body.get("messages") or ():
        parts += _blocks(message.get("content"))
    marked = [number for number, part in enumerate(parts) if part.get("cache_control")]
    if not marked:
        return 0, False
    prefix = parts[: marked[-1] + 1]
    count = sum(count_tokens(text_of(part) or dumped(part)) for part in prefix)
    for_an_hour = parts[marked[-1]]["cache_control"].get("ttl") == "1h"
    return (min(count, tokens) if count >= _CACHE_MIN_TOKENS else 0), for_an_hour


def _blocks(content: object) -> list[Json]:
    if isinstance(content, str):
        return [{"text": content}]
    return (
        [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    )
