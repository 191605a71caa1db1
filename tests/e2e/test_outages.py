"""Everything is lost for a moment, one after the other and some at once, while runs go on."""

import asyncio

import pytest

from .blows import BLOWS, Blow, Cell, cells_of, strike
from .books import Books, Published
from .load import Load, loaded
from .stack import BROKER, SIMULATOR, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CLIENTS = 5
BETWEEN_S = 1.0
AT_ONCE = {"researcher": 4, "writer": 2, "media": 8}
"""How many calls an agent's process has under way: what it loses is bought again, as is what two
agents do at once because one of them, or the broker, was away. See docs/CRASH_MATRIX.md."""


def may_repeat(cell: Cell) -> int:
    """Return how many calls can be bought again because of one blow."""
    if cell.victim in {BROKER, SIMULATOR}:
        return sum(AT_ONCE.values())
    return AT_ONCE.get(cell.victim, 0)


@pytest.mark.parametrize("blow", BLOWS)
async def test_every_run_is_completed_once_whoever_is_away(
    stack: Stack, figures: list[str], blow: Blow
) -> None:
    cells = [
        cell
        for cell in cells_of(stack, blow)
        if (cell.victim, cell.blow) != (SIMULATOR, "kill")  # it would forget what it has sold
    ]
    before = await asyncio.to_thread(Books.closed, stack)
    async with loaded(stack, blow, CLIENTS) as load:
        await load.is_full(CLIENTS)
        await struck(stack, load, cells)
    books = (await asyncio.to_thread(Books.closed, stack)).since(before)

    figures += [*map(str, cells), f"{blow}: {len(load.runs)} runs, {books}, {books.lost} lost"]
    assert all(cell.under_way for cell in cells)
    assert load.misses == []
    assert Published.of(stack).misses({run.run_id for run in load.runs}) == []
    allowed = sum(map(may_repeat, cells))
    assert books.again <= allowed + books.unread
    assert abs(books.lost) <= allowed


async def test_runs_outlive_the_providers(stack: Stack) -> None:
    async with loaded(stack, "no providers", 4) as load:
        await load.is_full(4)
        await struck(stack, load, [Cell(SIMULATOR, "kill", away_s=1)])

    assert load.misses == []


async def struck(stack: Stack, load: Load, cells: list[Cell]) -> None:
    """Strike one after the other; return when all are healthy again."""
    async with asyncio.TaskGroup() as group:
        for cell in cells:
            group.create_task(strike(stack, cell, len(load.under_way)))
            await asyncio.sleep(BETWEEN_S)
