"""A gateway on a real port that answers what a test tells it to, in the shapes of the real one."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from yaa import main as entry

from .story import RUN, Logged, detail


@dataclass
class Stage:
    """What the gateway answers, and what it was asked.

    Each look at the run takes one of `details`; the last one stays, and is not shown before all
    events have been told: a run that has ended is watched no longer. `cuts` says after how many
    messages the streams break, one number for each connection that is to break.
    """

    url: str = ""
    details: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    events: Sequence[Logged] = ()
    have_been_told: bool = False
    cuts: list[int] = field(default_factory=list[int])
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict[str, tuple[int, Any]])
    absence: tuple[str, int, int, int, dict[str, Any]] | None = None
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def answer(self, route: str, body: object, status: int = 200) -> None:
        """Answer `route`, such as `GET /channels`, with `body`, or what it makes of the query."""
        self.answers[route] = (status, body)

    def refuse(self, route: str, status: int, detail: str) -> None:
        problem = {"type": "about:blank", "title": "Refused", "status": status, "detail": detail}
        self.answer(route, problem, status)

    def leave_after(
        self, route: str, looks: int, status: int, detail: str, *, times: int = 1_000
    ) -> None:
        """Answer `route` well so often, then refuse it so often, then answer well again."""
        problem = {"title": "Away", "status": status, "detail": detail}
        self.absence = (route, looks, looks + times, status, problem)

    def absent(self, route: str) -> JSONResponse | None:
        if self.absence is None or self.absence[0] != route:
            return None
        _, first, last, status, problem = self.absence
        looks = sum(asked == route for asked, _, _ in self.asked)
        return JSONResponse(problem, status) if first < looks <= last else None

    def resumed_after(self) -> list[str]:
        """Return where each connection to the events asked to go on."""
        return [
            headers.get("last-event-id", "")
            for route, headers, _ in self.asked
            if route.endswith("/events")
        ]


class Theatre(FastAPI):
    """The server of all tests; each test has a stage of its own on it."""

    stage: Stage
    url: str = ""


def theatre() -> Theatre:
    app = Theatre()

    @app.api_route("/admin/{path:path}", methods=["POST"])
    @app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PATCH", "DELETE"])
    async def answer(path: str, request: Request) -> Response:
        stage = app.stage
        route = f"{request.method} /{path}"
        body = await request.body()
        stage.asked.append((route, dict(request.headers), json.loads(body) if body else None))
        stage.queries.append(dict(request.query_params))
        return stage.absent(route) or reply(stage, route, request.headers.get("last-event-id", "0"))

    return app


def reply(stage: Stage, route: str, last_event_id: str) -> Response:
    if route in stage.answers:
        status, content = stage.answers[route]
        content = content(stage.queries[-1]) if callable(content) else content
        return JSONResponse(content, status)
    if route == f"GET /pipeline/runs/{RUN}/events":
        told = messages(stage, int(last_event_id))
        return StreamingResponse(told, media_type="text/event-stream")
    if route == f"GET /pipeline/runs/{RUN}":
        left = len(stage.details)
        goes_on = left > 2 or (left == 2 and (stage.have_been_told or not stage.events))
        return JSONResponse(stage.details.pop(0) if goes_on else stage.details[0])
    return JSONResponse({"detail": f"{route} is not on this stage", "status": 404}, 404)


async def messages(stage: Stage, after: int) -> AsyncIterator[str]:
    left = stage.cuts.pop(0) if stage.cuts else None
    for number, event in enumerate(stage.events, 1):
        is_live = event.type.startswith("live.")
        if number <= after:
            continue
        if left == 0:
            raise ConnectionError("the stream is cut")
        left = None if left is None else left - 1
        yield ("" if is_live else f"id: {number}\n") + f"event: {event.type}\n"
        yield f"data: {event.model_dump_json()}\n\n"
        await asyncio.sleep(0)
    stage.have_been_told = True


@pytest.fixture(scope="session")
def open_theatre() -> Iterator[Theatre]:
    app = theatre()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    app.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield app
    server.should_exit = True
    thread.join()


@pytest.fixture
def stage(open_theatre: Theatre) -> Stage:
    open_theatre.stage = Stage(url=open_theatre.url, details=[detail()])
    return open_theatre.stage


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway on the same machine is asked more often than a far one."""
    monkeypatch.setattr("yaa.watch.POLL_S", 0.1)
    monkeypatch.setattr("yaa.watch.SETTLING_POLL_S", 0.02)
    monkeypatch.setattr("yaa.watch.RETRY_S", (0.02,))


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


type Yaa = Callable[..., Said]


@pytest.fixture
def yaa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stage: Stage) -> Yaa:
    """Run the command line in this process, against the stage."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["yaa", *arguments])
        code = 0
        try:
            entry.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    monkeypatch.setenv("YAA_URL", stage.url)
    return run
