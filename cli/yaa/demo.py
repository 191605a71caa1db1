"""`yaa demo`: everything started, one video made, everything stopped."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from yaa.client import Gateway
from yaa.embedded.ports import free_port, is_free
from yaa.errors import YaaError
from yaa.follow import watch_to_end
from yaa.stack.interrupts import interruptible
from yaa.stack.options import Options
from yaa.stack.panel import panel_of
from yaa.stack.stack import running
from yaa.views import RunDetail, RunOrder

COMPLETED, FAILED, STOPPED = 0, 1, 130
STARTED_VARIABLE = "YAA_DEMO_STARTED"
"""Seconds since the epoch, from whoever began to count before this process was there."""


def demo(topic: str, data_dir: Path, port: int | None, *, preferred_port: int) -> int:
    """Make one video and say so in the last line. It names the file, which is there.

    Without a `port` it takes the preferred one, or any when that is taken.
    """
    began = _began()
    console = Console()
    options = Options(data_dir.resolve(), _port(port, preferred_port))
    made = Made()
    try:
        ended = asyncio.run(interruptible(_make(topic, options, console, made), console))
        if ended is None:
            return _failed(made, "interrupted", STOPPED)
        line = made.line(time.time() - began)
    except YaaError as error:
        return _failed(made, str(error), error.exit_code)
    print(line)  # noqa: T201 -- scripts read the last line; it is never wrapped
    return COMPLETED


class Made:
    """What the demo has to show for itself so far."""

    def __init__(self, run_id: str = "none") -> None:
        self.run_id = run_id
        self.detail: RunDetail | None = None

    def line(self, seconds: float) -> str:
        """Return the last line.

        Raises:
            YaaError: the run did not complete, or its file is not there.
        """
        detail = self.detail
        if detail is None or detail.status != "completed":
            raise YaaError("the run did not complete")
        publication = detail.result.publication if detail.result else None
        video = Path(publication.video_path) if publication else None
        if video is None or not video.is_file():
            raise YaaError(f"the run completed, but there is no video at {str(video)!r}")
        cost = "unknown" if detail.cost_usd is None else f"{detail.cost_usd:.4f}"
        return f"DEMO OK run={self.run_id} video={video} seconds={seconds:.1f} cost_usd={cost}"


async def _make(topic: str, options: Options, console: Console, made: Made) -> int:
    async with running(options) as stack:
        console.print(panel_of(stack))
        async with Gateway(options.url) as gateway:
            made.run_id = (await gateway.start(RunOrder(topic=topic))).run_id
            code = await watch_to_end(options.url, made.run_id, console)
            made.detail = await gateway.run(made.run_id)
        console.print("stopping … (`yaa up` or `make up` shows and plays this run again)")
    return code


def _failed(made: Made, reason: str, code: int) -> int:
    print(f"DEMO FAILED run={made.run_id} {reason}")  # noqa: T201 -- the same
    return code


def _port(asked: int | None, preferred: int) -> int:
    if asked is not None:
        return asked or free_port()
    return preferred if is_free(preferred) else free_port()


def _began() -> float:
    with suppress(KeyError, ValueError):
        return float(os.environ[STARTED_VARIABLE])
    return time.time()
