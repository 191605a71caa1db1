"""Where every provider request arrives: it is noted down, delayed and, if asked, spoilt."""

import asyncio
import json
from dataclasses import dataclass, field

from fastapi import Request

from simulator.chance import Chance
from simulator.errors import CLIENT_GONE, Provider, ProviderError, bad_request, error_of
from simulator.faults import HEADER, Fault, Faults
from simulator.journal import Entry, Journal
from simulator.ledger import Ledger
from simulator.settings import SimulatorSettings
from simulator.wire import Json, digest_of

_STREAM_FACTOR_MAX = 7
_STREAM_CHARS_PER_FACTOR = 150


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way to an answer. `digest` names it, and everything made for it."""

    provider: Provider
    body: Json
    digest: str
    entry: Entry
    journal: Journal
    ledger: Ledger
    fault: Fault | None
    latency_s: float

    @property
    def chance(self) -> Chance:
        return Chance(self.digest)

    @property
    def headers(self) -> dict[str, str]:
        name = "request-id" if self.provider == "anthropic" else "x-request-id"
        return {name: self.name("req_sim")}

    def has_fault(self, kind: str) -> bool:
        return self.fault is not None and self.fault.kind == kind

    def name(self, prefix: str, number: int = 0) -> str:
        """Return an id: the same one whenever the same is asked."""
        return f"{prefix}_{digest_of(self.digest, prefix, number)[:24]}"

    def stream_s(self, chars: int) -> float:
        """Return how long `chars` characters take to write."""
        if self.fault is not None and self.fault.kind == "drip":
            return self.fault.seconds
        return self.latency_s * min(_STREAM_FACTOR_MAX, chars / _STREAM_CHARS_PER_FACTOR)


@dataclass(slots=True)
class Desk:
    """What the simulator knows while it runs."""

    settings: SimulatorSettings
    faults: Faults
    journal: Journal = field(default_factory=Journal)
    ledger: Ledger = field(default_factory=Ledger)
    cached_prompts: set[str] = field(default_factory=set[str])

    async def receive(self, request: Request, provider: Provider) -> Exchange:
        """Return the request as an exchange, after the latency it is due.

        Raises:
            ProviderError: the body is no JSON object, or the request meets an error on demand.
        """
        path = request.url.path
        body = _json_of(await request.body(), provider)
        digest = digest_of(self.settings.seed, path, body)
        request.state.request_id = f"req_sim_{digest_of(digest, 'req_sim', 0)[:24]}"
        fault = self._fault(request, body, provider)
        entry = self.journal.open(
            path,
            _model_of(body),
            digest,
            stream=body.get("stream") is True,
            fault=fault.kind if fault else None,
            traceparent=request.headers.get("traceparent", ""),
            tracestate=request.headers.get("tracestate", ""),
        )
        request.state.entry = entry
        exchange = Exchange(
            provider,
            body,
            digest,
            entry,
            self.journal,
            self.ledger,
            fault,
            self.settings.latency_s,
        )
        await self._delay(exchange)
        if await request.is_disconnected():
            request.state.entry = None
            self._abandon(exchange)
        return exchange

    async def _delay(self, exchange: Exchange) -> None:
        fault = exchange.fault
        if fault is not None:
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
            if (error := error_of(fault, exchange.provider)) is not None:
                raise error
        await asyncio.sleep(self.settings.latency_s)

    def _abandon(self, exchange: Exchange) -> None:
        """Make nothing for somebody who has hung up; note that it was begun.

        Raises:
            ProviderError: always; nobody hears it.
        """
        entry = exchange.entry
        self.journal.close(entry, "abandoned")
        self.ledger.break_off(exchange.provider, entry.model, told={}, used={})
        raise ProviderError(exchange.provider, CLIENT_GONE, "abandoned", "nobody waits any more")

    def _fault(self, request: Request, body: Json, provider: Provider) -> Fault | None:
        if (asked := request.headers.get(HEADER)) is not None:
            try:
                return Fault.parse(asked)
            except ValueError as error:
                raise bad_request(provider, str(error)) from error
        text = json.dumps(body, ensure_ascii=False) if self.faults.rules else ""
        return self.faults.take(request.url.path, _model_of(body), text)


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that got `request`."""
    desk: Desk = request.app.state.desk
    return desk


def _json_of(raw: bytes, provider: Provider) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        raise bad_request(provider, "the request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise bad_request(provider, "the request body is not a JSON object")
    return body


def _model_of(body: Json) -> str:
    model = body.get("model")
    return model if isinstance(model, str) else ""
