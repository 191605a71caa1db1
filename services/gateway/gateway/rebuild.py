"""Build the projection anew from the log: `python -m gateway.rebuild`. Channels stay."""

import asyncio

from agentkit import logging
from agentkit.nats import connected
from agentkit.service import load_settings
from gateway import database
from gateway.projector import Projector
from gateway.settings import ProjectorSettings


async def rebuild(settings: ProjectorSettings) -> None:
    async with (
        connected(settings, name="rebuild") as connection,
        database.open_pool(settings, size=2) as pool,
    ):
        await Projector(pool, connection, batch=settings.projector_batch).rebuild()


if __name__ == "__main__":
    logging.configure("rebuild")
    asyncio.run(rebuild(load_settings(ProjectorSettings)))
