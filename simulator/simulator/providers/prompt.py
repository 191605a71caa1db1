"""Reading the texts of a conversation, whichever way a provider nests them."""

from collections.abc import Iterator, Sequence

from simulator.wire import Json

_TEXT_KEYS = ("text", "input_text", "output_text", "content", "output", "refusal")


def text_of(content: object) -> str:
    """Return all text inside a message's content, one block per line."""
    return "\n".join(_texts(content))


def said_by(messages: Sequence[Json], *roles: str) -> str:
    """Return what the given roles said, with an empty line between messages."""
    texts = (text_of(message.get("content")) for message in messages if _role(message) in roles)
    return "\n\n".join(filter(None, texts))


def _role(message: Json) -> str:
    return str(message.get("role", ""))


def _texts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            yield from _texts(block)
    elif isinstance(content, dict):
        for key in _TEXT_KEYS:
            if key in content:
                yield from _texts(content[key])
