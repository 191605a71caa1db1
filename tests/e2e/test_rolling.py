"""Everything is replaced by new containers while many runs go on."""

import asyncio

import pytest

from .books import Published
from .load import loaded
from .stack import BROKER, DATABASE, GATEWAY, SIMULATOR, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

CLIENTS = 50


async def test_replacing_everything_under_load_loses_nothing(
    stack: Stack, figures: list[str]
) -> None:
    await stack.is_healthy()
    old = {container.id for container in stack.containers()}
    async with loaded(stack, "rolling", CLIENTS) as load:
        await load.is_full(CLIENTS)
        for services in rolled(stack):
            await asyncio.to_thread(stack.replace, *services)

    new = {container.id for service in stack.victims for container in stack.containers(service)}
    figures.append(f"rolling restart: {len(load.runs)} runs")
    assert not old & new
    assert load.misses == []
    assert Published.of(stack).misses({run.run_id for run in load.runs}) == []


def rolled(stack: Stack) -> list[tuple[str, ...]]:
    """Return everything in the order in which it is replaced, some of it at once."""
    others = tuple(set(stack.services) - {*stack.agents, GATEWAY})
    return [others, stack.agents, (GATEWAY,), (BROKER,), (DATABASE,), (SIMULATOR,)]
