"""The broker and the database of a backup: those that are named, that run, or that could run."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from nats.errors import Error as NatsError
from pydantic import SecretStr

from agentkit.accounts import config_of
from agentkit.errors import SettingsError
from agentkit.nats import connected
from agentkit.service import agent_names
from agentkit.settings import Settings
from agentkit.wire import Connection
from contracts import subjects
from yaa.embedded.lock import locked
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import Records
from yaa.embedded.running import Running
from yaa.errors import UsageError, YaaError
from yaa.servers import are_named, records_of, server_settings
from yaa.stack.preflight import settings as said_settings

CONNECT_S = 10.0
BUSY = "a backup, or the way back from one"


@contextmanager
def to_save(data_dir: Path) -> Iterator[Settings]:
    """Name the servers to save, at work or not.

    Raises:
        UsageError: there are none.
    """
    if are_named() or "nats" in records_of(data_dir):
        yield server_settings(Settings, data_dir)
        return
    if not (data_dir / "nats").is_dir():
        raise UsageError(
            f"there is nothing in {str(data_dir)!r} to save: choose the folder of a yaa up with "
            "--data-dir, or name other servers with YAA_NATS_URL and YAA_DATABASE_URL"
        )
    with _started(data_dir.resolve()) as settings:
        yield settings


@contextmanager
def to_restore(data_dir: Path) -> Iterator[Settings]:
    """Name the servers to restore into, on which nothing of a `yaa up` works.

    Raises:
        UsageError: yaa runs there.
    """
    if are_named():
        yield server_settings(Settings, data_dir)
        return
    with _started(data_dir.resolve()) as settings:
        yield settings


@asynccontextmanager
async def as_operator(settings: Settings) -> AsyncIterator[Connection]:
    """Be connected as whoever may do everything.

    Raises:
        YaaError: there is no key for that, or the broker does not answer.
    """
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(CONNECT_S):  # nats-py itself would try for ever
                connecting = connected(settings, name=subjects.OPERATOR)
                connection = await stack.enter_async_context(connecting)
        except SettingsError as error:
            raise YaaError(str(error)) from error
        except TimeoutError:
            raise YaaError(
                f"the broker at {settings.nats_url} does not answer: start it, "
                "or name another one with YAA_NATS_URL"
            ) from None
        try:
            yield connection
        except (NatsError, TimeoutError) as error:
            raise YaaError(
                f"the broker at {settings.nats_url} went away ({type(error).__name__}): "
                "see that it runs, then do it again"
            ) from error


@contextmanager
def _started(data_dir: Path) -> Iterator[Settings]:
    """Run both embedded servers, and no service, while the block is done."""
    with locked(data_dir, BUSY):
        Records(data_dir).end_leftovers()
        keys = data_dir / "keys"
        access = config_of(keys, agent_names())
        broker = Running(NatsServer(data_dir / "nats", free_port(), access))
        database = Running(Postgres(data_dir / "postgres", free_port()))
        try:
            broker.start()
            database.start()
            yield said_settings(Settings).model_copy(
                update={
                    "nats_url": broker.server.url,
                    "nats_keys_dir": keys,
                    "database_url": SecretStr(database.server.url),
                }
            )
        finally:
            database.stop()
            broker.stop()
