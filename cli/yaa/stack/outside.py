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
from pathlib import Path

from yaa.embedded.keeper import Keeper
from yaa.embedded.ports import HOST, Ports
from yaa.embedded.records import MARK, Records, end_marked, mark_of
from yaa.embedded.spawn import Command
from yaa.stack.options import Options

GATEWAY = "gateway"
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


def service_process(name: str, options: Options, ports: Ports) -> ServiceProcess:
    port = options.port if name == GATEWAY else ports.of(name)
    return ServiceProcess(name, port, options, module=("yaa.service", name))


@asynccontextmanager
async def supervised(processes: Sequence[ServiceProcess], records: Records) -> AsyncIterator[None]:
    """Keep every process running until the block is left, then drain them all at once."""
    keepers = [Keeper(process, records, stop_timeout_s=STOP_TIMEOUT_S) for process in processes]
    async with asyncio.TaskGroup() as group:
        for keeper in keepers:
            keeper.start(group)
        try:
            for keeper in keepers:
                await keeper.ready.wait()
            yield
        finally:
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
