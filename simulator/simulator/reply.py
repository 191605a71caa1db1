"""Sending an answer: whole, streamed at a speaking pace, or cut off in the middle."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from simulator.desk import Exchange
from simulator.journal import Status
from simulator.ledger import Counts
from simulator.wire import Json

OK = 200
_OUTPUTS = ("output", "output_image", "output_audio")
_SHORTEST_PAUSE_S = 0.005


@dataclass(frozen=True, slots=True)
class Sale:
    """What an answer uses: `begun` is what the first event of a stream says of it."""

    usage: Counts
    begun: Counts = field(default_factory=dict[str, int])

    def used(self, share: float) -> Counts:
        """Return what is used when only a share of the output was made."""
        return {
            name: round(count * share) if name in _OUTPUTS else count
            for name, count in self.usage.items()
        }


class CutResponse(Response):
    """Announces a whole body, sends half of it and hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        half = bytes(self.body)[: len(self.body) // 2]
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        await send({"type": "http.response.body", "body": half, "more_body": True})


class _EventStream(StreamingResponse):
    """Server-sent events; `cut` hangs up where the last event would end the answer."""

    def __init__(self, exchange: Exchange, events: AsyncIterator[bytes]) -> None:
        super().__init__(events, media_type="text/event-stream", headers=exchange.headers)
        self.exchange = exchange

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": OK, "headers": self.raw_headers})
        async for event in self.body_iterator:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        if not self.exchange.has_fault("cut"):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def answer(exchange: Exchange, body: Json, usage: Counts | None) -> Response:
    """Send JSON; `usage` is None when the answer costs nothing."""
    return file_answer(exchange, bytes(JSONResponse(body).body), "application/json", usage)


def file_answer(
    exchange: Exchange, content: bytes, media_type: str, usage: Counts | None
) -> Response:
    cut = exchange.has_fault("cut")
    exchange.journal.close(exchange.entry, "cut" if cut else OK)
    if usage is not None:
        _note(exchange, Sale(usage), 1, sent=0 if cut else 1)
    kind = CutResponse if cut else Response
    return kind(content, media_type=media_type, headers=exchange.headers)


def stream(exchange: Exchange, events: Iterable[bytes], chars: int, sale: Sale) -> Response:
    """Send server-sent events that hold `chars` characters of text.

    The last event but one says what was used.
    """
    paced = _paced(exchange, list(events), exchange.stream_s(chars), sale)
    return _EventStream(exchange, paced)


async def _paced(
    exchange: Exchange, events: Sequence[bytes], duration_s: float, sale: Sale
) -> AsyncIterator[bytes]:
    """Yield events spread over `duration_s`, and note down how far it came."""
    now = asyncio.get_running_loop().time
    started, cut = now(), exchange.has_fault("cut")
    status: Status = "abandoned"
    sent = 0
    try:
        # a client that hung up while it waited is noticed here, before anything is told to nobody
        await asyncio.sleep(0)
        for number, event in enumerate(events[: len(events) // 2] if cut else events, start=1):
            yield event
            sent = number
            early_s = started + duration_s * number / len(events) - now()
            if early_s >= _SHORTEST_PAUSE_S:
                await asyncio.sleep(early_s)
        status = "cut" if cut else OK
    finally:
        exchange.journal.close(exchange.entry, status)
        _note(exchange, sale, len(events), sent=sent)


def _note(exchange: Exchange, sale: Sale, events: int, *, sent: int) -> None:
    """Write down what was sold, or how far an answer came that broke off."""
    provider, model = exchange.provider, exchange.entry.model
    if sent == events:
        exchange.ledger.sell(provider, model, sale.usage)
        return
    told = sale.usage if sent and sent == events - 1 else sale.begun if sent else {}
    exchange.ledger.break_off(provider, model, told=told, used=sale.used(sent / events))
