"""More containers of an agent while runs go on."""

import asyncio
from collections import Counter

import pytest

from agentkit.testing import wait_until

from .load import loaded
from .records import records
from .stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SCALED = ("writer", "media")
REPLICAS = 3


async def test_more_replicas_of_an_agent_share_its_work(stack: Stack, figures: list[str]) -> None:
    for service in SCALED:
        await asyncio.to_thread(stack.scale, service, REPLICAS)

    async with loaded(stack, "shared", 4 * REPLICAS) as load:
        pass

    ids = {run.run_id for run in load.runs}
    await wait_until(lambda: steps_of(stack, ids).total() >= len(ids) * 2 * len(SCALED))
    steps = steps_of(stack, ids)
    for service in SCALED:
        await asyncio.to_thread(stack.scale, service, 1)
    figures.append(f"{len(ids)} runs, steps by replica: {dict(sorted(steps.items()))}")
    assert load.misses == []
    assert len(steps) == len(SCALED) * REPLICAS


def steps_of(stack: Stack, ids: set[str]) -> Counter[str]:
    """Return how many steps of these runs each replica has done."""
    return Counter(
        each.container
        for each in records(stack)
        if each.message == "step ended" and each.run_id in ids and each.service in SCALED
    )
