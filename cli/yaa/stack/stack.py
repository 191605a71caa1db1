"""Start everything in the right order, and stop it in the reverse one."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no types
from loguru import logger

from agentkit import logging
from agentkit.accounts import config_of
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.service import Service, agent_names
from agentkit.settings import NotifySettings
from contracts import subjects
from yaa.embedded.keeper import Keeper
from yaa.embedded.lock import locked
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import Ports
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import Record, Records
from yaa.embedded.spawn import bound
from yaa.errors import YaaError
from yaa.stack import inside, outside
from yaa.stack.admin_key import keep_admin_key
from yaa.stack.options import GATEWAY, SIMULATOR, Options, tell_services
from yaa.stack.preflight import is_simulated, refuse_broken_pipelines, refuse_taken_port, settings

UP = "yaa"
"""Recorded while everything is ready."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What is up. `simulated` says that the simulator stands in for the model providers."""

    options: Options
    simulated: bool
    seconds_to_ready: float


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[Stack]:
    """Start everything, yield when it is ready, and stop everything when the block is left.

    Raises:
        UsageError: it cannot be started as asked.
        YaaError: a part did not start.
    """
    said = settings(NotifySettings)
    simulated = is_simulated(said)
    refuse_broken_pipelines(said.pipelines_dir)
    with locked(options.data_dir, options.url):
        refuse_taken_port(options.port)
        _log_to(options, said.log_level)
        try:
            async with _started(options, simulated=simulated):
                yield Stack(options, simulated, _age_s())
        except BaseExceptionGroup as group:
            raise _cause(group, options) from group


def _age_s() -> float:
    """Return how long this process has been there: what a person has waited."""
    return time.time() - float(psutil.Process().create_time())


@asynccontextmanager
async def _started(options: Options, *, simulated: bool) -> AsyncIterator[None]:
    records, ports = Records(options.data_dir), Ports(options.data_dir / "ports.json")
    await asyncio.to_thread(records.end_leftovers)
    access = config_of(options.keys, agent_names())
    nats = NatsServer(options.data_dir / "nats", ports.of("nats"), access)
    postgres = Postgres(options.data_dir / "postgres", ports.of("postgres"))
    async with _servers(Keeper(nats, records), Keeper(postgres, records)) as (broker, database):
        async with asyncio.TaskGroup() as group:
            loaded = group.create_task(asyncio.to_thread(_load, options, simulated=simulated))
            group.create_task(_provision(broker, nats, options))
            group.create_task(_migrate(database, postgres, options.data_dir))
        tell_services(options, nats, postgres, ports)
        services = (
            outside.running(options, ports, records, simulated=simulated)
            if options.processes
            else _recorded_inside(options, loaded.result(), records, simulated=simulated)
        )
        async with services:
            with _recorded(records, UP, options.url):
                yield


@asynccontextmanager
async def _servers(broker: Keeper, database: Keeper) -> AsyncIterator[tuple[Keeper, Keeper]]:
    """Start both at once. The broker ends last: it is what everything else drains into."""
    async with asyncio.TaskGroup() as group:
        broker.start(group)
        database.start(group)
        try:
            yield broker, database
        finally:
            await database.stop()
            await broker.stop()


def _load(options: Options, *, simulated: bool) -> list[Service]:
    """Import the services while the servers start, unless they have processes of their own."""
    return [] if options.processes else inside.load_services(simulated=simulated)


async def _provision(broker: Keeper, nats: NatsServer, options: Options) -> None:
    await broker.ready.wait()
    said = settings(NotifySettings).model_copy(
        update={"nats_url": nats.url, "nats_keys_dir": options.keys}
    )
    async with connected(said, name=subjects.PROVISION) as connection:
        await provision(connection, agent_names(), notify=said.notify)


async def _migrate(database: Keeper, postgres: Postgres, data_dir: Path) -> None:
    await database.ready.wait()
    for package in packages():
        await asyncio.to_thread(migrate, postgres.url, package)
    await keep_admin_key(data_dir, postgres.url)


@asynccontextmanager
async def _recorded_inside(
    options: Options, services: list[Service], records: Records, *, simulated: bool
) -> AsyncIterator[None]:
    async with inside.running(services, simulated=simulated):
        with ExitStack() as stack:
            stack.enter_context(_recorded(records, GATEWAY, options.url))
            if simulated:
                url = os.environ["YAA_SIMULATOR_URL"]
                stack.enter_context(_recorded(records, SIMULATOR, url))
            yield


@contextmanager
def _recorded(records: Records, name: str, url: str) -> Iterator[None]:
    records.write(Record(name, os.getpid(), url))
    try:
        yield
    finally:
        records.remove(name)


def _log_to(options: Options, level: str) -> None:
    options.logs.mkdir(exist_ok=True)
    log = options.logs / "yaa.log"
    bound(log)
    logging.configure("yaa", level=level, sink=log)


def _cause(group: BaseExceptionGroup[BaseException], options: Options) -> BaseException:
    """Return the first failure that has a sentence for it, or a sentence for the first failure."""
    failures = list(_leaves(group))
    for failure in failures:
        if isinstance(failure, YaaError):
            return failure
    first = failures[0]
    logger.opt(exception=first).error("stack failed")
    return YaaError(f"{type(first).__name__}: {first} (more in {options.logs / 'yaa.log'})")


def _leaves(group: BaseExceptionGroup[BaseException]) -> "list[BaseException]":
    return [
        leaf
        for one in group.exceptions
        for leaf in (_leaves(one) if isinstance(one, BaseExceptionGroup) else [one])
    ]
