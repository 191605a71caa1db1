"""The port to model providers: one request in, one answer out, in words no provider owns."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, field_serializer

from agentkit.errors import StepRejectedError
from contracts.base import Frozen
from contracts.calls import Usage


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered.

    `content` is `Written` for text, `Found` for a search, bytes for a picture (PNG) and
    for speech (WAV), and a list of vectors for embeddings. `raw_usage` is the provider's
    own account, as given; `spent` is what earlier tries of this call used.
    """

    content: Written | Found | bytes | Sequence[Sequence[float]]
    usage: Usage
    raw_usage: Mapping[str, Any]
    spent: tuple[Spent, ...] = ()


class ProviderError(Exception):
    """A provider gave no answer this time; the step may be tried again.

    `status` is the HTTP status, 0 when there was none.
    """

    def __init__(
        self, message: str, *, provider: str, status: int = 0, spent: tuple[Spent, ...] = ()
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.status = status
        self.spent = spent


class CallRejectedError(StepRejectedError):
    """A provider will never answer this; `spent` is what the tries before used."""

    def __init__(self, message: str, *, spent: tuple[Spent, ...] = ()) -> None:
        super().__init__(message)
        self.spent = spent


class Provider(Protocol):
    """A company's models.

    Raises:
        ProviderError: no answer this time.
        CallRejectedError: the same request will never be answered.
    """

    async def call(self, request: Request, on_text: TextSink) -> Answer: ...
    async def close(self) -> None: ...
