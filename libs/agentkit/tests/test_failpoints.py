"""A crash test can hold a process at a named place; nobody else is ever held."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit import failpoints
from agentkit.testing import wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    failpoints.use(tmp_path)
    yield tmp_path
    failpoints.use(None)


async def test_an_armed_point_holds_whoever_comes_first_until_it_is_let_go(folder: Path) -> None:
    (folder / "writer.before").touch()

    first = asyncio.create_task(failpoints.reach("writer.before", "run.r1"))
    held = folder / f"writer.before@{os.getpid()}"
    await wait_until(lambda: held.exists() and held.read_text() == "run.r1\n")
    await failpoints.reach("writer.before", "run.r2")

    assert not first.done()
    held.unlink()
    await first


async def test_a_point_that_is_not_armed_holds_nobody(folder: Path) -> None:
    (folder / "writer.before").touch()

    await failpoints.reach("writer.recorded")

    assert (folder / "writer.before").exists()


async def test_without_a_folder_nothing_is_looked_for() -> None:
    failpoints.use(None)

    await failpoints.reach("writer.before")
