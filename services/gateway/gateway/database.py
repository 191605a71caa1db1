"""PostgreSQL as the gateway reaches it: it may come late, go away, and come back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from asyncpg import Pool

from agentkit.settings import Settings

TIMEOUT_S = 10
READY_TIMEOUT_S = 2

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # it died in the middle of a statement being prepared
)
"""What a statement raises while PostgreSQL is gone, starting or stopping."""


@asynccontextmanager
async def open_pool(
    settings: Settings, *, size: int, idle_s: float | None = None
) -> AsyncIterator[Pool]:
    """Open a pool that connects when it is first used.

    Plans are made for the values at hand, so that one statement serves every set of filters. A
    transaction in which nothing happens for `idle_s` is rolled back: whoever stands still holds
    no lock for ever.
    """
    idle = {} if idle_s is None else {"idle_in_transaction_session_timeout": f"{idle_s:.0f}s"}
    async with asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=0,
        max_size=size,
        timeout=TIMEOUT_S,
        command_timeout=TIMEOUT_S,
        server_settings={
            "application_name": "yaa",
            "plan_cache_mode": "force_custom_plan",
            **idle,
        },
    ) as pool:
        yield pool


async def missing(pool: Pool) -> list[str]:
    """Return what keeps the database from being used, as sentences."""
    try:
        async with pool.acquire(timeout=READY_TIMEOUT_S) as session:
            await session.execute("SELECT 1 FROM gateway.checkpoint", timeout=READY_TIMEOUT_S)
    except asyncpg.UndefinedTableError:
        return ["the database has no tables of the gateway: run python -m agentkit.migrate"]
    except AWAY as error:
        return [f"postgresql does not answer ({type(error).__name__})"]
    return []
