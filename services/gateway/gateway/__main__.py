"""The gateway as a process, or as one of several services in `yaa up`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from loguru import logger

from agentkit import levels
from agentkit.http import Readiness, all_ready, http_server
from agentkit.nats import connected
from agentkit.service import Service, main
from contracts import subjects
from gateway import database
from gateway.api.app import create_app
from gateway.appending import Appending
from gateway.keyring import Keyring
from gateway.kit import Kit
from gateway.live import Hub
from gateway.scheduler import scheduling
from gateway.settings import GatewaySettings


@asynccontextmanager
async def start(settings: GatewaySettings) -> AsyncIterator[Readiness]:
    """Serve the API until the block is left; browsers that watch are let go first."""
    async with (
        connected(settings, name=subjects.GATEWAY) as connection,
        database.open_pool(
            settings, size=settings.database_connections, holds_s=database.WAIT_S
        ) as pool,
        Hub(connection, queue=settings.watcher_queue) as hub,
        Keyring(pool) as keyring,
    ):
        await levels.obey(connection, subjects.GATEWAY)
        kit = Kit.of(settings, connection, pool, hub, keyring)
        async with kit.signer, scheduling(kit) as schedules:
            missing = all_ready(
                (
                    schedules,
                    Appending(connection).missing,
                    partial(_unfollowed, hub),
                    partial(database.missing, pool),
                )
            )
            app = create_app(kit, missing)
            async with http_server(
                app, settings.http_host, settings.http_port, stall_s=settings.stall_s
            ) as port:
                logger.info("gateway started", port=port)
                try:
                    yield missing
                finally:
                    hub.close()


async def _unfollowed(hub: Hub) -> list[str]:
    return hub.missing()


service = Service("gateway", GatewaySettings, start, has_http=True)

if __name__ == "__main__":
    main(service)
