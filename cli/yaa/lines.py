"""A watched run as plain lines, for where no terminal is: one line for what is worth a line."""

from rich.text import Text

from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunEvent,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepFailed,
    StepRequested,
    StepSkipped,
)
from contracts.live import IncidentMet, LiveEvent, StepProgressed
from yaa.board import Board
from yaa.figures import duration_of
from yaa.views import printable

_QUARTERS = 4


def line_of(event: RunEvent | LiveEvent, before: Board, after: Board) -> Text | None:
    """Return the line that tells of `event`, or nothing when it is no news."""
    said = _said(event, before) if before != after or _is_logged(event) else ""
    if not said or after.started_at is None:
        return None
    clock = duration_of((event.at - after.started_at).total_seconds())
    return Text(f"{clock:>7}  {said}")


def _is_logged(event: RunEvent | LiveEvent) -> bool:
    return not event.type.startswith("live.")


def _said(event: RunEvent | LiveEvent, before: Board) -> str:
    match event:
        case RunRequested() | CancelRequested() | RunPaused() | RunResumed():
            return _of_run(event)
        case ApprovalRequested() | ApprovalDecided() | StepSkipped():
            return _of_step(event.step, _turn_of(event), before)
        case StepRequested() | StepCompleted() | StepFailed() | StepProgressed() | IncidentMet():
            return _of_step(event.step, _news_of(event, before), before)
        case _:
            return ""


def _of_run(event: RunRequested | CancelRequested | RunPaused | RunResumed) -> str:
    match event:
        case RunRequested():
            place = f"channel {event.channel_id}, pipeline {event.pipeline.pipeline}"
            return f"run {event.run_id} requested: {printable(event.topic)} ({place})"
        case CancelRequested():
            return f"is to be cancelled: {printable(event.reason) or 'no reason was given'}"
        case RunPaused():
            return f"is paused{_by(event.requested_by, event.reason)}"
        case RunResumed():
            return f"goes on{_by(event.requested_by)}"


def _of_step(step: str, news: str, board: Board) -> str:
    longest = max(map(len, board.rows), default=0)
    return f"{step:<{longest}}  {news}" if news else ""


def _by(person: str, why: str = "") -> str:
    return (f" by {printable(person)}" if person else "") + (f": {printable(why)}" if why else "")


def _turn_of(event: ApprovalRequested | ApprovalDecided | StepSkipped) -> str:
    match event:
        case ApprovalRequested():
            waits = f"waits for your approval: yaa approve {event.run_id}"
            return waits if event.risk == "high" else ""
        case ApprovalDecided():
            said = {"approve": "approved", "reject": "rejected", "revise": "sent back"}
            return said[event.decision] + _by(event.decided_by, event.comment.replace("\n", " "))
        case StepSkipped():
            return f"skipped: {printable(event.reason)}"


def _news_of(
    event: StepRequested | StepCompleted | StepFailed | StepProgressed | IncidentMet, before: Board
) -> str:
    match event:
        case StepRequested():
            return f"given to {event.agent}, attempt {event.attempt}"
        case StepCompleted():
            simulated = " (simulated)" if event.simulated else ""
            return f"completed in {duration_of(event.duration_ms / 1000)}{simulated}"
        case StepFailed():
            again = "; may be tried again" if event.error.retryable else ""
            return f"failed: {printable(event.error.message)}{again}"
        case StepProgressed():
            return _progress(event, before)
        case IncidentMet():
            return printable(event.incident.message)


def _progress(event: StepProgressed, before: Board) -> str:
    """Speak at each quarter that is passed: a log wants no bar."""
    row = before.rows.get(event.step)
    quarter = int(event.fraction * _QUARTERS)
    if row is None or quarter <= int((row.fraction or 0) * _QUARTERS):
        return ""
    note = f" {printable(event.note)}" if event.note else ""
    return f"{event.fraction:.0%}{note}"
