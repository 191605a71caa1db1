"""Tell over NATS what calls would cost before anyone pays for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import AwareDatetime, ValidationError

from contracts import subjects
from contracts.cards import ExpectedCall, Quote, QuoteRequest
from usage.prices import PriceTable


@asynccontextmanager
async def answer_quotes(connection: Client, prices: PriceTable) -> AsyncIterator[None]:
    """Answer quotes until the block is left; replicas share the requests."""

    async def answer(message: Msg) -> None:
        await message.respond(reply_to(message.data, prices, datetime.now(UTC)))

    subscription = await connection.subscribe(subjects.QUOTES, queue=subjects.USAGE, cb=answer)
    await connection.flush()
    try:
        yield
    finally:
        with suppress(NatsError):
            await subscription.unsubscribe()


def reply_to(payload: bytes, prices: PriceTable, at: AwareDatetime) -> bytes:
    """Return the quote as JSON; to what is no request, one without prices."""
    try:
        request = QuoteRequest.model_validate_json(payload)
    except ValidationError:
        logger.warning("quote request cannot be read")
        request = QuoteRequest(calls=())
    return quote(request, prices, at).model_dump_json().encode()


def quote(request: QuoteRequest, prices: PriceTable, at: AwareDatetime) -> Quote:
    costs = tuple(_cost_of(expected, prices, at) for expected in request.calls)
    return Quote(costs_usd_micro=costs)


def _cost_of(expected: ExpectedCall, prices: PriceTable, at: AwareDatetime) -> int | None:
    """Return the cost of all `count` calls together."""
    price = prices.price(expected.provider, expected.model, expected.usage, at)
    return None if price is None else price.cost_usd_micro * expected.count
