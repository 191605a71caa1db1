"""A watched run as plain lines, for where no terminal is: one line for what is worth a line."""

from rich.text import Text

from contracts.events import (
    CancelRequested,
    RunEvent,
    RunRequested,
    StepCompleted,
    StepFailed,
    StepRequested,
)
from contracts.live import LiveEvent, StepProgressed
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
        case RunRequested():
            place = f"channel {event.channel_id}, pipeline {event.pipeline.pipeline}"
            return f"run {event.run_id} requested: {printable(event.topic)} ({place})"
        case CancelRequested():
            return f"is to be cancelled: {printable(event.reason) or 'no reason was given'}"
        case StepRequested() | StepCompleted() | StepFailed() | StepProgressed():
            news = _news_of(event, before)
            longest = max(map(len, before.rows), default=0)
            return f"{event.step:<{longest}}  {news}" if news else ""
        case _:
            return ""


def _news_of(
    event: StepRequested | StepCompleted | StepFailed | StepProgressed, before: Board
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


def _progress(event: StepProgressed, before: Board) -> str:
    """Speak at each quarter that is passed: a log wants no bar."""
    row = before.rows.get(event.step)
    quarter = int(event.fraction * _QUARTERS)
    if row is None or quarter <= int((row.fraction or 0) * _QUARTERS):
        return ""
    note = f" {printable(event.note)}" if event.note else ""
    return f"{event.fraction:.0%}{note}"
