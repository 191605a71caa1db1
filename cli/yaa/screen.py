"""The live picture of a run: a header, a row for each step, what is being written, the sums."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, split_text
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from yaa.board import Board, Row
from yaa.figures import count_of, duration_of, money_of, plural

TAIL_LINES = 2
LINES_AROUND_ROWS = 11
WIDE_CELLS = 76
ROOMY_CELLS = 90
COLOURS = {
    "pending": "dim",
    "waiting": "dim",
    "awaiting_approval": "magenta",
    "running": "cyan",
    "paused": "yellow",
    "retrying": "yellow",
    "completed": "green",
    "skipped": "dim",
    "failed": "red",
    "cancelled": "yellow",
}
ICONS = {
    "pending": "◦",
    "waiting": "◦",
    "awaiting_approval": "?",
    "running": "»",
    "paused": "‖",
    "retrying": "↻",
    "completed": "✓",
    "skipped": "-",
    "failed": "✗",
    "cancelled": "⊘",
}
_SAID = {"awaiting_approval": "waits for a person", "skipped": "skipped"}
_HARD_SPACE = "\N{NO-BREAK SPACE}"
_SPINNER = Spinner("dots", style="cyan")
_JSON_KEY = re.compile(r'"\w*"\s*:\s*|"\w*$')
_JSON_SIGNS = re.compile(r"""(\\n|\\"|["{}\[\]\s]|(?<=["}\]])\s*,)+""")


def state_of(row: Row) -> str:
    return "retrying" if row.status == "failed" and row.retries else row.status


def simulated_label() -> Text:
    return Text(f"{_HARD_SPACE}simulated{_HARD_SPACE}", style="black on yellow")


@dataclass(frozen=True, slots=True)
class Picture:
    """A board as it is `now`. One that is not `live` keeps no room for what is still to come."""

    board: Board
    now: datetime
    note: str = ""
    live: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = len(self.board.rows)
        room = max(options.size.height - LINES_AROUND_ROWS, 3) if self.live else rows
        width = options.max_width
        yield Group(
            header(self.board),
            Text(),
            self._steps(console, width, room),
            Text(),
            *self._tails(width),
            sums(self.board, self.now, self.note),
        )

    def _steps(self, console: Console, width: int, room: int) -> Padding:
        wide = width >= WIDE_CELLS
        bar_cells = 12 if width >= ROOMY_CELLS else 8
        table = _steps_table(wide=wide)
        rows = list(self.board.rows.values())
        shown = _most_telling(rows, room)
        for row in shown:
            cells = cells_of(row, self.now, wide=wide)
            table.add_row(self._icon(console, row), *cells, _right_of(row, bar_cells))
        if hidden := len(rows) - len(shown):
            table.add_row("", Text(f"… {hidden} more", style="dim"))
        return Padding(table, (0, 0, 0, 2))

    def _icon(self, console: Console, row: Row) -> RenderableType:
        if row.status == "running":
            return _SPINNER.render(console.get_time())
        return icon_of(state_of(row))

    def _tails(self, width: int) -> Iterator[RenderableType]:
        if self.board.has_ended or not self.live:
            return
        rows = self.board.rows.values()
        lines = [
            *(approval_line(row.step, self.board.run_id) for row in rows if _asks(row)),
            *(_trouble_line(row, row.error) for row in rows if row.retries),
            *(_trouble_line(row, row.trouble) for row in rows if row.trouble),
            *(_tail_line(row, width) for row in rows if row.tail),
        ][:TAIL_LINES]
        yield from lines
        yield from [Text()] * (TAIL_LINES + 1 - len(lines))


def topic_line(topic: str, *, simulated: bool) -> Table:
    """Return the topic with the name of the product before and the label behind it."""
    line = Table.grid(expand=True)
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_column(justify="right")
    label = simulated_label() if simulated else Text()
    line.add_row(Text.assemble(("yaa  ", "bold cyan"), (topic.replace("\n", " "), "bold")), label)
    return line


def header(board: Board) -> RenderableType:
    """Return the topic, and below it where it runs."""
    place = (
        f"channel {board.channel_id}" if board.channel_id else "",
        board.pipeline,
        f"run {board.run_id}",
        "dry run" if board.dry_run else "",
    )
    below = "     " + " · ".join(part for part in place if part)
    return Group(
        topic_line(board.topic, simulated=board.simulated),
        Text(below, style="dim", no_wrap=True, overflow="ellipsis"),
    )


def sums(board: Board, now: datetime, note: str = "") -> Text:
    """Return status, total time, tokens and cost in one line."""
    ended = board.ended_at or now
    elapsed = (ended - board.started_at).total_seconds() if board.started_at else None
    figures = [
        duration_of(elapsed),
        f"{board.tokens:,} tokens" if board.tokens else "",
        money_of(board.cost_usd) if board.cost_usd or board.has_ended else "",
        f"{plural(board.unpriced_calls, 'call')} without a price" if board.unpriced_calls else "",
    ]
    figures.append(_savings(board))
    if board.simulated and board.cost_usd:
        figures.append("simulated, nothing was paid")
    known = "".join(f" · {figure}" for figure in figures if figure)
    status = "paused" if board.paused and not board.has_ended else board.status
    line = Text.assemble("  ", (status, f"bold {COLOURS[status]}"), known)
    if note:
        line.append(f"   {note}", style="yellow")
    return line


def _savings(board: Board) -> str:
    """Return what was not paid again, without its price as long as that is not known."""
    if not board.saved_calls:
        return ""
    calls = plural(board.saved_calls, "call")
    if not board.money_saved_usd:
        return f"saved {calls}"
    return f"saved {money_of(board.money_saved_usd)} ({calls})"


def icon_of(state: str) -> Text:
    return Text(ICONS[state], style=COLOURS[state])


def cells_of(row: Row, now: datetime, *, wide: bool = True) -> tuple[Text, ...]:
    """Return step, agent (when there is room), time, tokens and cost of a row."""
    name = Text(row.step, style="dim" if row.status == "waiting" else "bold")
    agent = Text(row.agent, style="dim")
    tried = agent if wide else name
    if row.attempt > 1:
        tried.append(f" try {row.attempt}", style="yellow")
    paid = row.cost_usd if row.cost_usd or row.status == "completed" else None
    return (
        *((name, agent) if wide else (name,)),
        Text(duration_of(_elapsed(row, now))),
        Text(count_of(row.tokens)),
        Text(money_of(paid)),
    )


def _elapsed(row: Row, now: datetime) -> float | None:
    if row.duration_s is not None:
        return row.duration_s
    if row.status == "running" and row.started_at is not None:
        return max((now - row.started_at).total_seconds(), 0)
    return None


def _steps_table(*, wide: bool) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=1)
    for label_cells in (8, 10) if wide else (8,):
        table.add_column(no_wrap=True, min_width=label_cells)
    for figure_cells in (6, 7, 7):
        table.add_column(no_wrap=True, min_width=figure_cells, justify="right")
    table.add_column(ratio=1, no_wrap=True)
    return table


