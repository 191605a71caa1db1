"""HTTP inside a service's own event loop; health and metrics for those that have no other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agentkit.errors import SettingsError

type Readiness = Callable[[], Awaitable[list[str]]]
"""Returns what is missing right now, as sentences; an empty list means ready."""


@asynccontextmanager
async def health_server(readiness: Readiness, host: str, port: int) -> AsyncIterator[int]:
    """Serve `/health/live`, `/health/ready` and `/metrics`; yields the port."""
    async with http_server(Starlette(routes=health_routes(readiness)), host, port) as bound:
        logger.info("health served", port=bound)
        yield bound


def health_routes(readiness: Readiness) -> list[Route]:
    async def ready(_: Request) -> Response:
        missing = await readiness()
        body = {"status": "not ready" if missing else "ready", "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    return [
        Route("/health/live", _live),
        Route("/health/ready", ready),
        Route("/metrics", _metrics),
    ]


@asynccontextmanager
async def http_server(
    app: ASGIApp, host: str, port: int, *, drain_timeout_s: int = 5
) -> AsyncIterator[int]:
    """Serve an ASGI application in this event loop; yields the port it listens on.

    Raises:
        SettingsError: the port is taken.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=drain_timeout_s,
    )
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


class _EmbeddedServer(uvicorn.Server):
    """Leaves signals to whoever runs the loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def all_ready(checks: Iterable[Readiness]) -> Readiness:
    """Return one check that misses whatever any of `checks` misses."""
    parts = tuple(checks)

    async def check() -> list[str]:
        found = await asyncio.gather(*(part() for part in parts))
        return [sentence for missing in found for sentence in missing]

    return check
