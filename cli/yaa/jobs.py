"""What a person has done on the log and the database at once, with how far it is."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from asyncpg import Pool, PostgresError
from loguru import logger
from nats.errors import Error as NatsError
from rich.console import Console

from agentkit.errors import SettingsError
from agentkit.nats import connected
from agentkit.service import run
from agentkit.wire import Connection
from gateway import database
from gateway.projector import Told
from gateway.settings import ProjectorSettings
from yaa.errors import YaaError

CONNECT_S = 10.0

type Job[T] = Callable[[Pool, Connection, Told], Awaitable[T]]


def run_job[T](
    settings: ProjectorSettings, doing: str, job: Job[T], *, name: str
) -> tuple[T, float]:
    """Do a job on both servers, to the broker as `name`.

    Returns:
        What it returns, and how many seconds it took.
    """
    console = Console(stderr=True)
    for talkative in ("agentkit", "gateway"):
        logger.disable(talkative)
    try:
        with console.status(doing) as status:

            def told(done: int, whole: int) -> None:
                status.update(f"{doing}: {done:,} of {whole:,} events")

            began = time.monotonic()
            result = run(_on_servers(settings, job, told, name))
            return result, time.monotonic() - began
    except SettingsError as error:
        raise YaaError(str(error)) from error
    finally:
        for talkative in ("agentkit", "gateway"):
            logger.enable(talkative)


async def _on_servers[T](settings: ProjectorSettings, job: Job[T], told: Told, name: str) -> T:
    try:
        async with _servers(settings, name) as (pool, connection):
            return await job(pool, connection, told)
    except (*database.AWAY, PostgresError, NatsError, TimeoutError) as error:
        why = f"{type(error).__name__}: {error}"
        raise YaaError(
            f"the log or the database went away ({why}): see that both run, then do it again"
        ) from error


@asynccontextmanager
async def _servers(
    settings: ProjectorSettings, name: str
) -> AsyncIterator[tuple[Pool, Connection]]:
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(CONNECT_S):  # nats-py itself would try for ever
                connection = await stack.enter_async_context(connected(settings, name=name))
        except TimeoutError:
            raise YaaError(
                f"the broker at {settings.nats_url} does not answer: start it, "
                "or name another one with YAA_NATS_URL"
            ) from None
        pool = await stack.enter_async_context(database.open_pool(settings, size=2))
        if missing := await database.missing(pool):
            raise YaaError("; ".join(missing))
        yield pool, connection
