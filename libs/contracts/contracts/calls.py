"""The journal of paid calls: what was answered and what it used, in one message."""

from typing import Any, Literal

from pydantic import AwareDatetime

from contracts.artifacts import BlobRef
from contracts.base import Frozen, Name, RunId, StepId

type Capability = Literal["text", "search", "image", "speech", "embedding"]


class Usage(Frozen):
    """What one call used, in disjoint buckets of the provider's own counts.

    The token buckets sum to the provider's totals. `characters` (speech), `images` and
    `web_searches` are counts that some providers bill by.
    """

    input_fresh: int = 0
    input_image: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    output_image: int = 0
    output_audio: int = 0
    reasoning: int = 0
    characters: int = 0
    images: int = 0
    web_searches: int = 0

    @property
    def prompt_tokens(self) -> int:
        return (
            self.input_fresh
            + self.input_image
            + self.cache_read
            + self.cache_write_5m
            + self.cache_write_1h
        )

    @property
    def completion_tokens(self) -> int:
        return self.output + self.output_image + self.output_audio + self.reasoning

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class CallMeta(Frozen):
    """The header of a journal message: enough to bill it, nothing of its content.

    `run_id` is the run that pays, or that found the call in its journal and saved its price.
    """

    run_id: RunId
    step: StepId
    attempt: int
    agent: Name
    capability: Capability
    provider: str
    model: str
    at: AwareDatetime
    usage: Usage
    simulated: bool = False


class Incident(Frozen):
    """What went wrong with a provider on the way to an answer, or instead of one.

    `retried`: asked again after `error`, a word such as `rate_limited`; `circuit_open`: not
    asked, the provider fails too often; `fallback`: another model was asked, named in `model`;
    `invalid_answer`: asked again with what was wrong with the answer; `refused`: it will not
    answer.
    """

    kind: Literal["retried", "circuit_open", "fallback", "invalid_answer", "refused"]
    provider: str
    model: str
    error: str
    message: str
    at: AwareDatetime


INCIDENTS_KEPT = 20
"""The outcome of an attempt tells its first incidents, at most this many."""


class CallRecord(Frozen):
    """The body of a journal message. Binary answers lie in the object store."""

    answer: dict[str, Any] | None = None
    blob: BlobRef | None = None
    raw_usage: dict[str, Any]
