"""What the API works with."""

from dataclasses import dataclass, field
from typing import Self

from asyncpg import Pool
from nats.aio.client import Client

from agentkit.artifacts import NatsArtifacts
from agentkit.cards import KnownCards
from gateway.channels import KnownChannels
from gateway.keyring import Keyring
from gateway.live import Hub
from gateway.pipelines import Pipelines
from gateway.rate import RateLimit
from gateway.settings import GatewaySettings
from gateway.signing import Signer


@dataclass(frozen=True, slots=True)
class Kit:
    """The outside world of one gateway process."""

    settings: GatewaySettings
    connection: Client
    pool: Pool
    hub: Hub
    artifacts: NatsArtifacts
    keyring: Keyring
    signer: Signer
    rate_limit: RateLimit
    channels: KnownChannels = field(default_factory=KnownChannels)
    pipelines: Pipelines = field(default_factory=Pipelines)
    cards: KnownCards = field(default_factory=KnownCards)

    @classmethod
    def of(
        cls, settings: GatewaySettings, connection: Client, pool: Pool, hub: Hub, keyring: Keyring
    ) -> Self:
        return cls(
            settings=settings,
            connection=connection,
            pool=pool,
            hub=hub,
            artifacts=NatsArtifacts(connection),
            keyring=keyring,
            signer=Signer(pool),
            rate_limit=RateLimit(settings.requests_per_minute),
        )
