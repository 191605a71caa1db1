"""The notifier as a process: tells people where they are what happens to runs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

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
    async with AsyncExitStack() as stack:
        targets = await stack.enter_async_context(reachable(settings))
        connection = await stack.enter_async_context(connected(settings, name=subjects.NOTIFIER))
        notices = Notices(connection, settings.notify_of, settings.public_url)
        readers = [
            await stack.enter_async_context(
                Reader(
                    connection,
                    stream=subjects.RUNS,
                    durable=subjects.notices_to(name),
                    handle=Teller(name, target, notices).handle,
                    batch=target.batch,
                    pause_s=target.pause_s,
                )
            )
            for name, target in targets.items()
        ]
        await stack.enter_async_context(trials(connection, targets))
        await levels.obey(connection, subjects.NOTIFIER)

        async def missing() -> list[str]:
            if not connection.is_connected:
                return ["nats is not reachable"]
            return [sentence for reader in readers for sentence in await reader.missing()]

        logger.info("notifier started", targets=list(targets))
        yield missing


service = Service("notifier", NotifierSettings, start)

if __name__ == "__main__":
    main(service)
