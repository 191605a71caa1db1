"""What is known of a run that someone watches: folded from its events and the gateway's figures.

Pure, like the core of the orchestrator: no I/O and no clock. The event stream is quick and
knows nothing of money; the run's detail knows it all and may lag behind. Both may repeat
themselves, so what is further along wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.events import (
    Approval,
    ApprovalDecided,
    ApprovalRequested,
    RunCancelled,
    RunCompleted,
    RunEnd,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepFailed,
    StepRequested,
)
from contracts.live import (
    CallFinished,
    IncidentMet,
    Live,
    LiveEvent,
    StepProgressed,
    StepStarted,
    TokensStreamed,
)
from yaa.views import ENDED, ErrorView, RunDetail, RunStatus, StepStatus, StepView, printable

TAIL_CHARS = 400
TAKEN_OVER = "taken over"
_BEFORE = frozenset({"waiting", "awaiting_approval"})
_DONE = frozenset({"completed", "failed", "skipped"})
_ORDER: Mapping[str, int] = {
    "waiting": 0,
    "pending": 0,
    "awaiting_approval": 1,
    "running": 2,
} | dict.fromkeys([*ENDED, "skipped"], 3)


@dataclass(frozen=True, slots=True)
class Row:
    """One step. `retries` says that its failed attempt may be followed by another.

    `trouble` is what keeps its models from answering right now.
    """

    step: str
    agent: str
    status: StepStatus = "waiting"
    attempt: int = 0
    started_at: datetime | None = None
    duration_s: float | None = None
    tokens: int = 0
    cost_usd: float | None = None
    fraction: float | None = None
    note: str = ""
    tail: str = ""
    trouble: str = ""
    error: str = ""
    retries: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A run as its watcher sees it. `rows` keeps the order of the pipeline.

    `saved_calls` were answered by the journal of paid calls, `money_saved_usd` is their price.
    """

    run_id: str
    topic: str = ""
    channel_id: str = ""
    pipeline: str = ""
    simulated: bool = False
    dry_run: bool = False
    status: RunStatus = "pending"
    paused: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    tokens: int = 0
    cost_usd: float | None = None
    unpriced_calls: int = 0
    saved_calls: int = 0
    money_saved_usd: float | None = None
    rows: Mapping[str, Row] = field(default_factory=dict[str, Row])

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


def heard(board: Board, event: RunEvent | LiveEvent) -> Board:
    """Return the board after `event`; what is repeated or overtaken changes nothing."""
    match event:
        case RunRequested():
            return _requested(board, event)
        case RunCompleted() | RunFailed() | RunCancelled():
            return _run_ended(board, event)
        case RunPaused() | RunResumed():
            return replace(board, paused=isinstance(event, RunPaused))
        case CallFinished() if event.saved:
            return replace(board, saved_calls=board.saved_calls + 1)
        case (
            ApprovalRequested()
            | ApprovalDecided()
            | StepRequested()
            | StepCompleted()
            | StepFailed()
            | Live()
        ):
            return _step_heard(board, event)
        case _:
            return board


def told(board: Board, detail: RunDetail) -> Board:
    """Return the board after reading the run's detail, which alone knows the figures."""
    rows = dict(board.rows)
    errors = {(error.step, error.attempt): error for error in detail.errors}
    for view in detail.steps:
        row = _merged(rows.get(view.step), view)
        rows[view.step] = _explained(row, errors.get((row.step, row.attempt)), detail)
    is_news = _ORDER[detail.status] > _ORDER[board.status]
    return replace(
        board,
        topic=board.topic or detail.topic,
        channel_id=detail.channel_id,
        pipeline=detail.pipeline,
        simulated=board.simulated or detail.simulated,
        dry_run=detail.dry_run,
        status=detail.status if is_news else board.status,
        paused=detail.paused,
        started_at=board.started_at or detail.created_at,
        ended_at=board.ended_at or detail.completed_at,
        tokens=max(detail.tokens, sum(row.tokens for row in rows.values())),
        cost_usd=detail.cost_usd,
        unpriced_calls=detail.unpriced_calls,
        saved_calls=max(board.saved_calls, detail.saved_calls),
        money_saved_usd=detail.money_saved_usd,
        rows=rows,
    )


def _requested(board: Board, event: RunRequested) -> Board:
    fresh = {spec.step: Row(spec.step, spec.agent) for spec in event.pipeline.steps}
    for name in event.reused.keys() & fresh.keys():
        fresh[name] = replace(fresh[name], status="completed", note=TAKEN_OVER)
    return replace(
        board,
        topic=printable(event.topic),
        channel_id=event.channel_id,
        pipeline=event.pipeline.pipeline,
        dry_run=event.dry_run,
        started_at=event.at,
        rows={**fresh, **board.rows},
    )


def _run_ended(board: Board, event: RunEnd) -> Board:
    ended = replace(board, ended_at=event.at)
    match event:
        case RunCompleted():
            return replace(ended, status="completed")
        case RunFailed():
            rows = {name: replace(row, retries=False) for name, row in board.rows.items()}
            return replace(ended, status="failed", rows=rows)
        case RunCancelled():
            rows = {name: _stopped(row) for name, row in board.rows.items()}
            return replace(ended, status="cancelled", rows=rows)


