"""A broker, a database with many runs and one with few, and a gateway on each, as in production."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import api_tables
import psutil
import psycopg
from api_client import Target
from psycopg.sql import SQL, Identifier

from agentkit.accounts import config_of
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.service import agent_names, agents
from agentkit.settings import Settings
from contracts import subjects
from yaa.address import key_file
from yaa.client import KEY_HEADER
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.postgres import Postgres
from yaa.embedded.running import Running
from yaa.stack.admin_key import keep_admin_key

FEW = 1000
READY_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
UNLIMITED = 1_000_000_000
"""So many requests a minute no key is ever refused."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway process that serves; `target` says what every request to it carries."""

    target: Target
    process: psutil.Process

    def cpu_s(self) -> float:
        """Return how much processor time it took so far."""
        times = self.process.cpu_times()
        return times.user + times.system


@dataclass(frozen=True, slots=True)
class Servers:
    few: Gateway
    many: Gateway
    nats_url: str


@contextmanager
def servers(home: Path, runs: int) -> Iterator[Servers]:
    """Run everything; the database stays in `home` and is not filled again when it is there."""
    with (
        _running(Running(Postgres(home / "postgres", free_port()))) as postgres,
        tempfile.TemporaryDirectory(prefix="yaa-bench-nats-") as log,
        _running(_broker(Path(log))) as nats,
    ):
        asyncio.run(_prepare(nats.url))
        few, many = (_filled(postgres, number) for number in (FEW, runs))
        with _gateway(nats.url, few, home) as of_few, _gateway(nats.url, many, home) as of_many:
            yield Servers(of_few, of_many, nats.url)


def _broker(folder: Path) -> Running[NatsServer]:
    keys = folder / "keys"
    os.environ["YAA_NATS_KEYS_DIR"] = str(keys)
    return Running(NatsServer(folder, free_port(), config_of(keys, agent_names())))


@contextmanager
def _running[S: (Postgres, NatsServer)](running: Running[S]) -> Iterator[S]:
    running.start()
    try:
        yield running.server
    finally:
        running.stop()


async def _prepare(nats_url: str) -> None:
    """Provision the broker, and introduce the agents as they would do it themselves."""
    settings = Settings(nats_url=nats_url)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        await provision(connection, agent_names())
        bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
        for agent in agents():
            card = agent.card(settings.models, simulated=True)
            await bucket.put(card.agent, card.model_dump_json().encode())


def _filled(postgres: Postgres, runs: int) -> str:
    """Return the address of a database with that many runs."""
    name, began = f"runs_{runs}", time.monotonic()
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = postgres.url_of(name)
    for package in packages():
        migrate(url, package)
    asyncio.run(api_tables.load(url, runs))
    print(f"{runs:,} runs are there after {time.monotonic() - began:.0f} s", flush=True)
    return url


@contextmanager
def _gateway(nats_url: str, database_url: str, home: Path) -> Iterator[Gateway]:
    """Run `python -m gateway` as a container does."""
    port, key = free_port(), asyncio.run(_key(home, database_url))
    told = {"YAA_NATS_URL": nats_url, "YAA_DATABASE_URL": database_url, "YAA_HTTP_PORT": str(port)}
    told |= {"YAA_REQUESTS_PER_MINUTE": str(UNLIMITED)}
    with (home / "gateway.log").open("ab") as log:
        argv, environment = [sys.executable, "-m", "gateway"], {**os.environ, **told}
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)  # noqa: S603 -- our own command
    try:
        url = f"http://127.0.0.1:{port}"
        _until_ready(process, url)
        yield Gateway(Target(url, headers=key), psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


async def _key(home: Path, database_url: str) -> dict[str, str]:
    """Return the header that opens the gateway on this database."""
    folder = home / "keys" / database_url.rpartition("/")[2]
    folder.mkdir(parents=True, exist_ok=True)
    await keep_admin_key(folder, database_url)
    return {KEY_HEADER: key_file(folder).read_text().strip()}


def _until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/health/ready", timeout=2):  # noqa: S310 -- our own address
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the gateway did not get ready: see gateway.log beside the data")
