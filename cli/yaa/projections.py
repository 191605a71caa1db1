"""`yaa projections`: make the projection anew, or hold it against the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from asyncpg import Pool
from loguru import logger
from nats.errors import Error as NatsError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentkit.errors import SettingsError
from agentkit.nats import connected
from agentkit.service import run
from agentkit.wire import Connection
from contracts import subjects
from gateway import database
from gateway.projector import Projector, Told
from gateway.settings import ProjectorSettings
from gateway.verify import TableCheck, Verification
from gateway.verify import verify as verify_projection
from yaa.errors import YaaError
from yaa.servers import server_settings

EQUAL, DIFFERENT = 0, 1
CHECKSUM_DIGITS = 16
CONNECT_S = 10.0

type Job[T] = Callable[[Pool, Connection, Told], Awaitable[T]]


def rebuild(data_dir: Path) -> None:
    settings = server_settings(ProjectorSettings, data_dir)

    async def job(pool: Pool, connection: Connection, told: Told) -> int:
        projector = Projector(pool, connection, batch=settings.projector_batch)
        return await projector.rebuild(told)

    events, seconds = _run(settings, "reading the log", job)
    rate = events / seconds if seconds else 0
    Console().print(
        f"projection rebuilt from {events:,} events in {seconds:.1f} s, {rate:,.0f} a second"
    )


def verify(data_dir: Path) -> int:
    settings = server_settings(ProjectorSettings, data_dir)
    found, _ = _run(settings, "holding the tables against the log", verify_projection)
    console = Console()
    console.print(_table_of(found))
    if found.left_out:
        console.print(f"{found.left_out} events were left out: gateway.left_out names them")
    if found.is_equal:
        console.print(f"equal to the log up to event {found.last_seq:,}")
        return EQUAL
    console.print("the projection differs from the log: make it anew with yaa projections rebuild")
    return DIFFERENT


def _table_of(found: Verification) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left", "left"):
        table.add_column(justify=justify)
    for each in found.tables.values():
        table.add_row(
            each.name, f"{each.rows:,}", f"{each.checksum:0{CHECKSUM_DIGITS}x}", _told(each)
        )
    return table


def _told(table: TableCheck) -> Text:
    if not table.difference:
        return Text("OK", style="green")
    return Text(f"differs: {table.difference}", style="red")


def _run[T](settings: ProjectorSettings, doing: str, job: Job[T]) -> tuple[T, float]:
    """Do the job on both servers; return what it returns and how many seconds it took."""
    console = Console(stderr=True)
    for talkative in ("agentkit", "gateway"):
        logger.disable(talkative)
    try:
        with console.status(doing) as status:

            def told(done: int, whole: int) -> None:
                status.update(f"{doing}: {done:,} of {whole:,} events")

            began = time.monotonic()
            result = run(_on_servers(settings, job, told))
            return result, time.monotonic() - began
    except SettingsError as error:
        raise YaaError(str(error)) from error
    finally:
        for talkative in ("agentkit", "gateway"):
            logger.enable(talkative)


async def _on_servers[T](settings: ProjectorSettings, job: Job[T], told: Told) -> T:
    try:
        async with _servers(settings) as (pool, connection):
            return await job(pool, connection, told)
    except (*database.AWAY, NatsError, TimeoutError) as error:
        why = f"{type(error).__name__}: {error}"
        raise YaaError(
            f"the log or the database went away ({why}): see that both run, then do it again"
        ) from error


@asynccontextmanager
async def _servers(settings: ProjectorSettings) -> AsyncIterator[tuple[Pool, Connection]]:
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(CONNECT_S):  # nats-py itself would try for ever
                connection = await stack.enter_async_context(
                    connected(settings, name=subjects.PROJECTIONS)
                )
        except TimeoutError:
            raise YaaError(
                f"the broker at {settings.nats_url} does not answer: start it, "
                "or name another one with YAA_NATS_URL"
            ) from None
        pool = await stack.enter_async_context(database.open_pool(settings, size=2))
        if missing := await database.missing(pool):
            raise YaaError("; ".join(missing))
        yield pool, connection
