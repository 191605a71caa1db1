"""Sending an answer: whole, streamed at a speaking pace, or cut off in the middle."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from simulator.desk import Exchange
from simulator.journal import Status
from simulator.wire import Json

OK = 200
_SHORTEST_PAUSE_S = 0.005


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


def answer(exchange: Exchange, body: Json) -> Response:
    return file_answer(exchange, bytes(JSONResponse(body).body), "application/json")


def file_answer(exchange: Exchange, content: bytes, media_type: str) -> Response:
    cut = exchange.has_fault("cut")
    exchange.journal.close(exchange.entry, "cut" if cut else OK)
    kind = CutResponse if cut else Response
    return kind(content, media_type=media_type, headers=exchange.headers)


def stream(exchange: Exchange, events: Iterable[bytes], chars: int) -> Response:
    """Send server-sent events that hold `chars` characters of text."""
    return _EventStream(exchange, _paced(exchange, list(events), exchange.stream_s(chars)))


async def _paced(
    exchange: Exchange, events: Sequence[bytes], duration_s: float
) -> AsyncIterator[bytes]:
    """Yield events spread over `duration_s`, and note down how far it came."""
    now = asyncio.get_running_loop().time
    started, cut = now(), exchange.has_fault("cut")
    status: Status = "abandoned"
    try:
        for number, event in enumerate(events[: len(events) // 2] if cut else events, start=1):
            yield event
            early_s = started + duration_s * number / len(events) - now()
            if early_s >= _SHORTEST_PAUSE_S:
                await asyncio.sleep(early_s)
        status = "cut" if cut else OK
    finally:
        exchange.journal.close(exchange.entry, status)
