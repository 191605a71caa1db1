"""What the API works with."""

from dataclasses import dataclass

from asyncpg import Pool
from nats.aio.client import Client

from agentkit.artifacts import NatsArtifacts
from gateway.live import Hub
from gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Kit:
    """The outside world of one gateway process."""

    settings: GatewaySettings
    connection: Client
    pool: Pool
    hub: Hub
    artifacts: NatsArtifacts
