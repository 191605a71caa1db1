"""One simulator without latency for all tests, and the providers' own SDKs pointed at it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future

import anthropic
import httpx2
import openai
import pytest

from simulator.server import running
from simulator.settings import SimulatorSettings


class Background:
    """A simulator in a thread of its own, so that it outlives the event loops of tests."""

    def __init__(self) -> None:
        self.url = Future[str]()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve()])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with running(SimulatorSettings(port=0, latency_s=0)) as url:
            self.url.set_result(url)
            await self._stop.wait()


@pytest.fixture(scope="session")
def shared_url() -> Iterator[str]:
    background = Background()
    background.start()
    yield background.url.result(timeout=10)
    background.stop()


@pytest.fixture
async def http(shared_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=shared_url) as client:
        for path in ("faults", "requests"):
            await client.delete(f"/simulator/{path}")
        yield client
        await client.delete("/simulator/faults")


@pytest.fixture
async def claude(shared_url: str) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        api_key="simulated", base_url=f"{shared_url}/anthropic", max_retries=0
    ) as client:
        yield client


@pytest.fixture
async def gpt(shared_url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        api_key="simulated", base_url=f"{shared_url}/openai/v1", max_retries=0
    ) as client:
        yield client
