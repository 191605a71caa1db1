"""Around every request: its id, its line in the log, its place in the metrics, its last error."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from anyio import BrokenResourceError
from loguru import logger
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentkit import metrics, tracing
from gateway.api import problems
from gateway.api.injected import is_run_id
from gateway.api.request_id import HEADER, accepted, request_id

UNMATCHED = "unmatched"
QUIET = ("/health/", "/metrics")
SERVICE = "gateway"


class Access:
    """ASGI middleware around all that can fail, so that no error escapes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id.set(accepted(Headers(scope=scope).get(HEADER, "")))
        with logger.contextualize(request_id=request_id.get()), _traced(scope) as span:
            exchange = _Exchange(scope, send)
            try:
                await self._answer(exchange, scope, receive)
            finally:
                exchange.tell(span)

    async def _answer(self, exchange: "_Exchange", scope: Scope, receive: Receive) -> None:
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:  # noqa: BLE001 -- the boundary: nothing may reach a client as a trace
            if not _has_left(error):
                logger.opt(exception=error).error("request failed", method=scope["method"])
            if exchange.status is None:
                response = problems.internal_error(Request(scope))
                await response(scope, receive, exchange.send)


@contextmanager
def _traced(scope: Scope) -> Iterator[tracing.Span]:
    """Answer a request as a part of its caller's trace; who looks whether we live makes none."""
    if scope["path"].startswith(QUIET):
        yield tracing.NOTHING
        return
    headers = Headers(scope=scope)
    with tracing.span(
        SERVICE,
        _method(scope),
        kind=tracing.SpanKind.SERVER,
        parent=headers.get(tracing.HEADER, ""),
        state=",".join(headers.getlist(tracing.STATE_HEADER)),
    ) as span:
        yield span


class _Exchange:
    """What is known of one answer while it is given."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.perf_counter()
        self._bytes = 0
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = request_id.get()
            self._count(message["status"])
        self._bytes += len(message.get("body", b""))
        await self._send(message)

    def tell(self, span: tracing.Span) -> None:
        """Leave a line in the log and what was found in the span.

        The route stands for the address: that may hold a signature, or what was put there by
        mistake.
        """
        method, route = _method(self._scope), _route(self._scope)
        logger.log(
            "DEBUG" if self._scope["path"].startswith(QUIET) else "INFO",
            "request answered",
            method=method,
            route=route,
            status=self.status,
            duration_ms=round((time.perf_counter() - self._began) * 1000),
            bytes=self._bytes,
            **_about(self._scope),
        )
        span.update_name(f"{method} {route}")
        span.set_attribute("http.request.method", method)
        span.set_attribute("http.route", route)
        if self.status is not None:
            span.set_attribute("http.response.status_code", self.status)
        if (self.status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            tracing.fail(str(self.status))

    def _count(self, status: int) -> None:
        method, route = _method(self._scope), _route(self._scope)
        metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
        if not self._scope["path"].startswith(QUIET):
            metrics.took(metrics.HTTP_SECONDS, time.perf_counter() - self._began, method, route)


def _about(scope: Scope) -> dict[str, str]:
    """Return the run that is asked for, if it can be one, and `request.state.key_id`, who asks."""
    run_id = scope.get("path_params", {}).get("run_id", "")
    key_id = scope.get("state", {}).get("key_id")
    told = {"run_id": run_id if is_run_id(run_id) else "", "key_id": key_id}
    return {name: text for name, text in told.items() if text}


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "OTHER"


def _route(scope: Scope) -> str:
    """Return the route's path with its parameters unfilled: a closed set."""
    return getattr(scope.get("route"), "path", UNMATCHED)


def _has_left(error: Exception) -> bool:
    """Tell whether it is FastAPI's word for a browser that went away in the middle of a stream."""
    return isinstance(error, ExceptionGroup) and error.split(BrokenResourceError)[1] is None


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
