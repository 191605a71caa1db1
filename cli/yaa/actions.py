"""What the client commands do, once their arguments are read."""

import asyncio
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.follow import follow
from yaa.lists import show_runs
from yaa.plan_page import show_plan
from yaa.run_page import show_run
from yaa.views import RunOrder

PIPED_CELLS = 160


def out() -> Console:
    """Return the console on stdout; what goes into a pipe is given room."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPED_CELLS
    return console


def start(order: RunOrder, url: str | None, *, idempotency_key: str, watching: bool) -> int:
    """Start a run and say its id, or watch it to its end. Returns the exit code."""

    async def ask() -> str:
        async with Gateway(gateway_url(url)) as gateway:
            return (await gateway.start(order, idempotency_key=idempotency_key)).run_id

    return say_accepted(asyncio.run(ask()), url, watching=watching)


def say_accepted(run_id: str, url: str | None, *, watching: bool) -> int:
    """Say the id of an accepted run, or watch it. Returns the exit code."""
    console = out()
    if watching:
        return follow(gateway_url(url), run_id, console)
    if not console.is_terminal:
        console.print(run_id)
        return 0
    console.print(Text.assemble(("✓ ", "green"), "run ", (run_id, "bold"), " was accepted"))
    console.print(Text(f"  watch it: yaa watch {run_id}", style="dim"), soft_wrap=True)
    return 0


def plan(order: RunOrder, url: str | None) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_plan(await gateway.plan(order), out())

    asyncio.run(ask())


def watch(run_id: str, url: str | None) -> int:
    return follow(gateway_url(url), run_id, out())


def runs(url: str | None, wanted: Mapping[str, str], *, limit: int) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            page = await gateway.runs(wanted, limit=limit)
            show_runs(page, out(), is_filtered=any(wanted.values()))

    asyncio.run(ask())


def show(run_id: str, url: str | None) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_run(await gateway.run(run_id), gateway.url, out())

    asyncio.run(ask())
