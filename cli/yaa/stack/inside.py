"""All services in this process and this event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib import import_module

from loguru import logger

from agentkit import tracing
from agentkit.errors import SettingsError
from agentkit.http import Readiness, all_ready
from agentkit.service import Service, load_service, load_settings, service_names
from yaa.errors import UsageError, YaaError

READY_TIMEOUT_S = 30.0
SIMULATOR_MODULE = "simulator.server"
_POLL_S = 0.02

type Start = Callable[[], AbstractAsyncContextManager[Readiness]]


def load_services(*, simulated: bool) -> list[Service]:
    """Import every installed service. Takes seconds; call it in a thread."""
    if simulated:
        import_module(SIMULATOR_MODULE)
    return [load_service(name) for name in service_names()]


@asynccontextmanager
async def running(services: Sequence[Service], *, simulated: bool) -> AsyncIterator[None]:
    """Run all until the block is left. The simulator ends last: others may still ask it."""
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(tracing.exporting())
        except SettingsError as error:
            raise UsageError(str(error)) from error
        if simulated:
            await stack.enter_async_context(hosted({"simulator": _start_simulator}))
        await stack.enter_async_context(hosted({each.name: _start_of(each) for each in services}))
        yield


def _start_of(service: Service) -> Start:
    return lambda: service.start(load_settings(service.settings))


@asynccontextmanager
async def _start_simulator() -> AsyncIterator[Readiness]:
    simulator = import_module(SIMULATOR_MODULE)
    async with simulator.running(simulator.SimulatorSettings()):
        yield all_ready(())


@asynccontextmanager
async def hosted(starts: dict[str, Start]) -> AsyncIterator[None]:
    """Run every service of `starts` until the block is left, then drain them all at once."""
    stop = asyncio.Event()
    hosts = [_Host(name, start) for name, start in starts.items()]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(host.run(stop), name=host.name) for host in hosts]
        try:
            for host in hosts:
                await host.started.wait()
            await _until(all_ready(host.missing for host in hosts))
            yield
        finally:
            stop.set()
            await asyncio.wait(tasks)


class _Host:
    """One service. Its whole life is one task, as task groups inside it demand."""

    def __init__(self, name: str, start: Start) -> None:
        self.name = name
        self.started = asyncio.Event()
        self._start = start
        self._missing: Readiness | None = None

    async def run(self, stop: asyncio.Event) -> None:
        with logger.contextualize(service=self.name):
            try:
                async with self._start() as self._missing:
                    self.started.set()
                    await stop.wait()
            except SettingsError as error:
                raise UsageError(f"{self.name}: {error}") from error

    async def missing(self) -> list[str]:
        if self._missing is None:
            return [f"{self.name} is not started"]
        return [f"{self.name}: {sentence}" for sentence in await self._missing()]


async def _until(readiness: Callable[[], Awaitable[list[str]]]) -> None:
    missing = ["nothing was asked yet"]
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            while missing := await readiness():  # noqa: ASYNC110 -- it has to be asked
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise YaaError(f"the services are not ready: {'; '.join(missing)}") from None
