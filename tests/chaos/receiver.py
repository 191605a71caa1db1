"""The outside world: takes effects over HTTP, each by its key, and counts how often it came."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agentkit.http import http_server

HOST = "127.0.0.1"


@dataclass(slots=True)
class Receiver:
    """What arrived: for each key how often, and what was said the first time.

    `contradicted` are keys under which something else came than before: an effect that was
    done twice although its key was the same.
    """

    came: dict[str, int] = field(default_factory=dict[str, int])
    contradicted: set[str] = field(default_factory=set[str])
    _said: dict[str, str] = field(default_factory=dict[str, str])

    async def take(self, request: Request) -> Response:
        key = request.headers["idempotency-key"]
        said = hashlib.sha256(await request.body()).hexdigest()
        self.came[key] = self.came.get(key, 0) + 1
        if self._said.setdefault(key, said) != said:
            self.contradicted.add(key)
        return Response(status_code=204)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = Starlette(routes=[Route("/effects", self.take, methods=["POST"])])
        async with http_server(app, HOST, 0) as port:
            yield f"http://{HOST}:{port}/effects"
