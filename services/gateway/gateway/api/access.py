"""Around every request: its id, its line in the log, its place in the metrics, its last error."""

import time
from http import HTTPStatus

from anyio import BrokenResourceError
from loguru import logger
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentkit import metrics
from gateway.api import problems
from gateway.api.request_id import HEADER, accepted, request_id

UNMATCHED = "unmatched"
QUIET = ("/health/", "/metrics")


class Access:
    """ASGI middleware around all that can fail, so that no error escapes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id.set(accepted(Headers(scope=scope).get(HEADER, "")))
        exchange = _Exchange(scope, send)
        with logger.contextualize(request_id=request_id.get()):
            try:
                await self._app(scope, receive, exchange.send)
            except Exception as error:  # noqa: BLE001 -- the boundary: nothing may reach a client as a trace
                if not _has_left(error):
                    logger.opt(exception=error).error("request failed", method=scope["method"])
                if exchange.status is None:
                    response = problems.internal_error(Request(scope))
                    await response(scope, receive, exchange.send)
            exchange.log()


class _Exchange:
    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.perf_counter()
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = request_id.get()
            self._count()
        await self._send(message)

    def log(self) -> None:
        path = self._scope["path"]
        about = self._scope.get("path_params", {})
        logger.log(
            "DEBUG" if path.startswith(QUIET) else "INFO",
            "request answered",
            method=self._scope["method"],
            path=path,
            status=self.status,
            duration_ms=round((time.perf_counter() - self._began) * 1000),
            **({"run_id": about["run_id"]} if "run_id" in about else {}),
        )

    def _count(self) -> None:
        status = self.status or HTTPStatus.INTERNAL_SERVER_ERROR
        method = self._scope["method"] if self._scope["method"] in _METHODS else "OTHER"
        metrics.HTTP_REQUESTS.labels(method, self._template(), str(int(status))).inc()

    def _template(self) -> str:
        """Return the route's path with its parameters unfilled: a closed set."""
        return getattr(self._scope.get("route"), "path", UNMATCHED)


def _has_left(error: Exception) -> bool:
    """Tell whether it is FastAPI's word for a browser that went away in the middle of a stream."""
    return isinstance(error, ExceptionGroup) and error.split(BrokenResourceError)[1] is None


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
