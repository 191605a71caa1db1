"""A provisioned broker of the test's own."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["writer"])
        yield connection
