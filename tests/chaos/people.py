"""What people do: they insist on an answer, and some change their mind about a run."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import httpx2

ACCEPTED = 202
TOO_LATE = 409
OURS = 500
PAUSE_S = (0.1, 0.5)
CHANGED_AFTER_S = (0.0, 20.0)
PAUSED_S = (0.5, 3.0)
CANCELLED, PAUSED = 0.04, 0.08


@dataclass(slots=True)
class People:
    """Whoever stands before the gateways. `cancelled` are runs whose cancel was accepted."""

    gateways: Sequence[str]
    random: Random
    cancelled: set[str] = field(default_factory=set[str])
    paused: set[str] = field(default_factory=set[str])
    strange: list[str] = field(default_factory=list[str])

    async def insist(  # noqa: PLR0913 -- the parts of a request, each by its name
        self,
        http: httpx2.AsyncClient,
        path: str,
        *,
        turn: int,
        method: str = "POST",
        json: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Ask one gateway, then the other, until one says yes or no."""
        while True:
            gateway = self.gateways[turn % len(self.gateways)]
            try:
                url = f"{gateway}/api/v1{path}"
                answer = await http.request(method, url, json=json, headers=headers)
            except httpx2.HTTPError:
                answer = None
            if answer is not None and answer.status_code < OURS:
                return answer
            turn += 1
            await asyncio.sleep(self.random.uniform(*PAUSE_S))

    async def meddle(self, http: httpx2.AsyncClient, run_id: str) -> None:
        """Cancel or pause some runs; leave most alone."""
        mood = self.random.random()
        if mood >= CANCELLED + PAUSED:
            return
        await asyncio.sleep(self.random.uniform(*CHANGED_AFTER_S))
        if mood < CANCELLED:
            if await self._may(http, run_id, "cancel"):
                self.cancelled.add(run_id)
        elif await self._may(http, run_id, "pause"):
            self.paused.add(run_id)
            await asyncio.sleep(self.random.uniform(*PAUSED_S))
            await self._may(http, run_id, "resume")

    async def _may(self, http: httpx2.AsyncClient, run_id: str, what: str) -> bool:
        turn = self.random.randrange(2)
        answer = await self.insist(http, f"/pipeline/runs/{run_id}/{what}", turn=turn)
        if answer.status_code not in {ACCEPTED, TOO_LATE}:
            self.strange.append(f"{what} {run_id}: {answer.status_code} {answer.text[:200]}")
        return answer.status_code == ACCEPTED
