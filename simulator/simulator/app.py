"""Puts the simulator together."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from simulator import controls
from simulator.desk import Desk, desk_of
from simulator.errors import ProviderError, bad_request, render
from simulator.faults import Faults
from simulator.providers import anthropic_routes, openai_routes
from simulator.settings import SimulatorSettings


def create_app(settings: SimulatorSettings) -> FastAPI:
    """Return the application; everything it remembers belongs to it alone."""
    app = FastAPI(title="yaa simulator", description="Look-alikes of the model providers.")
    app.state.desk = Desk(settings, Faults(settings.faults, settings.seed))
    for part in (anthropic_routes, openai_routes, controls):
        app.include_router(part.router)
    app.add_exception_handler(ProviderError, _answer_and_note)
    app.add_exception_handler(404, _not_found)
    return app


async def _answer_and_note(request: Request, error: Exception) -> Response:
    """Answer with an error and write its status into the log of requests."""
    response = await render(request, error)
    if (entry := getattr(request.state, "entry", None)) is not None:
        desk_of(request).journal.close(entry, response.status_code)
    return response


async def _not_found(request: Request, _: Exception) -> Response:
    path = request.url.path
    if path.startswith("/openai"):
        error = bad_request("openai", f"{path} is not simulated")
        error.status = 404
    else:
        error = ProviderError("anthropic", 404, "not_found_error", f"{path} is not simulated")
    return await render(request, error)
