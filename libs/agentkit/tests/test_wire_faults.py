"""What goes wrong on the way to a provider has a cause, whichever SDK is used."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import BaseModel

from agentkit.providers.anthropic import AnthropicAdapter
from agentkit.providers.base import UNKNOWN, CallFailedError, Request, TextRequest, Turn
from agentkit.providers.openai import OpenAIAdapter
from agentkit.providers.patience import Adapter

STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n: ping\n\n"
)
NOBODY = "http://127.0.0.1:1"


class Title(BaseModel):
    title: str


TEXT = TextRequest(
    model="m", system="", turns=(Turn(role="user", text="?"),), returns=Title, max_tokens=9
)

type Make = Callable[..., Adapter]

both = pytest.mark.parametrize("make", [AnthropicAdapter, OpenAIAdapter])


async def failure(make: Make, url: str, request: Request, answer_s: float = 5) -> CallFailedError:
    async def ignore(text: str) -> None:
        del text

    adapter = make("k", base_url=url, answer_s=answer_s)
    try:
        with pytest.raises(CallFailedError) as caught:
            await adapter.call(request, ignore)
    finally:
        await adapter.close()
    return caught.value


@both
async def test_a_provider_that_takes_no_connection_was_not_asked(make: Make) -> None:
    failed = await failure(make, NOBODY, TEXT)

    assert (failed.cause, failed.spent) == ("unreachable", None)


@both
@pytest.mark.parametrize("after", [b"", STREAM], ids=["at once", "in the middle"])
async def test_a_connection_that_is_reset_may_have_cost_something(
    wire, make: Make, after: bytes
) -> None:
    wire.will_reset(after=after)

    failed = await failure(make, wire.url, TEXT)

    assert (failed.cause, failed.spent) == ("cut", UNKNOWN)


@both
async def test_a_silence_may_have_cost_something(wire, make: Make) -> None:
    wire.will_say_nothing()

    failed = await failure(make, wire.url, TEXT, answer_s=0.1)

    assert (failed.cause, failed.spent) == ("timeout", UNKNOWN)


@both
@pytest.mark.parametrize("status", [429, 503, 529])
async def test_when_to_come_back_may_be_told_as_a_date(wire, make: Make, status: int) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    wire.will_reply({"error": {}}, status=status, headers=f"retry-after: {at}\r\n")

    failed = await failure(make, wire.url, TEXT)

    assert (failed.cause, failed.status) == ("busy", status)
    assert 80 < failed.retry_after_s <= 90


@both
async def test_when_to_come_back_may_be_told_in_milliseconds(wire, make: Make) -> None:
    headers = "retry-after: 2\r\nretry-after-ms: 1250\r\n"
    wire.will_reply({"error": {}}, status=429, headers=headers)

    assert (await failure(make, wire.url, TEXT)).retry_after_s == 1.25
