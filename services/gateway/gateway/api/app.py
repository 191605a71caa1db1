"""The HTTP API of one process."""

from collections.abc import Sequence
from functools import cache, partial
from importlib.metadata import version

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute

from agentkit.http import Readiness, health_routes
from gateway.api import (
    approvals,
    artifacts,
    channels,
    control,
    dead,
    docs,
    events,
    instances,
    keys,
    library,
    me,
    notices,
    openapi,
    orders,
    outputs,
    pipelines,
    problems,
    repeats,
    runs,
    schedules,
    trends,
    usage,
    web,
)
from gateway.api.access import Access
from gateway.api.cors import Cors
from gateway.api.methods import Heads
from gateway.api.problems import PROBLEMS
from gateway.api.protection import Protection
from gateway.api.rights import Allowances
from gateway.kit import Kit
from gateway.measuring import Measuring
from gateway.settings import GatewaySettings

EXPOSED = (
    *("Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"),
    *("Accept-Ranges", "Allow", "Content-Disposition", "Content-Range", "ETag", "WWW-Authenticate"),
)
TAKEN = (
    *("Idempotency-Key", "Last-Event-ID", "X-API-Key", "X-Request-ID"),
    *("traceparent", "tracestate"),
    *("If-None-Match", "If-Range", "Range"),
)
"""What pages of other origins may read and send: all that the API says and heeds."""


def create_app(kit: Kit, readiness: Readiness) -> FastAPI:
    app = api()
    app.state.kit = kit
    app.router.routes.extend(health_routes(readiness, Measuring(kit.connection, kit.pool).measure))
    docs.install(app)
    web.install(app, kit.settings.web_dir)
    _surround(app, kit.settings)
    return app


def api() -> FastAPI:
    """Return the endpoints and their description, without anything that they work with."""
    app = FastAPI(
        title="yaa",
        version=version("yaa-gateway"),
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # ours are in `Access`: FastAPI's tell the query, which may hold a signature
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        generate_unique_id_function=_operation_id,
    )
    problems.install(app)
    app.add_exception_handler(events.NothingMoreError, _no_content)
    app.router.routes.extend(_endpoints())
    app.openapi = partial(openapi.described, app, app.openapi)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


@cache
def _endpoints() -> Sequence[BaseRoute]:
    """Return what every app of the process serves: FastAPI works out once what each takes."""
    router = APIRouter(generate_unique_id_function=_operation_id)
    for part in (
        orders,
        control,
        repeats,
        approvals,
        events,
        runs,
        instances,
        outputs,
        pipelines,
        trends,
        schedules,
        channels,
        library,
        artifacts,
        dead,
        keys,
        me,
        notices,
        usage,
    ):
        router.include_router(part.router, responses=PROBLEMS["invalid-request", "unavailable"])
    router.include_router(channels.short_router)
    return router.routes


def _surround(app: FastAPI, settings: GatewaySettings) -> None:
    """Put the middleware around the endpoints: each line goes around those before it."""
    app.add_middleware(Allowances)
    app.add_middleware(Heads)
    app.add_middleware(web.Pages)
    app.add_middleware(Access)
    if settings.cors_origins:
        app.add_middleware(
            Cors,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=TAKEN,
            expose_headers=EXPOSED,
        )
    app.add_middleware(Protection)


def _operation_id(route: APIRoute) -> str:
    """Return the endpoint's name as one would write it in TypeScript."""
    first, *others = route.name.split("_")
    return first + "".join(map(str.capitalize, others))


async def _no_content(_: Request, __: Exception) -> Response:
    return Response(status_code=204)
