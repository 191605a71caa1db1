"""Live events over core NATS: sent and forgotten."""

from contextlib import suppress

from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts import subjects
from contracts.live import LiveEvent


class NatsLiveFeed:
    def __init__(self, connection: Client) -> None:
        self._connection = connection

    async def send(self, event: LiveEvent) -> None:
        """Tell whoever watches; a broker that is away right now loses nothing of worth."""
        with suppress(NatsError):
            await self._connection.publish(
                subjects.live(event.run_id, event.step), event.model_dump_json().encode()
            )
