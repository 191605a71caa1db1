"""What endpoints are given: the kit of this process, and the id of a run."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Request
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from contracts.base import Name, RunId
from gateway.api.problems import ProblemError, away, not_found
from gateway.kit import Kit

SHOWN_CHARS = 64

_run_id: TypeAdapter[RunId] = TypeAdapter(RunId)
_name: TypeAdapter[Name] = TypeAdapter(Name)


def is_run_id(text: str) -> bool:
    return _is(_run_id, text)


def is_name(text: str) -> bool:
    return _is(_name, text)


def _is(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True


def unknown_run(run_id: str) -> ProblemError:
    shown = run_id if len(run_id) <= SHOWN_CHARS else f"{run_id[:SHOWN_CHARS]}…"
    return not_found("unknown-run", f"there is no run {shown!r}: the list of runs has their ids")


def or_empty(kind: Any) -> BeforeValidator:  # noqa: ANN401 -- a type, or the alias of one
    """Let a filter that is there and empty be none, and its description say so."""
    return BeforeValidator(
        lambda value: value or None, json_schema_input_type=kind | Literal[""] | None
    )


# All of these are `async`: FastAPI takes what is not to a thread, at a tenth of a request's time.


async def _kit(request: Request) -> Kit:
    kit: Kit = request.app.state.kit
    return kit


async def _kit_with_log(request: Request) -> Kit:
    kit = await _kit(request)
    if not kit.connection.is_connected:
        raise away("the event log")
    return kit


async def _possible_run_id(run_id: str) -> str:
    """Refuse what no run can be called: it would be part of a subject."""
    if not is_run_id(run_id):
        raise unknown_run(run_id)
    return run_id


type Kits = Annotated[Kit, Depends(_kit)]
type LogKits = Annotated[Kit, Depends(_kit_with_log)]
"""For what is answered by the log: refused at once while it is away."""
type RunIds = Annotated[str, Depends(_possible_run_id)]
