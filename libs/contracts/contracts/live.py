"""What happens right now. Sent over core NATS, never stored, never needed for correctness."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from contracts.base import Frozen, Name, RunId, StepId
from contracts.calls import Incident


class Live(Frozen):
    run_id: RunId
    step: StepId
    attempt: int
    at: AwareDatetime


class StepStarted(Live):
    """An agent has begun to work on an attempt; `simulated` says who stands behind its models.

    Told before anything else of it, or when it takes longer than a moment; else not at all.
    """

    type: Literal["live.started"] = "live.started"
    agent: Name
    simulated: bool = False


class StepProgressed(Live):
    """`fraction` is in [0, 1]; `note` is a short phrase such as `scene 2 of 5`."""

    type: Literal["live.progress"] = "live.progress"
    fraction: float = Field(ge=0, le=1)
    note: str = ""


class TokensStreamed(Live):
    """The next piece of text of a model that is writing."""

    type: Literal["live.tokens"] = "live.tokens"
    text: str


class CallFinished(Live):
    """A model call was answered; `saved` means that the journal had the answer already."""

    type: Literal["live.call"] = "live.call"
    provider: str
    model: str
    total_tokens: int
    saved: bool


class IncidentMet(Live):
    """A provider did not answer as it should; the step may get on all the same."""

    type: Literal["live.incident"] = "live.incident"
    incident: Incident


type LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class SetLogLevel(Frozen):
    """From which level on a service logs, for good or `until` a time.

    Without a `level` it is again that of its settings, as it is after a start.
    """

    level: LogLevel | None = None
    until: AwareDatetime | None = None


class StopRun(Frozen):
    """The run has ended before its steps did: whoever works on one of them stops."""

    run_id: RunId


type LiveEvent = StepStarted | StepProgressed | TokensStreamed | CallFinished | IncidentMet

LIVE_TYPES: tuple[type[Live], ...] = (
    StepStarted,
    StepProgressed,
    TokensStreamed,
    CallFinished,
    IncidentMet,
)

_adapter: TypeAdapter[LiveEvent] = TypeAdapter(Annotated[LiveEvent, Field(discriminator="type")])


def parse_live(payload: bytes) -> LiveEvent:
    return _adapter.validate_json(payload)
