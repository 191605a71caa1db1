"""One whole system and one Chromium for all tests of the dashboard."""

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from hooks import Hooks, listening
from yaa.stack.under_test import Up, start, stop

from .past import asking_again, failed_run
from .visitor import Visitor

PATIENCE_MS = 15_000
QUIET = ("--mute-audio", "--disable-background-networking", "--disable-component-update")

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def hooks() -> Iterator[Hooks]:
    """Where people are told what happens."""
    with listening() as server:
        yield server


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory, hooks: Hooks) -> Iterator[Up]:
    """Every service in a process of its own, so that one can be killed under a page."""
    told = {"YAA_NOTIFY": "webhook", "YAA_WEBHOOK_URL": f"{hooks.url}/hook"}
    folder = tmp_path_factory.mktemp("up")
    running = start(folder, "--processes", latency_s=0.02, settings=told)
    yield running
    stop(running)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "there is no Chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        await running.close()


@pytest.fixture(scope="session")
def runs(up: Up) -> dict[str, str]:
    """One run that has ended well, one that has failed and one that waits for a person."""
    failed = failed_run(up, "눈은 왜 차가울까")
    completed = up.request("비는 왜 내릴까")
    up.wait_for_end(completed)
    asking = asking_again(up, completed, "구름은 왜 하얄까")
    return {"completed": completed, "failed": failed["run_id"], "asking": asking}


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, up: Up) -> AsyncIterator[Visitor]:
    """Somebody whose pages must not complain about anything."""
    visitor = Visitor(browser, up)
    yield visitor
    await visitor.leaves()
    assert visitor.complaints == []
