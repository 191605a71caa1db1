"""Claude over the real SDK. Importing this module takes 1.5 s: `agentkit.providers` waits for it.

The SDK's own retries are off: they cannot see the budget of the call.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx2
from anthropic.types import MessageParam, OutputConfigParam, ParsedMessage, ToolUnionParam
from anthropic.types import Usage as ClaudeUsage

from agentkit.providers.base import (
    UNKNOWN,
    Answer,
    CallFailedError,
    Found,
    GivenUpError,
    Request,
    SearchHit,
    SearchRequest,
    SearchResult,
    Spent,
    Stop,
    TextRequest,
    TextSink,
    Turn,
    Written,
)
from agentkit.providers.carrying import carrying
from agentkit.providers.failure import cause_of, lost, retry_after_of
from contracts.calls import Usage

CONNECT_S = 10.0

_MAX_TURNS = 6
_SEARCH_MAX_TOKENS = 4000
_SEARCH = (
    "Search the web and report what you find in at most 200 words, from at most {limit} pages. "
    "Cite the pages.\n\n{query}"
)
_WEB_SEARCH: ToolUnionParam = {
    "type": "web_search_20260318",
    "name": "web_search",
    "max_uses": 3,
    "allowed_callers": ["direct"],
}
_STOPS: dict[str | None, Stop] = {
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}
_STATUS_OF_TYPE = {"overloaded_error": 529, "rate_limit_error": 429, "invalid_request_error": 400}
_ODD = (ValueError, TypeError, AttributeError, RuntimeError)
"""What the SDK raises over events of another shape or order: it does not validate."""
_NO_CREDIT = "credit balance"


type _Streaming = anthropic.AsyncMessageStreamManager[None]


@dataclass(frozen=True, slots=True)
class _Turns:
    """The messages of one call: more than one when the model paused in between."""

    messages: tuple[ParsedMessage[None], ...]

    @property
    def stop(self) -> Stop:
        return _STOPS.get(self.messages[-1].stop_reason, "end")

    @property
    def model(self) -> str:
        return self.messages[-1].model

    @property
    def usage(self) -> Usage:
        return total([usage_of(message.usage) for message in self.messages])

    @property
    def raw_usage(self) -> dict[str, Any]:
        """The provider's account as given; of several turns, a list of them."""
        raw = [message.usage.to_dict() for message in self.messages]
        return raw[0] if len(raw) == 1 else {"turns": raw}

    def with_(self, latest: Sequence[ParsedMessage[None]]) -> "_Turns":
        return _Turns((*self.messages, *latest))

    @property
    def spent(self) -> Spent | None:
        return Spent(self.usage, self.raw_usage) if self.messages else None


class AnthropicAdapter:
    """One try of a call to Claude.

    Args:
        key: The API key.
        base_url: Where the API is, reached without a proxy; None for Anthropic itself.
        answer_s: The longest silence to bear.
    """

    def __init__(self, key: str, *, base_url: str | None, answer_s: float) -> None:
        direct = httpx2.AsyncClient(trust_env=False) if base_url else None
        self._client = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=base_url,
            max_retries=0,
            timeout=httpx2.Timeout(answer_s, connect=CONNECT_S),
            http_client=carrying(direct or anthropic.DefaultAsyncHttpxClient()),
            open_telemetry=False,  # the spans are ours; the SDK's may tell what was asked
        )

    async def call(self, request: Request, on_text: TextSink) -> Answer:
        match request:
            case TextRequest():
                return await self._write(request, on_text)
            case SearchRequest():
                return await self._search(request, on_text)
            case _:
                raise CallFailedError("request", code=f"no_{request.capability}")

    async def close(self) -> None:
        await self._client.close()

    async def _write(self, request: TextRequest, on_text: TextSink) -> Answer:
        schema = anthropic.transform_schema(request.returns)
        output: OutputConfigParam = {"format": {"type": "json_schema", "schema": schema}}

        def start(messages: Sequence[MessageParam]) -> _Streaming:
            return self._client.messages.stream(
                model=request.model,
                max_tokens=request.max_tokens,
                system=request.system or anthropic.omit,
                messages=messages,
                output_config=output,
            )

        turns = await _converse(start, [_param(turn) for turn in request.turns], on_text)
        text = "".join(_texts(turns.messages))
        written = Written(text=text, stop=turns.stop)
        return Answer(written, turns.usage, turns.raw_usage, model=turns.model)

    async def _search(self, request: SearchRequest, on_text: TextSink) -> Answer:
        prompt = _SEARCH.format(query=request.query, limit=request.limit)

        def start(messages: Sequence[MessageParam]) -> _Streaming:
            return self._client.messages.stream(
                model=request.model,
                max_tokens=_SEARCH_MAX_TOKENS,
                messages=messages,
                tools=[_WEB_SEARCH],
            )

        turns = await _converse(start, [{"role": "user", "content": prompt}], on_text)
        found = Found(result=_result_of(turns.messages, request.limit), stop=turns.stop)
        return Answer(found, turns.usage, turns.raw_usage, model=turns.model)