def _stopped(row: Row) -> Row:
    still = replace(row, retries=False, tail="", trouble="", fraction=None, note="")
    return still if row.status in _DONE else replace(still, status="cancelled")


type StepEvent = StepRequested | StepCompleted | StepFailed | LiveEvent


def _news_of(row: Row, event: StepEvent) -> Row | None:
    """Return the row after `event`, or nothing when the event is overtaken."""
    status = _status_after(event)
    if not _is_further(row, event.attempt, status):
        return _figures_of(row, event)
    begun = row if event.attempt == row.attempt else Row(row.step, row.agent, tokens=row.tokens)
    news = replace(begun, status=status, attempt=event.attempt)
    match event:
        case StepCompleted() | StepFailed():
            return _ended(news, event)
        case _:
            return _figures_of(replace(news, started_at=news.started_at or event.at), event)


def _step_heard(board: Board, event: StepEvent | Approval) -> Board:
    row = board.rows.get(event.step)
    if isinstance(event, ApprovalRequested | ApprovalDecided):
        news = None if row is None else _questioned(row, event)
    else:
        board = replace(board, simulated=board.simulated or _is_simulated(event))
        news = None if row is None else _news_of(row, event)
    return board if news is None else _with_row(board, news)


def _questioned(row: Row, event: Approval) -> Row | None:
    """Return the row of a step that waits for a person, or does no more."""
    if row.status not in _BEFORE:
        return None
    waits = isinstance(event, ApprovalRequested) and event.risk == "high"
    return replace(row, status="awaiting_approval" if waits else "waiting")


def _is_simulated(event: StepEvent) -> bool:
    return isinstance(event, StepStarted) and event.simulated


def _status_after(event: StepEvent) -> StepStatus:
    match event:
        case StepCompleted():
            return "completed"
        case StepFailed():
            return "failed"
        case _:
            return "running"


def _is_further(row: Row, attempt: int, status: StepStatus) -> bool:
    return (attempt, _ORDER[status]) > (row.attempt, _ORDER[row.status])


def _ended(row: Row, event: StepCompleted | StepFailed) -> Row:
    seconds = event.duration_ms / 1000
    still = replace(row, duration_s=seconds, tail="", trouble="", fraction=None, note="")
    if isinstance(event, StepFailed):
        return replace(still, error=printable(event.error.message), retries=event.error.retryable)
    return still


def _figures_of(row: Row, event: StepEvent) -> Row | None:
    """Return the row with what a live event adds to an attempt that is under way."""
    match event:
        case CallFinished():
            return replace(row, tokens=row.tokens + event.total_tokens, trouble="")
        case StepProgressed() if _is_under_way(row, event.attempt):
            return replace(row, fraction=event.fraction, note=printable(event.note))
        case TokensStreamed() if _is_under_way(row, event.attempt):
            tail = (row.tail + printable(event.text))[-TAIL_CHARS:]
            return replace(row, tail=tail, trouble="")
        case IncidentMet() if _is_under_way(row, event.attempt):
            return replace(row, trouble=printable(event.incident.message))
        case StepRequested() | StepStarted() if _is_under_way(row, event.attempt):
            return row
        case _:
            return None


def _is_back(row: Row, attempt: int, status: StepStatus) -> bool:
    """Tell whether the step waits again: a person was asked, answered, or sent it back."""
    is_before = status in _BEFORE and status != row.status
    return is_before and attempt == row.attempt and row.status != "running"


def _is_under_way(row: Row, attempt: int) -> bool:
    return row.status == "running" and row.attempt == attempt


def _merged(row: Row | None, view: StepView) -> Row:
    known = row or Row(view.step, view.agent)
    attempt = view.attempt or 0
    if _is_further(known, attempt, view.status) or _is_back(known, attempt, view.status):
        known = replace(
            known,
            status=view.status,
            attempt=attempt,
            started_at=view.requested_at,
            duration_s=_seconds(view.duration_ms),
            fraction=None,
            note="",
            tail="",
            trouble="",
            error="",
            retries=False,
        )
    return _counted(
        replace(
            known,
            started_at=known.started_at or view.requested_at,
            tokens=max(known.tokens, view.tokens or 0),
            cost_usd=view.cost_usd,
            note=_standing_note(known, view),
        ),
        view,
    )


def _standing_note(row: Row, view: StepView) -> str:
    if row.status == "completed" and view.reused and not row.attempt:
        return TAKEN_OVER
    return view.skip_reason if row.status == "skipped" else row.note


def _counted(row: Row, view: StepView) -> Row:
    """Return the row of a step that runs for each item with how far it is."""
    counts = view.instances
    if counts is None or row.status != "running" or not counts.count:
        return row
    note = f"{counts.completed} of {counts.count}"
    if counts.failed:
        note = f"{note}, {counts.failed} failed"
    return replace(row, fraction=counts.completed / counts.count, note=note)


def _explained(row: Row, error: ErrorView | None, detail: RunDetail) -> Row:
    if row.status != "failed" or error is None:
        return row
    return replace(row, error=error.message, retries=error.retryable and not detail.has_ended)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _with_row(board: Board, row: Row) -> Board:
    rows = {**board.rows, row.step: row}
    begun: RunStatus = "running" if board.status == "pending" else board.status
    return replace(board, status=begun, rows=rows, tokens=sum(r.tokens for r in rows.values()))
