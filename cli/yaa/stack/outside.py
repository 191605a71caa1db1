"""Every service in a process of its own, started again when it dies."""

import asyncio
import http.client
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from pathlib import Path

from agentkit.service import service_names
from yaa.embedded.keeper import Keeper
from yaa.embedded.ports import HOST, Ports
from yaa.embedded.records import MARK, Records, end_marked, mark_of
from yaa.embedded.spawn import Command
from yaa.stack.options import GATEWAY, SIMULATOR, Options

STOP_TIMEOUT_S = 25.0
"""Longer than a service takes to drain."""
_PROBE_S = 2.0


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """A service that answers `/health/ready` on `port`."""

    name: str
    port: int
    options: Options
    module: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def home(self) -> Path:
        return self.options.data_dir

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.options.logs / f"{self.name}.log"

    def prepare(self) -> Command:
        """End what a killed predecessor has started, and return what to run."""
        mark = mark_of(self.home, self.name)
        end_marked(mark)
        port = str(self.port)
        return Command(
            argv=(sys.executable, "-m", *self.module, str(self.home)),
            log=self.log,
            orphaned=signal.SIGKILL,  # its work is safe on the log; draining needs a broker
            environment={**os.environ, "YAA_HTTP_PORT": port, "YAA_HEALTH_PORT": port, MARK: mark},
            folder=Path.cwd(),
        )

    def is_ready(self, pid: int) -> bool:  # noqa: ARG002 -- the port is its own
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_PROBE_S)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@asynccontextmanager
async def running(
    options: Options, ports: Ports, records: Records, *, simulated: bool
) -> AsyncIterator[None]:
    """Keep all running until the block is left. The simulator ends last, as inside."""
    services = [_service(name, options, ports) for name in service_names()]
    simulator = [_simulator(options, ports)] if simulated else []
    async with supervised((services, simulator), records):
        yield


def _service(name: str, options: Options, ports: Ports) -> ServiceProcess:
    port = options.port if name == GATEWAY else ports.of(name)
    return ServiceProcess(name, port, options, module=("agentkit", name))


def _simulator(options: Options, ports: Ports) -> ServiceProcess:
    return ServiceProcess(SIMULATOR, ports.of(SIMULATOR), options, module=(SIMULATOR,))


@asynccontextmanager
async def supervised(
    groups: Sequence[Sequence[ServiceProcess]], records: Records
) -> AsyncIterator[None]:
    """Start all at once; when the block is left, drain one group after the other."""
    keepers = [
        [Keeper(process, records, stop_timeout_s=STOP_TIMEOUT_S) for process in group]
        for group in groups
    ]
    async with asyncio.TaskGroup() as tasks:
        for keeper in chain.from_iterable(keepers):
            keeper.start(tasks)
        try:
            for keeper in chain.from_iterable(keepers):
                await keeper.ready.wait()
            yield
        finally:
            for group in keepers:
                await asyncio.gather(*(keeper.stop() for keeper in group))
