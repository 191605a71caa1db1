"""What the commands do that change how a run goes on."""

import asyncio

from rich.text import Text

from yaa.actions import out, say_accepted
from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.person import me
from yaa.views import Heeded, Repeated, RerunOrder, RetryOrder


def cancel(run_id: str, url: str | None, *, reason: str) -> None:
    heeded = _steer(run_id, url, "cancel", reason=reason)
    said = "was cancelled already" if heeded.status == "cancelled" else "is being cancelled"
    out().print(f"run {heeded.run_id} {said}", soft_wrap=True)


def pause(run_id: str, url: str | None, *, reason: str) -> None:
    heeded = _steer(run_id, url, "pause", reason=reason)
    console = out()
    console.print(
        f"run {heeded.run_id} is paused: steps at work end, nothing new is begun", soft_wrap=True
    )
    console.print(f"  let it go on: yaa resume {heeded.run_id}", style="dim", soft_wrap=True)


def resume(run_id: str, url: str | None) -> None:
    heeded = _steer(run_id, url, "resume")
    out().print(f"run {heeded.run_id} goes on", soft_wrap=True)


def retry(run_id: str, order: RetryOrder, url: str | None, *, watching: bool) -> int:
    """Start a failed run again from where it got to. Returns the exit code."""

    async def ask() -> Repeated:
        async with Gateway(gateway_url(url)) as gateway:
            return await gateway.retry(run_id, order)

    return say_repeated(asyncio.run(ask()), url, watching=watching)


def rerun(run_id: str, order: RerunOrder, url: str | None, *, watching: bool) -> int:
    """Start an ended run again from one step on. Returns the exit code."""

    async def ask() -> Repeated:
        async with Gateway(gateway_url(url)) as gateway:
            return await gateway.rerun(run_id, order)

    return say_repeated(asyncio.run(ask()), url, watching=watching)


def say_repeated(repeated: Repeated, url: str | None, *, watching: bool) -> int:
    """Say the id of the new run, or watch it. Returns the exit code."""
    console = out()
    if repeated.status == "pending" or watching or not console.is_terminal:
        return say_accepted(repeated.run_id, url, watching=watching)
    before = f"run {repeated.parent_run_id} was retried before: run {repeated.run_id} is"
    console.print(Text.assemble(f"{before} ", (repeated.status, "bold")), soft_wrap=True)
    console.print(Text(f"  look at it: yaa show {repeated.run_id}", style="dim"), soft_wrap=True)
    return 0


def _steer(run_id: str, url: str | None, action: str, **order: str) -> Heeded:
    async def ask() -> Heeded:
        async with Gateway(gateway_url(url)) as gateway:
            return await gateway.steer(run_id, action, requested_by=me(), **order)

    return asyncio.run(ask())
