"""What the commands do that change how a run goes on."""

import asyncio

from yaa.actions import out
from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.person import me
from yaa.views import Heeded


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


def _steer(run_id: str, url: str | None, action: str, **order: str) -> Heeded:
    async def ask() -> Heeded:
        async with Gateway(gateway_url(url)) as gateway:
            return await gateway.steer(run_id, action, requested_by=me(), **order)

    return asyncio.run(ask())
