"""The services that a run goes through, each a process of its own, on a history of any length."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import engine_agent
import history
import history_tables
import psutil
from engine_stack import service

from agentkit.accounts import config_of
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.settings import Settings
from contracts import subjects
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.postgres import Postgres
from yaa.embedded.running import Running

MIB = 1024 * 1024
SERVICES = {
    "orchestrator": ("-m", "orchestrator"),
    "projector": ("-m", "gateway.projector"),
    "agent": (engine_agent.__file__,),
}


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs on one history; `start_s` is how long each service took until it was ready."""

    nats_url: str
    database_url: str
    keys: Path
    processes: Mapping[str, psutil.Process]
    start_s: dict[str, float] = field(default_factory=dict[str, float])

    def cpu_s(self) -> dict[str, float]:
        """Return how much processor time each part took so far."""
        return {name: _cpu_s(process) for name, process in self.processes.items()}

    def rss_mib(self) -> dict[str, float]:
        return {
            name: (process.memory_info().rss - process.memory_info().shared) / MIB
            for name, process in self.processes.items()
        }


@contextmanager
def stack(folder: Path, runs: int) -> Iterator[Stack]:
    """Run everything on a history of so many finished runs, which `folder` keeps."""
    keys = folder / "keys"
    os.environ["YAA_NATS_KEYS_DIR"] = str(keys)
    access = config_of(keys, [engine_agent.NAME])
    nats = Running(NatsServer(folder / "nats", free_port(), access))
    postgres = Running(Postgres(folder / "postgres", free_port()))
    start_s = dict[str, float]()
    with ExitStack() as running:
        for part, server in (("broker", nats), ("database", postgres)):
            began = time.monotonic()
            server.start()
            start_s[part] = time.monotonic() - began
            running.callback(server.stop)
        for package in packages():
            migrate(postgres.server.url, package)
        asyncio.run(_filled(nats.server.url, postgres.server.url, runs))
        started = dict[str, psutil.Process]()
        settings = {
            "YAA_NATS_URL": nats.server.url,
            "YAA_DATABASE_URL": postgres.server.url,
            "YAA_WORKERS": "64",
        }
        for name, argv in SERVICES.items():
            began = time.monotonic()
            process = running.enter_context(service(argv, folder, settings))
            start_s[name] = time.monotonic() - began
            started[name] = psutil.Process(process.pid)
        for name, server in (("broker", nats), ("database", postgres)):
            assert server.process is not None  # noqa: S101 -- it was started above
            started[name] = psutil.Process(server.process.pid)
        yield Stack(nats.server.url, postgres.server.url, keys, started, start_s)


async def _filled(nats_url: str, database_url: str, runs: int) -> None:
    async with connected(Settings(nats_url=nats_url), name=subjects.OPERATOR) as connection:
        await history.fill(connection, runs)
        await history_tables.fill(connection, database_url, runs)


def _cpu_s(process: psutil.Process) -> float:
    """Return the time of a process and of those that it has started, alive or not."""
    times = process.cpu_times()
    taken = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            taken += sum(child.cpu_times()[:2])
    return taken
