"""HTTP inside a service's own event loop; health and metrics for those that have no other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from uuid import uuid4

import uvicorn
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from agentkit import metrics
from agentkit.errors import SettingsError

REQUEST_TIMEOUT_S = 10
"""How long the head of a request may take to come."""
LINGER_S = 1.0
HEAD_MAX_BYTES = 64 * 1024
"""How much a request may be besides its body: the parser takes an address of any length."""
STALL_S = 60.0
"""A client that takes nothing for so long is gone; nginx waits as long."""

type Readiness = Callable[[], Awaitable[list[str]]]
"""Returns what is missing right now, as sentences; an empty list means ready."""
type Measure = Callable[[], Awaitable[None]]
"""Brings metrics up to date that are not kept as things happen."""


@asynccontextmanager
async def health_server(readiness: Readiness, host: str, port: int) -> AsyncIterator[int]:
    """Serve `/health/live`, `/health/ready` and `/metrics`; yields the port."""
    async with http_server(Starlette(routes=health_routes(readiness)), host, port) as bound:
        logger.info("health served", port=bound)
        yield bound


async def _nothing() -> None: ...


def health_routes(readiness: Readiness, measure: Measure = _nothing) -> list[Route]:
    async def ready(_: Request) -> Response:
        missing = await readiness()
        body = {"status": "not ready" if missing else "ready", "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    async def told(request: Request) -> Response:
        missing, _ = await asyncio.gather(readiness(), measure())
        metrics.READY.set(not missing)
        return _metrics(exemplars=OPENMETRICS in request.headers.get("accept", ""))

    return [
        Route("/health/live", _live),
        Route("/health/ready", ready),
        Route("/metrics", told),
    ]


@asynccontextmanager
async def http_server(
    app: ASGIApp, host: str, port: int, *, drain_timeout_s: int = 5, stall_s: float = STALL_S
) -> AsyncIterator[int]:
    """Serve an ASGI application in this event loop; yields the port it listens on.

    A client that does not read what it asked for is hung up on after `stall_s`.

    Raises:
        SettingsError: the port is taken.
    """
    config = _Config(
        app,
        host=host,
        port=port,
        http=_Impatient,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=drain_timeout_s,
    )
    config.stall_s = stall_s
    server = _EmbeddedServer(config)
    task = asyncio.create_task(_serve(server, host, port))
    while not server.started and not task.done():  # noqa: ASYNC110 -- uvicorn has a flag only
        await asyncio.sleep(0.01)
    if task.done():
        await task
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def _serve(server: uvicorn.Server, host: str, port: int) -> None:
    try:
        await server.serve()
    except SystemExit as error:
        # uvicorn's answer to a port that it cannot bind
        raise SettingsError(
            f"cannot listen on {host}:{port}, it is taken or not allowed: choose another port"
        ) from error


class _Config(uvicorn.Config):
    stall_s = STALL_S


class _OversizedHeadError(Exception):
    """The head of a request is larger than any that is meant well."""


class _Impatient(HttpToolsProtocol):
    """Closes a connection on which a request is announced and does not come, or nobody reads."""

    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _has_begun = False
    _had_body = False
    _head_bytes = 0
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        went_on, self._had_body = self._has_begun, False
        if not self._is_refused:
            super().data_received(data)
        if went_on and self._has_begun and not self._had_body:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES:
                self._refuse_oversized()
        if self._is_refused:
            return
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._wait_no_more()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._has_begun, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._head_bytes = len(self.url) + sum(len(name) + len(text) for name, text in self.headers)
        if self._head_bytes > HEAD_MAX_BYTES:
            raise _OversizedHeadError  # the parser makes it an error of the request
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._had_body = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._has_begun = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._head_bytes > HEAD_MAX_BYTES:
            self._refuse_oversized()
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, f"{msg.rstrip('.')}: send HTTP/1.1")

    def _refuse_oversized(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"the address and the headers have more than {HEAD_MAX_BYTES} bytes: send less",
        )

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer what is not even a request, and hang up.

        What still comes is read for a moment: who sends to a closed socket is told that, and loses
        the answer.
        """
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        request_id = str(uuid4())
        logger.warning("connection refused", request_id=request_id, status=int(status))
        problem = {"type": "about:blank", "title": status.phrase, "status": status}
        body = json.dumps(problem | {"detail": detail, "request_id": request_id}).encode()
        lines = (
            f"HTTP/1.1 {status} {status.phrase}",
            "content-type: application/problem+json",
            f"content-length: {len(body)}",
            f"x-request-id: {request_id}",
            "connection: close",
        )
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.transport.write_eof()
        self._wait_no_more()
        self._deadline = self.loop.call_later(LINGER_S, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        assert isinstance(self.config, _Config)  # noqa: S101 -- made above
        self._stalled = self.loop.call_later(self.config.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._goes_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._goes_on()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_TIMEOUT_S, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _goes_on(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class _EmbeddedServer(uvicorn.Server):
    """Leaves signals to whoever runs the loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


def _metrics(*, exemplars: bool) -> Response:
    if exemplars:
        page = openmetrics.generate_latest(REGISTRY)  # type: ignore[no-untyped-call]  # has no types
        return Response(page, media_type=openmetrics.CONTENT_TYPE_LATEST)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


OPENMETRICS = "application/openmetrics-text"
"""Who accepts this is told exemplars; the plain format has no place for them."""


def all_ready(checks: Iterable[Readiness]) -> Readiness:
    """Return one check that misses whatever any of `checks` misses."""
    parts = tuple(checks)

    async def check() -> list[str]:
        found = await asyncio.gather(*(part() for part in parts))
        return [sentence for missing in found for sentence in missing]

    return check
