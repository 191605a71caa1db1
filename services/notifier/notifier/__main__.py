"""The notifier as a process: tells people where they are what happens to runs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from loguru import logger

from agentkit import levels
from agentkit.http import Readiness
from agentkit.nats import connected
from agentkit.reader import Reader
from agentkit.service import Service, main
from contracts import subjects
from notifier.notices import Notices
from notifier.people import reachable
from notifier.settings import NotifierSettings
from notifier.teller import Teller
from notifier.trials import trials


@asynccontextmanager
async def start(settings: NotifierSettings) -> AsyncIterator[Readiness]:
    """Tell each target what happens until the block is left, whatever becomes of the others.

    Raises:
        SettingsError: a target is named and nobody said where it is.
    """
    async with (
        reachable(settings) as targets,
        connected(settings, name=subjects.NOTIFIER) as connection,
    ):
        notices = Notices(connection, settings.notify_of, settings.public_url)
        readers = [
            Reader(
                connection,
                stream=subjects.RUNS,
                durable=subjects.notices_to(name),
                handle=Teller(name, target, notices).handle,
                batch=target.batch,
                pause_s=target.pause_s,
                drain_timeout_s=settings.drain_timeout_s,
            )
            for name, target in targets.items()
        ]
        async with reading(readers), trials(connection, targets):
            await levels.obey(connection, subjects.NOTIFIER)

            async def missing() -> list[str]:
                if not connection.is_connected:
                    return ["nats is not reachable"]
                found = await asyncio.gather(*(reader.missing() for reader in readers))
                return [sentence for of_reader in found for sentence in of_reader]

            logger.info("notifier started", targets=list(targets))
            yield missing


@asynccontextmanager
async def reading(readers: Sequence[Reader]) -> AsyncIterator[None]:
    """Read until the block is left; then all finish at once what they have in hand."""
    started = list[Reader]()
    try:
        for reader in readers:
            started.append(await reader.__aenter__())
        yield
    finally:
        stopping = (reader.__aexit__(None, None, None) for reader in started)
        for ended in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(ended, BaseException):
                logger.warning("reader did not stop in order", error=type(ended).__name__)


service = Service("notifier", NotifierSettings, start)

if __name__ == "__main__":
    main(service)
