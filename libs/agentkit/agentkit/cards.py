"""The agents that have introduced themselves, by the cards they keep in the broker."""

import asyncio
import time
from collections.abc import Collection, Iterable

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from contracts import subjects
from contracts.cards import AgentCard

KEPT_S = 1.0


class KnownCards:
    """The cards of agents as they were a second ago at most; one that is missing is asked for."""

    def __init__(self) -> None:
        self._known = dict[str, AgentCard]()
        self._since = -KEPT_S
        self._asking = asyncio.Lock()

    async def of(self, connection: Client, agents: Collection[str]) -> dict[str, AgentCard]:
        """Return the cards of those agents that have introduced themselves, by their names."""
        if not self._has(agents):
            async with self._asking:
                if not self._has(agents):
                    await self.anew(connection, agents)
        return self._known

    async def anew(self, connection: Client, agents: Collection[str]) -> dict[str, AgentCard]:
        """Return them, and perhaps others, as they are now."""
        now = time.monotonic()
        self._known = await cards_of(connection, {*agents, *self._known})
        self._since = now
        return self._known

    def _has(self, agents: Collection[str]) -> bool:
        is_recent = time.monotonic() - self._since < KEPT_S
        return is_recent and self._known.keys() >= set(agents)


async def cards_of(connection: Client, agents: Iterable[str]) -> dict[str, AgentCard]:
    """Return the cards of those agents that have introduced themselves, by their names."""
    bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    cards = await asyncio.gather(*(_card(bucket, agent) for agent in agents))
    return {card.agent: card for card in cards if card is not None}


async def names(connection: Client) -> list[str]:
    """Return the names of all agents that have introduced themselves."""
    cards = await connection.jetstream().stream_info(
        f"KV_{subjects.AGENTS_BUCKET}", subjects_filter=subjects.card_of("*")
    )
    return sorted(card.rpartition(".")[2] for card in cards.state.subjects or {})


async def _card(bucket: KeyValue, agent: str) -> AgentCard | None:
    try:
        entry = await bucket.get(agent)
        return AgentCard.model_validate_json(entry.value or b"")
    except (KeyNotFoundError, ValidationError):
        return None
