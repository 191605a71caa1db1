"""`yaa up`: the whole system on this machine."""

import asyncio
from pathlib import Path

from rich.console import Console

from agentkit.bounded import leave_if_abandoned
from yaa.embedded.ports import free_port
from yaa.stack.interrupts import interruptible
from yaa.stack.options import Options
from yaa.stack.panel import panel_of
from yaa.stack.stack import running

HINT = 'yaa run "고양이는 왜 상자를 좋아할까?" --follow'


def up(data_dir: Path, port: int, *, processes: bool) -> int:
    """Run until told to stop. A clean stop is a success."""
    console = Console()
    options = Options(data_dir.resolve(), port or free_port(), processes=processes)
    # not uvloop: it runs the fork hooks of every library for each ffmpeg that is started
    asyncio.run(interruptible(_serve(options, console), console))
    return 0


async def _serve(options: Options, console: Console) -> int:
    try:
        async with running(options) as stack:
            console.print(panel_of(stack, HINT))
            await asyncio.Event().wait()
    finally:
        leave_if_abandoned()
    return 0
