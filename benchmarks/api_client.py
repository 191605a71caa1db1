"""A client that costs little, so that what is measured is the gateway. Runs in its own process."""

import asyncio
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from urllib.parse import urlsplit

import uvloop
from httptools import HttpResponseParser

TIMEOUT_S = 30.0
MAX_GOOD_STATUS = 299
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway, and what every request to it carries."""

    url: str
    headers: Mapping[str, str]

    def get(self, path: str, more: Mapping[str, str] = NOTHING) -> bytes:
        return self._request("GET", path, more, b"")

    def post(self, path: str, content: object, more: Mapping[str, str] = NOTHING) -> bytes:
        body = json.dumps(content).encode()
        sized = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return self._request("POST", path, {**more, **sized}, body)

    def _request(self, method: str, path: str, more: Mapping[str, str], body: bytes) -> bytes:
        headers = {"Host": urlsplit(self.url).netloc, **self.headers, **more}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body

    async def connect[P: asyncio.BaseProtocol](self, protocol: P) -> P:
        there = urlsplit(self.url)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: protocol, there.hostname, there.port)
        return protocol


class RefusedError(Exception):
    """The gateway had another answer than what was asked for."""


@dataclass(slots=True)
class Answers:
    """How long each answer took, and how long it took to get them all."""

    took_ms: list[float] = field(default_factory=list)
    wall_s: float = 0.0

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(self.took_ms + other.took_ms, self.wall_s + other.wall_s)

    @property
    def rate(self) -> float:
        return len(self.took_ms) / self.wall_s

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.took_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Exchange(asyncio.Protocol):
    """A connection that asks one thing at a time."""

    def __init__(self) -> None:
        self.is_open = True
        self._parser = HttpResponseParser(self)
        self._body = bytearray()

    async def ask(self, request: bytes) -> bytes:
        """Return the body of the answer.

        Raises:
            RefusedError: the gateway does not do it, or not in time.
        """
        asked = request.partition(b"\r\n")[0].decode()
        self._answer = asyncio.get_running_loop().create_future()
        self._body.clear()
        self._transport.write(request)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._answer
        except TimeoutError:
            self._transport.abort()
            raise RefusedError(
                f"{asked} had no answer in {TIMEOUT_S:.0f} s: measure on a machine at rest"
            ) from None
        if (status := self._parser.get_status_code()) > MAX_GOOD_STATUS:
            raise RefusedError(f"{asked} was answered {status}: {self._body.decode()}")
        return bytes(self._body)

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the gateway hung up"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if not self._answer.done():
            self._answer.set_result(None)


class Pool:
    """As many connections as are needed at once."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._idle = list[Exchange]()

    async def ask(self, request: bytes) -> bytes:
        exchange = self._taken() or await self._target.connect(Exchange())
        body = await exchange.ask(request)
        self._idle.append(exchange)
        return body

    def close(self) -> None:
        for exchange in self._idle:
            exchange.close()

    def _taken(self) -> Exchange | None:
        while self._idle:
            if (exchange := self._idle.pop()).is_open:
                return exchange
        return None


def steadily(target: Target, requests: Sequence[bytes], rate: float, seconds: float) -> Answers:
    """Ask at random moments, `rate` times a second, however long the answers take."""
    return uvloop.run(_steadily(target, requests, rate, seconds))


async def _steadily(
    target: Target, requests: Sequence[bytes], rate: float, seconds: float
) -> Answers:
    pool, answers, moments = Pool(target), Answers(), random.Random(1)  # noqa: S311 -- no secret
    began = time.perf_counter()

    async def ask(request: bytes) -> None:
        sent = time.perf_counter()
        await pool.ask(request)
        answers.took_ms.append((time.perf_counter() - sent) * 1000)

    async with asyncio.TaskGroup() as group:
        due = began
        for request in islice(cycle(requests), int(rate * seconds)):
            due += moments.expovariate(rate)
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(ask(request))
    answers.wall_s = time.perf_counter() - began
    pool.close()
    return answers


def pressing(
    target: Target, requests: Sequence[bytes], connections: int, seconds: float
) -> Answers:
    """Ask anew on each of so many connections as soon as there is an answer."""
    return uvloop.run(_pressing(target, iter(cycle(requests)), connections, seconds))


async def _pressing(
    target: Target, requests: Iterator[bytes], connections: int, seconds: float
) -> Answers:
    answers = Answers()
    exchanges = [await target.connect(Exchange()) for _ in range(connections)]
    began = time.perf_counter()

    async def ask(exchange: Exchange) -> None:
        while (sent := time.perf_counter()) - began < seconds:
            await exchange.ask(next(requests))
            answers.took_ms.append((time.perf_counter() - sent) * 1000)
        exchange.close()

    async with asyncio.TaskGroup() as group:
        for exchange in exchanges:
            group.create_task(ask(exchange))
    answers.wall_s = time.perf_counter() - began
    return answers


def walk(target: Target, path: str, pages: int) -> tuple[list[str], list[str]]:
    """Follow `next_cursor` so many times; return the ids of the runs and all cursors, in order."""
    return uvloop.run(_walk(target, path, pages))


async def _walk(target: Target, path: str, pages: int) -> tuple[list[str], list[str]]:
    exchange = await target.connect(Exchange())
    runs, cursors = list[str](), [""]
    for _ in range(pages):
        more = f"&cursor={cursors[-1]}" if cursors[-1] else ""
        page = json.loads(await exchange.ask(target.get(path + more)))
        runs += [run["run_id"] for run in page["items"]]
        if page["next_cursor"] is None:
            break
        cursors.append(_quoted(page["next_cursor"]))
    exchange.close()
    return runs, cursors


def _quoted(cursor: str) -> str:
    return cursor.replace("+", "%2B")
