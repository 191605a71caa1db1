"""What the commands about dead letters do and show."""

import asyncio

from rich.console import Console
from rich.table import Table
from rich.text import Text

from yaa.actions import out
from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.control import say_repeated
from yaa.figures import age_of
from yaa.lists import table_of
from yaa.views import DeadPage, DeadView, Repeated


def show_all(url: str | None, *, limit: int) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_page(await gateway.dead_letters(limit=limit), out())

    asyncio.run(ask())


def show(dead_id: str, url: str | None) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_letter(await gateway.dead_letter(dead_id), out())

    asyncio.run(ask())


def redrive(dead_id: str, url: str | None, *, watching: bool) -> int:
    """Retry the run of a dead letter; say the new run's id, or watch it."""

    async def ask() -> Repeated:
        async with Gateway(gateway_url(url)) as gateway:
            return await gateway.redrive(dead_id)

    return say_repeated(asyncio.run(ask()), url, watching=watching)


def show_page(page: DeadPage, console: Console) -> None:
    if not page.items:
        console.print("no dead letters: every request reached an end")
        return
    table = table_of(("dead", "run", "step", "attempt", "agent", "deliveries", "when"))
    for letter in page.items:
        cells = (letter.id, letter.run_id, letter.step, letter.attempt, letter.agent)
        shown = (*cells, letter.deliveries, age_of(letter.at))
        table.add_row(*(Text(str(cell)) for cell in shown))
    console.print(table)


def show_letter(letter: DeadView, console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("dead", letter.id),
        ("at", letter.at.isoformat()),
        ("run", letter.run_id),
        ("step", f"{letter.step}, attempt {letter.attempt}"),
        ("agent", letter.agent),
        ("deliveries", letter.deliveries),
        ("reason", letter.reason),
    ):
        table.add_row(Text(name, style="dim"), Text(str(value)))
    console.print(table)
