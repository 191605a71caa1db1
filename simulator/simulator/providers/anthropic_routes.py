"""The paths of the Anthropic API."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from simulator.desk import Desk, desk_of
from simulator.providers import anthropic_messages as messages
from simulator.providers.anthropic_stream import begun_usage, events_of
from simulator.providers.counts import of_message
from simulator.reply import Sale, answer, stream
from simulator.wire import digest_of, dumped

router = APIRouter(prefix="/anthropic/v1", tags=["anthropic"])


@router.post("/messages")
async def create_message(request: Request) -> Response:
    desk = desk_of(request)
    exchange = await desk.receive(request, "anthropic")
    asked = messages.read(exchange, desk.settings.seed)
    cache_hit = _is_cached(desk, exchange.body) if asked.cached_tokens else False
    message = messages.message_for(exchange, asked, cache_hit=cache_hit)
    sale = Sale(of_message(message["usage"]), of_message(begun_usage(message)))
    if not exchange.body.get("stream"):
        return answer(exchange, message, sale.usage)
    chars = len(dumped(message["content"]))
    malformed = exchange.has_fault("malformed")
    return stream(exchange, events_of(message, malformed=malformed), chars, sale)


@router.post("/messages/count_tokens")
async def count_tokens(request: Request) -> Response:
    exchange = await desk_of(request).receive(request, "anthropic")
    return answer(exchange, {"input_tokens": messages.count_input(exchange.body)}, None)


def _is_cached(desk: Desk, body: dict[str, object]) -> bool:
    """Say whether this prompt's prefix was sent before; only when it is to be remembered."""
    if not desk.settings.prompt_cache:
        return False
    key = digest_of(body.get("model"), body.get("system"), body.get("tools"))
    known = key in desk.cached_prompts
    desk.cached_prompts.add(key)
    return known
