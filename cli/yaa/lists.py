"""Runs as a table, and what tables have in common."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from yaa.approval_views import ApprovalItem
from yaa.figures import age_of, duration_of, money_of
from yaa.screen import COLOURS, ICONS
from yaa.views import RunPage, RunSummary

WIDE_CELLS = 140
GAP_CELLS = 2
SAID = {"awaiting_approval": "asks"}
NARROW = ("status", "run", "topic")
WIDE = (*NARROW, "agent", "kind", "channel", "pipeline", "when", "time", "cost")


def show_runs(page: RunPage, console: Console, *, is_filtered: bool = False) -> None:
    if not page.items and is_filtered:
        console.print("no run fits: leave an option out", markup=False)
        return
    if not page.items:
        console.print('no runs yet: start one with yaa run "your topic"', markup=False)
        return
    names = WIDE if console.width >= WIDE_CELLS else NARROW
    rows = [_run_cells(run) for run in page.items]
    fit("topic", rows, names, console.width)
    table = table_of(names)
    for row in rows:
        table.add_row(*(row[name] for name in names))
    console.print(table)
    if page.next_cursor:
        console.print(Text("there are older ones: ask for more with --limit", style="dim"))


def _run_cells(run: RunSummary) -> dict[str, Text]:
    agent = run.current_agent if run.status == "running" else None
    state = _state_of(run)
    return {
        "status": Text(f"{ICONS[state]} {SAID.get(state, state)}", style=COLOURS[state]),
        "run": Text(run.run_id),
        "topic": Text(run.topic.replace("\n", " ")),
        "agent": Text(agent or "", style="dim"),
        "kind": Text(kind_of(run), style="yellow"),
        "channel": Text(run.channel_id),
        "pipeline": Text(run.pipeline),
        "when": Text(age_of(run.created_at), style="dim"),
        "time": Text(duration_of(run.duration_s)),
        "cost": Text(money_of(run.cost_usd)),
    }


def _state_of(run: RunSummary) -> str:
    if run.paused:
        return "paused"
    asks = run.status == "running" and run.waiting_for_approval
    return "awaiting_approval" if asks else run.status


def kind_of(run: RunSummary | ApprovalItem) -> str:
    words = ("dry run" if run.dry_run else "", "simulated" if run.simulated else "")
    return ", ".join(word for word in words if word)


def fit(column: str, rows: Sequence[dict[str, Text]], names: Sequence[str], width: int) -> None:
    """Cut one column to what the others, which cannot be cut, leave of the width."""
    others = (max(cell_len(name), *(row[name].cell_len for row in rows)) for name in names)
    taken = sum(others) - max(cell_len(column), *(row[column].cell_len for row in rows))
    room = max(width - taken - GAP_CELLS * len(names), len(column))
    for row in rows:
        row[column].truncate(room, overflow="ellipsis")


def table_of(names: Iterable[str]) -> Table:
    padding = (0, GAP_CELLS, 0, 0)
    table = Table(box=None, pad_edge=False, padding=padding, header_style="dim")
    for name in names:
        table.add_column(name, no_wrap=True)
    return table
