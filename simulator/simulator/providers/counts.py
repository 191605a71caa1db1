"""Usage as each provider reports it, in disjoint counts: no token is in two of them."""

from simulator.ledger import Counts
from simulator.wire import Json


def of_message(usage: Json) -> Counts:
    """Return the counts of Anthropic's usage, in which nothing is counted twice."""
    written = usage.get("cache_creation") or {}
    searches = usage.get("server_tool_use") or {}
    return {
        "input_fresh": usage["input_tokens"],
        "cache_read": usage["cache_read_input_tokens"],
        "cache_write_5m": written.get("ephemeral_5m_input_tokens", 0),
        "cache_write_1h": written.get("ephemeral_1h_input_tokens", 0),
        "output": usage["output_tokens"],
        "web_searches": searches.get("web_search_requests", 0),
    }


def of_completion(usage: Json) -> Counts:
    """Return the counts of OpenAI's chat usage: the cached is inside the prompt."""
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return {
        "input_fresh": usage["prompt_tokens"] - cached,
        "cache_read": cached,
        "output": usage["completion_tokens"],
    }


def of_response(usage: Json) -> Counts:
    cached = usage["input_tokens_details"]["cached_tokens"]
    return {
        "input_fresh": usage["input_tokens"] - cached,
        "cache_read": cached,
        "output": usage["output_tokens"],
    }


def of_pictures(usage: Json, count: int) -> Counts:
    given, made = usage["input_tokens_details"], usage["output_tokens_details"]
    return {
        "input_fresh": given["text_tokens"],
        "input_image": given["image_tokens"],
        "output": made["text_tokens"],
        "output_image": made["image_tokens"],
        "images": count,
    }


def of_speech(text: str) -> Counts:
    """Return what speech is sold by: a sound file reports nothing."""
    return {"characters": len(text)}


def of_embeddings(usage: Json) -> Counts:
    return {"input_fresh": usage["prompt_tokens"]}
