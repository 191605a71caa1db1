"""Schedules: each asks for one run at one time, whoever is dead then."""

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx2

from chaos.people import People

EVERY_S = 3.0
AHEAD = timedelta(seconds=15)


class Calendar:
    """Adds schedules; `planned` are the ids of those that a gateway has taken."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._number = 0
        self.planned = set[str]()

    async def fill(self, http: httpx2.AsyncClient, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            await self._plan(http)
            await asyncio.sleep(EVERY_S)

    async def _plan(self, http: httpx2.AsyncClient) -> None:
        self._number += 1
        name = f"once-{self._number}"
        answer = await self._people.insist(
            http,
            "/schedules",
            turn=self._number,
            json={
                "id": name,
                "at": (datetime.now(UTC) + AHEAD).isoformat(),
                "order": {"topic": f"Tides of {name}", "pipeline": "chaos"},
            },
            headers={"Idempotency-Key": name},
        )
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            # its time has passed meanwhile, but an earlier try may have come through
            answer = await self._people.insist(http, f"/schedules/{name}", turn=0, method="GET")
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return
        if answer.is_success:
            self.planned.add(name)
        else:
            self._people.strange.append(f"{name}: {answer.status_code} {answer.text[:200]}")
