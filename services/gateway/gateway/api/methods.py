"""What may be done at an address: HEAD wherever GET may, OPTIONS, and an `Allow` that is whole."""

import asyncio

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed(request: Request) -> str:
    """Return what `Allow` says of an address that is there, whoever of its routes refused."""
    routes = request.app.routes
    found = [
        method for method in _METHODS if any(_takes(route, request, method) for route in routes)
    ]
    return ", ".join([*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"])


def _takes(route: BaseRoute, request: Request, method: str) -> bool:
    """Tell whether a route takes a request; what is mounted are files, which are only read."""
    if isinstance(route, Mount) and method != "GET":
        return False
    scope = request.scope
    whole = {"root_path": scope.get("app_root_path", scope["root_path"]), "method": method}
    return route.matches({**scope, **whole})[0] is Match.FULL


class Heads:
    """ASGI middleware: answers HEAD like GET, and takes the answer no further than its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        answered = asyncio.Event()
        # a part of an answer is asked for by GET alone, says RFC 9110
        headers = [each for each in scope["headers"] if each[0] != b"range"]
        asked = {**scope, "method": "GET", "headers": headers}

        async def first(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope.update({**asked, "method": "HEAD"})  # for those around: which route it was
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answered.set()

        async def until_answered() -> Message:
            """Return what the client sends; when it has its answer it is as good as gone."""
            await answered.wait()
            return {"type": "http.disconnect"}

        await self._app(asked, until_answered, first)
