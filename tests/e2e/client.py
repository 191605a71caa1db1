"""Somebody who wants runs and watches them, and insists: whatever is away is asked again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from uuid import NAMESPACE_URL, uuid5

import httpx2

from .stack import Stack

AGAIN_S = 0.3
CALM = httpx2.Timeout(15, connect=5)
STREAM = httpx2.Timeout(15, connect=5, read=20)
"""The gateway says something every 15 s; a stream that is silent for longer is a broken one."""
ENDS = frozenset({"run.completed", "run.failed", "run.cancelled"})


@dataclass(slots=True)
class Watched:
    """A run as its watcher saw it: the recorded events by id and type, and what was only live."""

    run_id: str
    topic: str
    events: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    live: list[str] = field(default_factory=list[str])
    connections: int = 0

    @property
    def end(self) -> str:
        """Return how it ended, empty while it goes on."""
        last = self.events[-1][1] if self.events else ""
        return last if last in ENDS else ""

    @property
    def misses(self) -> list[str]:
        """Return what is wrong with it, unless it was completed once and shown once."""
        ids = [number for number, _ in self.events]
        ends = [kind for _, kind in self.events if kind in ENDS]
        wrong = list[str]()
        if ends != ["run.completed"]:
            wrong.append(f"run {self.run_id} ({self.topic}) has the ends {ends}")
        if ids != sorted(set(ids)):
            wrong.append(f"run {self.run_id} was shown out of order or twice: {ids}")
        return wrong


class Client:
    """One key at one gateway."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    @classmethod
    @asynccontextmanager
    async def of(cls, stack: Stack) -> AsyncIterator[Self]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(
            base_url=stack.url, headers=stack.headers, timeout=CALM, limits=limits
        ) as http:
            yield cls(http)

    async def get(self, path: str, **query: object) -> Any:
        return (await self._insist("GET", path, params=query)).json()

    async def detail(self, run: Watched) -> Any:
        """Return what the tables say of a run that was watched, once they have its end too."""
        while True:
            detail = await self.get(f"/api/v1/pipeline/runs/{run.run_id}")
            if detail["completed_at"] is not None:
                return detail
            await asyncio.sleep(AGAIN_S)

    async def all(self, path: str) -> list[Any]:
        """Return what is on all pages of a list."""
        items, cursor = list[Any](), ""
        while cursor is not None:
            page = await self.get(path, cursor=cursor)
            items, cursor = items + page["items"], page["next_cursor"]
        return items

    async def order(self, topic: str, **fields: object) -> Watched:
        """Return the run of this topic; asked for again it is still the same one."""
        answer = await self._insist(
            "POST",
            "/api/v1/pipeline/run",
            json={"topic": topic, **fields},
            headers={"Idempotency-Key": str(uuid5(NAMESPACE_URL, topic))},
        )
        return Watched(answer.json()["run_id"], topic)

    async def watch(self, run: Watched, *, breaks_after: str = "") -> Watched:
        """Return when the run has ended; goes on where a broken stream has left off.

        The first connection is broken off behind the first event of the type `breaks_after`.
        """
        while not run.end:
            try:
                await self._look(run, "" if run.connections else breaks_after)
            except httpx2.HTTPError:
                await asyncio.sleep(AGAIN_S)
        return run

    async def _look(self, run: Watched, last: str) -> None:
        """Take what comes on one connection, or until an event of the type `last`."""
        headers = {"Last-Event-ID": str(run.events[-1][0])} if run.events else {}
        path = f"/api/v1/pipeline/runs/{run.run_id}/events"
        async with self._http.sse(path, headers=headers, timeout=STREAM) as source:
            source.response.raise_for_status()
            run.connections += 1
            async for event in source:
                if event.event.startswith("live."):
                    run.live.append(event.event)
                elif event.data:
                    run.events.append((int(event.id), event.event))
                if event.event == last:
                    return

    async def _insist(self, method: str, path: str, **request: Any) -> httpx2.Response:
        while True:
            try:
                answer = await self._http.request(method, path, **request)
            except httpx2.HTTPError:
                answer = None
            if answer is not None and answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
                return answer
            await asyncio.sleep(AGAIN_S)
