"""Browsers that watch runs: each is to see every event once and in order, whoever dies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

NOTHING_MORE = 204
OK = 200
PAUSE_S = 0.3
READ_TIMEOUT_S = 30.0
ID = "id: "


@dataclass(slots=True)
class Viewers:
    """What was seen of the runs that somebody watched."""

    gateways: Sequence[str]
    seen: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    async def watch(self, http: httpx2.AsyncClient, run_id: str) -> None:
        """Watch a run to its end, at the other gateway whenever one lets go."""
        seen = self.seen[run_id] = []
        turn = 0
        while True:
            turn += 1
            gateway = self.gateways[turn % len(self.gateways)]
            try:
                if await self._look(http, f"{gateway}/api/v1/pipeline/runs/{run_id}/events", seen):
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(PAUSE_S)

    async def _look(self, http: httpx2.AsyncClient, url: str, seen: list[int]) -> bool:
        """Take what comes on one connection; True when there is nothing more to come."""
        headers = {"Last-Event-ID": str(seen[-1])} if seen else {}
        async with http.stream("GET", url, headers=headers, timeout=READ_TIMEOUT_S) as answer:
            if answer.status_code == OK:
                async for line in answer.aiter_lines():
                    if line.startswith(ID):  # one by one: what was seen before a cut is kept
                        seen.append(int(line.removeprefix(ID)))  # noqa: PERF401
            return answer.status_code == NOTHING_MORE
