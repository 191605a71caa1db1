"""A message as the server-sent events of the Messages API."""

from collections.abc import Iterator

from simulator.content.answer import broken
from simulator.wire import Json, dumped, named_event, pieces_of


def events_of(message: Json, *, malformed: bool = False) -> Iterator[bytes]:
    """Give the events that build up `message`.

    Args:
        message: The whole message.
        malformed: Break the JSON of a tool's input off in the middle.
    """
    yield _event(
        "message_start",
        message={
            **message,
            "content": [],
            "stop_reason": None,
            "stop_details": None,
            "usage": begun_usage(message),
        },
    )
    yield _event("ping")
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block, malformed=malformed)
    yield _event(
        "message_delta",
        delta={key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")},
        usage={key: message["usage"][key] for key in _CUMULATIVE},
    )
    yield _event("message_stop")


_CUMULATIVE = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "server_tool_use",
)


def begun_usage(message: Json) -> Json:
    """Return what the first event says of the usage of `message`."""
    usage: Json = message["usage"]
    return {**usage, "output_tokens": 1, "server_tool_use": None}


def _block_events(index: int, block: Json, *, malformed: bool) -> Iterator[bytes]:
    match block["type"]:
        case "text":
            start = {**block, "text": "", "citations": [] if block["citations"] else None}
            deltas = _text_deltas(block)
        case "tool_use" | "server_tool_use":
            start = {**block, "input": {}}
            deltas = _input_deltas(block, malformed=malformed)
        case _:
            start, deltas = block, iter(())
    yield _event("content_block_start", index=index, content_block=start)
    for delta in deltas:
        yield _event("content_block_delta", index=index, delta=delta)
    yield _event("content_block_stop", index=index)


def _text_deltas(block: Json) -> Iterator[Json]:
    for piece in pieces_of(block["text"]):
        yield {"type": "text_delta", "text": piece}
    for citation in block["citations"] or ():
        yield {"type": "citations_delta", "citation": citation}


def _input_deltas(block: Json, *, malformed: bool) -> Iterator[Json]:
    text = dumped(block["input"])
    yield {"type": "input_json_delta", "partial_json": ""}
    for piece in pieces_of(broken(text) if malformed else text):
        yield {"type": "input_json_delta", "partial_json": piece}


def _event(name: str, **data: object) -> bytes:
    return named_event(name, {"type": name, **data})
