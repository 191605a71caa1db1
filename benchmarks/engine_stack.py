"""A broker, orchestrators and agents, each a process of its own as in production."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import engine_agent
import psutil
import psycopg

from agentkit.accounts import config_of
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings
from contracts import subjects
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import HOST, free_port
from yaa.embedded.postgres import Postgres
from yaa.embedded.running import Running

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
MIB = 1024 * 1024
DEFAULT_SYNC, ALWAYS = "2m", "always"
ORCHESTRATOR, AGENT = ("-m", "orchestrator"), (engine_agent.__file__,)
READERS = [("-m", "gateway.projector"), ("-m", "usage")]


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs, and what it takes."""

    nats_url: str
    processes: tuple[psutil.Process, ...]

    def cpu_s(self) -> float:
        """Return how much processor time all of it took so far."""
        times = [process.cpu_times() for process in self._all()]
        return sum(each.user + each.system for each in times)

    def rss_mib(self) -> float:
        return sum(process.memory_info().rss for process in self._all()) / MIB

    def _all(self) -> Iterator[psutil.Process]:
        """Yield each process and those that it has started: PostgreSQL has many."""
        for process in self.processes:
            yield process
            yield from process.children(recursive=True)


@contextmanager
def broker(folder: Path, *, sync: str, monitor: int | None = None) -> Iterator[Running[NatsServer]]:
    """Run a broker that is provisioned; `sync` is how often it makes sure that all is on disk.

    What it counts is told at the port `monitor`.
    """
    keys = folder / "keys"
    os.environ["YAA_NATS_KEYS_DIR"] = str(keys)
    os.environ["YAA_NATS_GROUP_COMMIT"] = str(sync == ALWAYS)
    access = config_of(keys, [engine_agent.NAME])
    if monitor is not None:
        access += f'http: "{HOST}:{monitor}"\n'
    running = Running(NatsServer(folder / "nats", free_port(), access, sync=sync))
    running.start()
    try:
        asyncio.run(_provision(running.server.url))
        yield running
    finally:
        running.stop()


@contextmanager
def engine(
    folder: Path, *, sync: str, replicas: int, read: bool = False, monitor: int | None = None
) -> Iterator[Engine]:
    """Run orchestrators and agents; with `read` the projector and the usage service beside them."""
    with broker(folder, sync=sync, monitor=monitor) as nats, ExitStack() as stack:
        servers = [nats.process]
        modules = [module for module in (ORCHESTRATOR, AGENT) for _ in range(replicas)]
        if read:
            postgres = stack.enter_context(database(folder))
            servers.append(postgres.process)
            modules += READERS
        services = [
            stack.enter_context(service(module, folder, told(nats.server.url)))
            for module in modules
        ]
        started = [each for each in (*servers, *services) if each is not None]
        yield Engine(nats.server.url, tuple(psutil.Process(each.pid) for each in started))


@contextmanager
def database(folder: Path) -> Iterator[Running[Postgres]]:
    running = Running(Postgres(folder / "postgres", free_port()))
    running.start()
    try:
        with psycopg.connect(running.server.url, autocommit=True) as session:
            session.execute("CREATE DATABASE bench")
        url = running.server.url_of("bench")
        for package in packages():
            migrate(url, package)
        os.environ["YAA_DATABASE_URL"] = url
        yield running
    finally:
        running.stop()


async def _provision(nats_url: str) -> None:
    settings = Settings(nats_url=nats_url)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        await provision(connection, [engine_agent.NAME])


def told(nats_url: str) -> dict[str, str]:
    """Return the settings of every service."""
    return {"YAA_NATS_URL": nats_url, "YAA_WORKERS": "500", "YAA_LOG_LEVEL": "WARNING"}


@contextmanager
def service(
    module: Sequence[str], folder: Path, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service as a process of its own, from when it is ready on; `folder` gets its log."""
    port = free_port()
    environment = {**os.environ, **settings, "YAA_HEALTH_PORT": str(port)}
    with (folder / f"{Path(module[-1]).stem}.log").open("ab") as log:
        argv = [sys.executable, *module]
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)  # noqa: S603 -- our own command
    try:
        _until_ready(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def _until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"http://{HOST}:{port}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{process.args} did not get ready: see its log")