def _right_of(row: Row, bar_cells: int) -> RenderableType:
    if row.status == "failed":
        said = "will be tried again" if row.retries else row.error.replace("\n", " ")
        return Text(said, style=COLOURS[state_of(row)], overflow="ellipsis")
    if row.status == "completed":
        return Text(row.note, style="dim", overflow="ellipsis")
    if row.status in _SAID:
        said = row.note or _SAID[row.status]
        return Text(said, style=COLOURS[row.status], overflow="ellipsis")
    if row.status != "running" or row.fraction is None:
        return Text()
    line = Table.grid(padding=(0, 1, 0, 0), expand=True)
    line.add_column(width=bar_cells)
    line.add_column(width=4, justify="right")
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    bar = ProgressBar(total=1, completed=row.fraction, width=bar_cells, complete_style="cyan")
    line.add_row(bar, f"{row.fraction:.0%}", Text(row.note, style="dim"))
    return line


def _most_telling(rows: Sequence[Row], room: int) -> Sequence[Row]:
    """Return at most `room` rows in their order: what runs or failed first, then what is next."""
    if len(rows) <= room:
        return rows
    rank = {"running": 0, "failed": 0, "awaiting_approval": 0, "completed": 2, "skipped": 2}
    by_weight = sorted(enumerate(rows), key=lambda item: (rank.get(item[1].status, 1), item[0]))
    kept = sorted(by_weight[: max(room - 1, 1)])
    return [row for _, row in kept]


def prose_of(text: str) -> str:
    """Return what reads like prose in the last piece of an answer, which may be JSON."""
    return _JSON_SIGNS.sub(" ", _JSON_KEY.sub(" ", text)).strip()


def approval_line(step: str, run_id: str) -> Text:
    """Say what a person can do for a step that waits for one."""
    waits = f"  {step} waits for your approval: "
    return Text.assemble((waits, COLOURS["awaiting_approval"]), (f"yaa approve {run_id}", "bold"))


def _asks(row: Row) -> bool:
    return row.status == "awaiting_approval"


def _trouble_line(row: Row, said: str) -> Text:
    parts = (f"  {row.step}: ", (said.replace("\n", " "), COLOURS["retrying"]))
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def _tail_line(row: Row, width: int) -> Text:
    """Return the last words of the model that fit into one line."""
    lead = f"  {row.step}: "
    room = max(width - cell_len(lead), 10)
    prose = prose_of(row.tail)
    if (too_long := cell_len(prose) - room) > 0:
        prose = split_text(prose, too_long + 1)[1].strip()
    return Text.assemble((lead, "dim cyan"), (prose, "dim italic"), no_wrap=True, overflow="crop")
