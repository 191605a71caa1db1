"""What is recorded outlives the containers."""

import asyncio
import shutil
from typing import Any
from uuid import uuid4

import pytest

from .books import Published
from .client import Client, Watched
from .compose import ROOT
from .load import loaded
from .stack import Stack

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_what_was_recorded_is_there_after_down_and_up(stack: Stack, video: Watched) -> None:
    async with Client.of(stack) as client:
        before = await client.detail(video)
        async with loaded(stack, "down", 4) as load:
            await load.is_full(4)
            load.stop()
            said = await asyncio.to_thread(stack.down_and_up)
        after = await client.detail(video)
        again = await client.watch(Watched(video.run_id, video.topic))

    assert f"the dashboard is at {stack.url}" in said
    assert load.misses == []
    assert without_addresses(after) == without_addresses(before)
    assert again.events == video.events
    wanted = {video.run_id, *(run.run_id for run in load.runs)}
    assert Published.of(stack).misses(wanted) == []
    assert "OK" in stack.yaa("projections", "verify")


async def test_a_backup_brings_back_what_was_lost_with_the_disks(
    stack: Stack, video: Watched
) -> None:
    name = f"e2e-{uuid4().hex[:6]}"
    try:
        async with Client.of(stack) as client:
            before = await client.detail(video)
            await asyncio.to_thread(stack.compose.make, "backup", f"BACKUP={name}")
            await asyncio.to_thread(stack.lose_the_servers)
            await asyncio.to_thread(stack.restore, name)
            after = await client.detail(video)
            again = await client.watch(Watched(video.run_id, video.topic))
            late = await client.watch(await client.order("after all was lost: what is a tide"))
    finally:
        shutil.rmtree(ROOT / "backups" / name, ignore_errors=True)

    assert without_addresses(after) == without_addresses(before)
    assert again.events == video.events
    assert late.misses == []
    assert Published.of(stack).misses({video.run_id, late.run_id}) == []
    assert "OK" in stack.yaa("projections", "verify")


def without_addresses(run: dict[str, Any]) -> dict[str, Any]:
    """Leave out the addresses of files, which are signed anew each time."""
    return run | {"result": {k: v for k, v in run["result"].items() if "_url" not in k}}
