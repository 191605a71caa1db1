"""Around every request: its id, its line in the log, its place in the metrics, its last error."""

import time
from http import HTTPStatus

from loguru import logger
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentkit import metrics
from gateway.api import problems
from gateway.api.request_id import HEADER, accepted, request_id

UNMATCHED = "unmatched"
MAX_BODY_BYTES = 1024 * 1024
QUIET = ("/health/", "/metrics")


class Access:
    """ASGI middleware; outermost, so that nothing escapes it."""

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
                await self._app(scope, _bounded(receive), exchange.send)
            except Exception as error:  # noqa: BLE001 -- the boundary: nothing may reach a client as a trace
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


def _bounded(receive: Receive) -> Receive:
    """Refuse a body before it fills the memory."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(
                HTTPStatus.CONTENT_TOO_LARGE,
                f"the body has more than {MAX_BODY_BYTES} bytes: send less",
            )
        return message

    return bounded


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
