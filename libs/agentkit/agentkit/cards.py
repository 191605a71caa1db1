"""The agents that have introduced themselves, by the cards they keep in the broker."""

import asyncio
from collections.abc import Iterable

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from contracts import subjects
from contracts.cards import AgentCard


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
