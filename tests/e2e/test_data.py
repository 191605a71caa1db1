"""What is recorded outlives the containers."""

import asyncio
from typing import Any

import pytest

from .books import Published
from .client import Client, Watched
from .load import loaded
from .stack import Stack

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_what_was_recorded_is_there_after_down_and_up(stack: Stack, video: Watched) -> None:
    path = f"/api/v1/pipeline/runs/{video.run_id}"
    async with Client.of(stack) as client:
        before = await client.get(path)
        async with loaded(stack, "down", 4) as load:
            await load.is_full(4)
            load.stop()
            await asyncio.to_thread(stack.down_and_up)
        after = await client.get(path)
        again = await client.watch(Watched(video.run_id, video.topic))

    assert load.misses == []
    assert without_addresses(after) == without_addresses(before)
    assert again.events == video.events
    wanted = {video.run_id, *(run.run_id for run in load.runs)}
    assert Published.of(stack).misses(wanted) == []
    assert "OK" in stack.yaa("projections", "verify")


def without_addresses(run: dict[str, Any]) -> dict[str, Any]:
    """Leave out the addresses of files, which are signed anew each time."""
    return run | {"result": {k: v for k, v in run["result"].items() if "_url" not in k}}