async def _converse(
    start: Callable[[Sequence[MessageParam]], _Streaming],
    asked: Sequence[MessageParam],
    on_text: TextSink,
) -> _Turns:
    """Stream until the model is done; one that pauses is told to go on."""
    turns = _Turns(())
    while len(turns.messages) < _MAX_TURNS:
        so_far = [message.to_param() for message in turns.messages]
        turns = await _streamed(start([*asked, *so_far]), on_text, turns)
        if turns.messages[-1].stop_reason != "pause_turn":
            break
    return turns


async def _streamed(streaming: _Streaming, on_text: TextSink, before: _Turns) -> _Turns:
    """Return `before` and the message that is streamed.

    Raises:
        CallFailedError: it was broken off; `spent` is what was used until then.
        GivenUpError: it was cancelled; the same.
    """
    latest = list[ParsedMessage[None]]()
    try:
        await _read(streaming, on_text, latest)
    except asyncio.CancelledError:
        raise GivenUpError(before.with_(latest).spent or UNKNOWN) from None
    except (anthropic.APIError, httpx2.HTTPError, *_ODD) as error:
        failure = _failure_of(error)
    else:
        failure = CallFailedError("cut")
    turns = before.with_(latest)
    if latest and latest[0].stop_reason is not None:
        return turns
    failure.spent = turns.spent or failure.spent
    raise failure


async def _read(
    streaming: _Streaming, on_text: TextSink, latest: list[ParsedMessage[None]]
) -> None:
    """Read a stream to its end; `latest` is the message as far as it came."""
    async with streaming as stream:
        async for event in stream:
            if latest or event.type == "message_start":
                latest[:] = [stream.current_message_snapshot]
            if event.type == "text":
                await on_text(event.text)


def usage_of(usage: ClaudeUsage) -> Usage:
    """Return disjoint buckets: Claude counts thinking inside the output and nothing else twice."""
    written = usage.cache_creation_input_tokens or 0
    for_an_hour = usage.cache_creation.ephemeral_1h_input_tokens if usage.cache_creation else 0
    for_an_hour = min(for_an_hour, written)
    details = usage.output_tokens_details
    thinking = min(details.thinking_tokens if details else 0, usage.output_tokens)
    return Usage(
        input_fresh=usage.input_tokens,
        cache_read=usage.cache_read_input_tokens or 0,
        cache_write_5m=written - for_an_hour,
        cache_write_1h=for_an_hour,
        output=usage.output_tokens - thinking,
        reasoning=thinking,
        web_searches=usage.server_tool_use.web_search_requests if usage.server_tool_use else 0,
    )


def total(usages: Sequence[Usage]) -> Usage:
    return Usage(
        **{name: sum(getattr(each, name) for each in usages) for name in Usage.model_fields}
    )


def _param(turn: Turn) -> MessageParam:
    if turn.role == "user":
        return {"role": "user", "content": turn.text}
    return {"role": "assistant", "content": turn.text}


def _texts(messages: Sequence[ParsedMessage[None]]) -> Iterator[str]:
    for message in messages:
        for block in message.content:
            if block.type == "text":
                yield block.text


def _result_of(messages: Sequence[ParsedMessage[None]], limit: int) -> SearchResult:
    """Return the text after the last search, and the pages found with what was cited of them."""
    summary, pages, cited = "", dict[str, str](), dict[str, str]()
    for block in (block for message in messages for block in message.content):
        if block.type == "web_search_tool_result":
            summary = ""
            if isinstance(block.content, list):
                pages |= {page.url: page.title for page in block.content}
        elif block.type == "text":
            summary += block.text
            for citation in block.citations or ():
                if citation.type == "web_search_result_location":
                    cited.setdefault(citation.url, citation.cited_text)
    urls = sorted(pages, key=lambda url: url not in cited)[:limit]
    hits = [SearchHit(title=pages[url], url=url, snippet=cited.get(url, "")) for url in urls]
    return SearchResult(summary=summary.strip(), hits=tuple(hits))


def _failure_of(error: Exception) -> CallFailedError:
    """Say a failure of the SDK in our own words, without what it quotes."""
    match error:
        case anthropic.APIStatusError():
            return _failure_of_status(error)
        case anthropic.APIConnectionError() | httpx2.HTTPError():
            return lost(error)
        case _:
            return CallFailedError("cut", code=type(error).__name__)


def _failure_of_status(error: anthropic.APIStatusError) -> CallFailedError:
    code = error.error_code or error.type or ""
    # an error inside a stream comes with the status of the stream, which is 200
    status = _STATUS_OF_TYPE.get(error.type or "", error.status_code)
    cause = cause_of(status, code)
    if cause == "request" and _NO_CREDIT in (error.api_message or ""):
        cause = "quota"
    wait = retry_after_of(error.response.headers)
    return CallFailedError(cause, status=status, code=code, retry_after_s=wait)
