"""What every message on the log has in common."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

type RunId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A UUIDv7 in text form. No dots and no wildcards: it is one token of a subject."""

type Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""The name of a step, an agent, a pipeline or a channel: one token of a subject."""

type StepId = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}(:(0|[1-9][0-9]{0,3}))?$")
]
"""A step's name, or `name:index` for one instance of a step that runs for each item of a list."""

type Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


MAX_LEVELS = 100
"""So deep may JSON be that somebody sends. Those that write and read it give up between 200 and
255: what one of them takes and another does not is on the log for ever, and stops whoever comes to
it."""


class Frozen(BaseModel):
    """Data that never changes once made. Readers ignore fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Frozen):
    """One event of a run.

    Adding an optional field is compatible. Any other change is a new `version`
    and an upcaster in `versions.py`.
    """

    type: str
    version: int = 1
    run_id: RunId
    at: AwareDatetime


class StepMessage(Message):
    """An event about one attempt of one step. Attempts count from 1."""

    step: StepId
    attempt: int


def instance_of(step: str, index: int) -> str:
    """Return the id of the instance of `step` for the item at `index`, from 0."""
    return f"{step}:{index}"


def step_of(step_id: str) -> tuple[str, int | None]:
    """Return the step's name and the index of the instance, None when it is the step itself."""
    name, separator, index = step_id.partition(":")
    return name, int(index) if separator else None


def refuse_deep(content: object) -> None:
    """Refuse JSON that not everybody could read.

    Raises:
        ValueError: it has more than `MAX_LEVELS` levels.
    """
    if _is_deeper(content, MAX_LEVELS):
        raise ValueError(f"it has more than {MAX_LEVELS} levels")


def _is_deeper(content: object, levels: int) -> bool:
    if isinstance(content, dict):
        parts: Iterable[object] = content.values()
    elif isinstance(content, list):
        parts = content
    else:
        return False
    if not levels:
        return True
    for part in parts:  # noqa: SIM110 -- any() takes three times as long, and each event has some
        if type(part) is not str and _is_deeper(part, levels - 1):
            return True
    return False
