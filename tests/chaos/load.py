"""Clients that want runs: they never give up, and some ask twice at once, at both gateways."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import httpx2

from chaos.calendar import Calendar
from chaos.people import ACCEPTED, People
from chaos.viewers import Viewers
from chaos.witness import Witness
from yaa.client import KEY_HEADER

TRY_TIMEOUT_S = 12
TWICE = 0.2
WATCHED = 0.1
CHANNELS = ("demo", "second")


@dataclass(slots=True)
class Order:
    """One wanted run; `run_id` is empty until a gateway has accepted it."""

    key: str
    topic: str
    channel_id: str
    run_id: str = ""


class Load:
    """Keeps as many runs under way as there are clients."""

    def __init__(self, gateways: Sequence[str], key: str, witness: Witness, seed: int) -> None:
        self._headers = {KEY_HEADER: key}
        self._witness = witness
        self._random = Random(seed)  # noqa: S311 -- a load, no secret
        self._prefix = f"chaos-{seed}"
        self._stopped = asyncio.Event()
        self.orders = dict[str, Order]()
        self.viewers = Viewers(gateways)
        self.people = People(gateways, self._random)
        self.calendar = Calendar(self.people)
        self.strange = self.people.strange

    @property
    def under_way(self) -> set[str]:
        """Return the accepted runs that have not ended."""
        return {run_id for run_id in self.accepted if not self._witness.run(run_id).ended}

    @property
    def accepted(self) -> set[str]:
        """Return the runs that a client or a schedule was promised."""
        asked = {order.run_id for order in self.orders.values() if order.run_id}
        return asked.union(*(self._witness.scheduled.get(each, ()) for each in self.planned))

    @property
    def planned(self) -> set[str]:
        return self.calendar.planned

    @property
    def is_over(self) -> bool:
        """Tell whether every schedule has made its run and every run has ended."""
        return self.planned <= self._witness.scheduled.keys() and not self.under_way

    def stop(self) -> None:
        """Want no more runs; those that are wanted are still asked for until they are accepted."""
        self._stopped.set()

    async def run(self, clients: int) -> None:
        self._stopped.clear()
        limits = httpx2.Limits(max_connections=clients * 2)
        async with (
            httpx2.AsyncClient(timeout=TRY_TIMEOUT_S, limits=limits, headers=self._headers) as http,
            asyncio.TaskGroup() as group,
        ):
            await self._open_channel(http)
            group.create_task(self.calendar.fill(http, self._stopped))
            for _ in range(clients):
                group.create_task(self._client(http))

    async def _open_channel(self, http: httpx2.AsyncClient) -> None:
        channel = {"channel_id": CHANNELS[-1], "name": "Second", "language": "en"}
        await self.people.insist(http, "/channels", turn=0, json=channel)

    async def _client(self, http: httpx2.AsyncClient) -> None:
        while not self._stopped.is_set():
            order = self._new_order()
            if self._random.random() < TWICE:
                await asyncio.gather(self._ask(http, order, 0), self._ask(http, order, 1))
            else:
                await self._ask(http, order, self._random.randrange(2))
            if order.run_id:
                await self._follow(http, order.run_id)

    async def _follow(self, http: httpx2.AsyncClient, run_id: str) -> None:
        """Wait for the end of a run, which somebody may watch or change their mind about."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.people.meddle(http, run_id))
            if self._random.random() < WATCHED:
                group.create_task(self.viewers.watch(http, run_id))
            await self._witness.run(run_id).over.wait()

    def _new_order(self) -> Order:
        number = len(self.orders) + 1
        channel_id = self._random.choice(CHANNELS)
        order = Order(f"{self._prefix}-{number}", f"How the tide turned {number}", channel_id)
        self.orders[order.key] = order
        return order

    async def _ask(self, http: httpx2.AsyncClient, order: Order, turn: int) -> None:
        answer = await self.people.insist(
            http,
            "/pipeline/run",
            turn=turn,
            json={"topic": order.topic, "pipeline": "chaos", "channel_id": order.channel_id},
            headers={"Idempotency-Key": order.key},
        )
        if answer.status_code == ACCEPTED:
            self._accept(order, answer.json()["run_id"])
        else:
            self.strange.append(f"{order.key}: {answer.status_code} {answer.text[:200]}")

    def _accept(self, order: Order, run_id: str) -> None:
        if order.run_id and order.run_id != run_id:
            self.strange.append(f"{order.key} is run {order.run_id} and run {run_id}")
        if not order.run_id:
            order.run_id = run_id
