"""The port to model providers: one request in, one answer out, in words no provider owns."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, field_serializer

from agentkit.errors import StepRejectedError, TryLaterError
from contracts.base import Frozen
from contracts.calls import Incident, Usage


class Turn(Frozen):
    """What one side of a conversation said."""

    role: Literal["user", "assistant"]
    text: str


class TextRequest(Frozen):
    """A conversation whose next turn is JSON that fits `returns`."""

    capability: Literal["text"] = "text"
    model: str
    system: str
    turns: tuple[Turn, ...]
    returns: type[BaseModel]
    max_tokens: int

    @field_serializer("returns")
    def _schema(self, returns: type[BaseModel]) -> dict[str, Any]:
        return returns.model_json_schema()


class SearchRequest(Frozen):
    capability: Literal["search"] = "search"
    model: str
    query: str
    limit: int


class ImageRequest(Frozen):
    """A picture about as wide and high as asked: providers have sizes of their own."""

    capability: Literal["image"] = "image"
    model: str
    prompt: str
    width: int
    height: int


class SpeechRequest(Frozen):
    capability: Literal["speech"] = "speech"
    model: str
    text: str
    language: str


class EmbeddingRequest(Frozen):
    capability: Literal["embedding"] = "embedding"
    model: str
    texts: tuple[str, ...]


type Request = TextRequest | SearchRequest | ImageRequest | SpeechRequest | EmbeddingRequest
type TextSink = Callable[[str], Awaitable[None]]
type Stop = Literal["end", "max_tokens", "refusal"]


class SearchHit(Frozen):
    """`snippet` is what the provider cited of the page; empty when it cited nothing."""

    title: str
    url: str
    snippet: str = ""


class SearchResult(Frozen):
    summary: str
    hits: tuple[SearchHit, ...]


class Written(Frozen):
    """What a text model wrote, and why it stopped."""

    text: str
    stop: Stop = "end"


class Found(Frozen):
    result: SearchResult
    stop: Stop = "end"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a try used that brought no answer, as far as the provider said."""

    usage: Usage
    raw_usage: Mapping[str, Any]


UNKNOWN = Spent(Usage(), {})
"""A try was given up before the provider said what it used: it may cost something all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered.

    `content` is `Written` for text, `Found` for a search, bytes for a picture (PNG) and
    for speech (WAV), and a list of vectors for embeddings. `raw_usage` is the provider's
    own account, as given; `spent` is what earlier tries of this call used. `model` is the one that
    answered as the provider calls it, empty when it does not say.
    """

    content: Written | Found | bytes | Sequence[Sequence[float]]
    usage: Usage
    raw_usage: Mapping[str, Any]
    spent: tuple[Spent, ...] = ()
    model: str = ""


type Cause = Literal[
    "key", "model", "request", "quota", "policy", "busy", "cut", "timeout", "unreachable", "open"
]

TEMPORARY: frozenset[Cause] = frozenset({"busy", "cut", "timeout", "unreachable", "open"})
ELSEWHERE: frozenset[Cause] = frozenset({*TEMPORARY, "key", "quota", "model"})
"""What says nothing against the request: another model may well answer it."""

_BEGUN: frozenset[Cause] = frozenset({"cut", "timeout"})
_NOT_A_CODE = re.compile(r"[^a-z0-9_.-]")
_CODE_MAX_CHARS = 48


class CallFailedError(Exception):
    """A try that brought no answer.

    `status` is the HTTP status, 0 when there was none; `code` is the provider's own word
    for the error. Its message is left out on purpose: it may quote the prompt or the key.
    An answer that broke off, or was waited for in vain, may have to be paid: `spent` is then
    never None.
    """

    def __init__(
        self,
        cause: Cause,
        *,
        status: int = 0,
        code: str = "",
        retry_after_s: float = 0,
        spent: Spent | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.status = status
        self.code = _NOT_A_CODE.sub("", code.lower())[:_CODE_MAX_CHARS]
        self.retry_after_s = retry_after_s
        self.spent = spent or (UNKNOWN if cause in _BEGUN else None)

    @property
    def is_temporary(self) -> bool:
        return self.cause in TEMPORARY


class GivenUpError(asyncio.CancelledError):
    """A try was cancelled while it was answered; `spent` is what it had used by then."""

    def __init__(self, spent: Spent) -> None:
        super().__init__()
        self.spent = spent


class ProviderError(TryLaterError):
    """A provider gave no answer this time; `spent` is what its tries used."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        failure: CallFailedError,
        spent: tuple[Spent, ...] = (),
    ) -> None:
        super().__init__(message, retry_after_s=failure.retry_after_s)
        self.provider = provider
        self.failure = failure
        self.spent = spent


class CallRejectedError(StepRejectedError):
    """A provider will never answer this; `spent` is what the tries before used."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        failure: CallFailedError,
        spent: tuple[Spent, ...] = (),
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.failure = failure
        self.spent = spent


class BoughtError(Exception):
    """Somebody else has bought the answer since; `spent` is what the tries used until then."""

    def __init__(self, spent: tuple[Spent, ...]) -> None:
        super().__init__()
        self.spent = spent


async def _by_nobody() -> bool:
    return False


class Listener:
    """Whoever waits for an answer: hears what happens until then, and may leave before.

    For one who has left nothing is begun any more. What a provider has been asked already it
    brings to an end, for a while: it is paid for. Before it is asked again, `is_bought` tells
    whether somebody else has the answer by now: whoever slept was taken for dead.
    """

    def __init__(
        self,
        text: TextSink,
        incident: Callable[[Incident], Awaitable[None]],
        is_bought: Callable[[], Awaitable[bool]] = _by_nobody,
    ) -> None:
        self.text = text
        self.incident = incident
        self.is_bought = is_bought
        self.has_left = False
        self._on_leave: Callable[[], None] | None = None

    def leave(self) -> None:
        self.has_left = True
        if self._on_leave is not None:
            self._on_leave()

    @contextmanager
    def told_of_leaving(self, on_leave: Callable[[], None]) -> Iterator[None]:
        """Call `on_leave` when the listener leaves while the block runs."""
        self._on_leave = on_leave
        try:
            yield
        finally:
            self._on_leave = None


class Provider(Protocol):
    """A company's models.

    Raises:
        ProviderError: no answer this time.
        CallRejectedError: the same request will never be answered.
        BoughtError: it need not be asked again.
    """

    async def call(self, request: Request, listener: Listener) -> Answer: ...
    async def close(self) -> None: ...
