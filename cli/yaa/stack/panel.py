"""What a person needs to know once everything is up."""

import os
from pathlib import Path

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from yaa.address import key_file
from yaa.screen import simulated_label
from yaa.stack.stack import Stack


def panel_of(stack: Stack, hint: str = "") -> Panel:
    """Return the panel, with `hint` as the command to try."""
    options = stack.options
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("dashboard", Text(options.url, style="bold cyan"))
    rows.add_row("API", f"{options.url}/docs")
    rows.add_row("key", _near(key_file(options.data_dir)))
    rows.add_row("models", _models(simulated=stack.simulated))
    rows.add_row("data", _near(options.data_dir))
    rows.add_row("logs", _near(options.logs))
    if hint:
        rows.add_row("try", hint)
    rows.add_row("stop", "Ctrl-C")
    title = f"[bold green]yaa is up[/] after {stack.seconds_to_ready:.1f} s"
    return Panel.fit(rows, title=title, border_style="green", padding=(1, 2))


def _models(*, simulated: bool) -> Text:
    if not simulated:
        return Text("the real providers")
    hint = " set ANTHROPIC_API_KEY and OPENAI_API_KEY for the real ones"
    return simulated_label().append(hint, "default")


def _near(path: Path) -> str:
    """Return the shorter way to write `path`."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
