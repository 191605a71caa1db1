"""The HTTP API of one process."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from agentkit.http import Readiness, health_routes
from gateway.api import (
    approvals,
    artifacts,
    channels,
    control,
    dead,
    events,
    instances,
    orders,
    problems,
    repeats,
    runs,
    schedules,
)
from gateway.api.access import Access
from gateway.api.problems import PROBLEMS, Problem
from gateway.kit import Kit

DESCRIPTION = """
Runs of AI pipelines: ask for one, watch it, read what it made and what it cost.
Every error is a problem document (RFC 9457) whose `detail` is a sentence for a person.
"""


def create_app(kit: Kit, readiness: Readiness) -> FastAPI:
    app = FastAPI(
        title="yaa", version=version("yaa-gateway"), description=DESCRIPTION, redoc_url=None
    )
    app.state.kit = kit
    problems.install(app)
    app.add_exception_handler(events.NothingMoreError, _no_content)
    for part in (
        orders,
        control,
        repeats,
        approvals,
        events,
        runs,
        instances,
        schedules,
        channels,
        artifacts,
        dead,
    ):
        app.include_router(part.router, responses=PROBLEMS[422, 503])
    app.include_router(channels.short_router)
    app.router.routes.extend(health_routes(readiness))
    app.add_middleware(Access)
    app.openapi = partial(_described, app, app.openapi)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _described(app: FastAPI, describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the OpenAPI document with the one schema that no endpoint returns by itself."""
    if app.openapi_schema is None:
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = schema.pop("$defs", {})
        describe()["components"]["schemas"].update(Problem=schema, **parts)
    return describe()


async def _no_content(_: Request, __: Exception) -> Response:
    return Response(status_code=204)
