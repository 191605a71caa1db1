"""Runs and channels as tables, newest or first in name on top."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from yaa.figures import age_of, duration_of, money_of
from yaa.screen import COLOURS, ICONS
from yaa.views import ChannelView, RunPage, RunSummary

WIDE_CELLS = 130
RUN_ID_CELLS = 36
RUN_COLUMNS = {
    "status": False,
    "run": False,
    "topic": False,
    "kind": False,
    "channel": True,
    "when": True,
    "time": True,
    "cost": True,
}
"""The columns of the runs, and whether one is shown only where there is room."""


def show_runs(page: RunPage, console: Console) -> None:
    if not page.items:
        console.print('no runs yet: start one with yaa run "your topic"', markup=False)
        return
    is_wide = console.width >= WIDE_CELLS
    table = _table(*(name for name, only_wide in RUN_COLUMNS.items() if is_wide or not only_wide))
    for run in page.items:
        table.add_row(*_run_cells(run, is_wide=is_wide))
    console.print(table)
    if page.next_cursor:
        console.print(Text("there are older ones: ask for more with --limit", style="dim"))


def show_channels(channels: Iterable[ChannelView], console: Console) -> None:
    table = _table("channel", "name", "language", "brand guide")
    for channel in channels:
        guide = f"{len(channel.brand_guide):,} characters" if channel.brand_guide else "none"
        cells = (channel.channel_id, channel.name, channel.language, guide)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _run_cells(run: RunSummary, *, is_wide: bool) -> tuple[Text, ...]:
    doing = f" {run.current_agent}" if run.status == "running" and run.current_agent else ""
    status = f"{ICONS[run.status]} {run.status}{doing if is_wide else ''}"
    cells = {
        "status": Text(status, style=COLOURS[run.status]),
        "run": Text(run.run_id),
        "topic": Text(run.topic.replace("\n", " ")),
        "kind": Text(_kind_of(run), style="yellow"),
        "channel": Text(run.channel_id),
        "when": Text(age_of(run.created_at), style="dim"),
        "time": Text(duration_of(run.duration_s)),
        "cost": Text(money_of(run.cost_usd)),
    }
    return tuple(cell for name, cell in cells.items() if is_wide or not RUN_COLUMNS[name])


def _kind_of(run: RunSummary) -> str:
    words = ("dry run" if run.dry_run else "", "simulated" if run.simulated else "")
    return ", ".join(word for word in words if word)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        cells = RUN_ID_CELLS if name == "run" else None
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=cells)
    return table
