"""A fresh broker with everything the orchestrator needs."""

from collections.abc import AsyncIterator

import pytest

from agentkit.nats import connected
from agentkit.provision import provision
from orchestrator.service import OrchestratorSettings

from .world import World


@pytest.fixture
async def world(nats_url: str) -> AsyncIterator[World]:
    async with connected(OrchestratorSettings(nats_url=nats_url), name="test") as connection:
        await provision(connection, ["writer"])
        yield World(connection)
