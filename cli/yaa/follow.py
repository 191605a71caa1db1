"""Watch one run to its end: live in a terminal, as plain lines everywhere else."""

import asyncio
from datetime import UTC, datetime

from rich.console import Console
from rich.live import Live

from contracts.events import RunEvent
from contracts.live import LiveEvent
from yaa.board import Board
from yaa.client import Gateway
from yaa.lines import line_of
from yaa.report import tell
from yaa.screen import Picture, sums
from yaa.watch import Watch, alongside

COMPLETED, FAILED, STOPPED = 0, 1, 130
FRAME_S = 0.125


def follow(url: str, run_id: str, console: Console) -> int:
    """Watch the run `run_id` of the gateway at `url` until it ends, and tell how.

    Returns:
        0 completed, 1 failed or cancelled, 130 when the watcher was interrupted (the run goes on).

    Raises:
        UsageError: there is no such run, or no gateway answers.
    """
    try:
        return asyncio.run(watch_to_end(url, run_id, console))
    except KeyboardInterrupt:
        console.print("stopped watching; the run goes on", soft_wrap=True)
        console.print(f"watch it again: yaa watch {run_id}", soft_wrap=True)
        return STOPPED


async def watch_to_end(url: str, run_id: str, console: Console) -> int:
    """Do what `follow` does, within a running event loop; cancelling it stops watching."""
    async with Gateway(url) as gateway:
        watch = Watch(gateway, await gateway.run(run_id))
        if console.is_terminal and not console.is_dumb_terminal:
            await _in_terminal(watch, console)
        else:
            await _in_lines(watch, console)
        tell(watch.detail, gateway.url, console)
        return COMPLETED if watch.board.status == "completed" else FAILED


async def _in_terminal(watch: Watch, console: Console) -> None:
    def show(live: Live) -> None:
        live.update(Picture(watch.board, datetime.now(UTC), watch.trouble), refresh=True)

    async def draw(live: Live) -> None:
        while True:
            show(live)
            await asyncio.sleep(FRAME_S)

    with Live(console=console, auto_refresh=False) as live:
        await alongside(watch.until_settled(), draw(live))
        show(live)


async def _in_lines(watch: Watch, console: Console) -> None:
    def say(event: RunEvent | LiveEvent, before: Board, after: Board) -> None:
        if (line := line_of(event, before, after)) is not None:
            console.print(line, soft_wrap=True)

    await watch.until_settled(say)
    console.print(sums(watch.board, datetime.now(UTC)), soft_wrap=True)
