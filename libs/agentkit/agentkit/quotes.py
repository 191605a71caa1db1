"""What steps are expected to use and cost: the agents say the one, the usage service the other."""

from collections.abc import Sequence

from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from agentkit.cards import cards_of
from contracts import subjects
from contracts.cards import AgentCard, ExpectedCall, Quote, QuoteRequest

QUOTE_TIMEOUT_S = 2


def calls_of(card: AgentCard | None, task: str) -> Sequence[ExpectedCall]:
    """Return the calls that a task is expected to make; none of an agent that is not known."""
    tasks = () if card is None else card.tasks
    return next((each.calls for each in tasks if each.task == task), ())


async def quote(connection: Client, calls: Sequence[ExpectedCall]) -> Sequence[int | None] | None:
    """Return one price a call in micro-USD; None when nobody answers."""
    if not calls:
        return []
    request = QuoteRequest(calls=tuple(calls)).model_dump_json().encode()
    try:
        answer = await connection.request(subjects.QUOTES, request, timeout=QUOTE_TIMEOUT_S)
        prices = Quote.model_validate_json(answer.data).costs_usd_micro
    except (NatsError, TimeoutError, ValidationError):
        return None
    return prices if len(prices) == len(calls) else None


async def expected_cost(connection: Client, agent: str, task: str) -> int | None:
    """Return what a task is expected to cost in micro-USD; None when a part is not known."""
    card = (await cards_of(connection, [agent])).get(agent)
    prices = None if card is None else await quote(connection, calls_of(card, task))
    if prices is None or None in prices:
        return None
    return sum(price for price in prices if price is not None)
