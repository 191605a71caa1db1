"""Many who want runs at the same time, each one after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .client import Client, Watched
from .stack import Stack

LOOK_S = 0.1


class Load:
    """Keeps so many runs under way as there are clients, until it is to want no more."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._wants_more = True
        self.runs = list[Watched]()

    @property
    def under_way(self) -> list[Watched]:
        return [run for run in self.runs if not run.end]

    @property
    def misses(self) -> list[str]:
        return [miss for run in self.runs for miss in run.misses]

    def stop(self) -> None:
        self._wants_more = False

    async def is_full(self, clients: int) -> None:
        """Return when so many runs are under way at the same time."""
        while len(self.under_way) < clients:  # noqa: ASYNC110 -- told by nobody
            await asyncio.sleep(LOOK_S)

    async def client(self, number: int) -> None:
        """Want one run after the other, and each to its end."""
        turn = 0
        while self._wants_more or not turn:
            turn += 1
            run = await self._client.order(f"{self._name} {number}.{turn}: where do the tides go")
            self.runs.append(run)
            await self._client.watch(run)


@asynccontextmanager
async def loaded(stack: Stack, name: str, clients: int) -> AsyncIterator[Load]:
    """Load a stack while the block runs; leave it when all runs have ended."""
    async with Client.of(stack) as client, asyncio.TaskGroup() as group:
        load = Load(client, name)
        for number in range(clients):
            group.create_task(load.client(number))
        yield load
        load.stop()
