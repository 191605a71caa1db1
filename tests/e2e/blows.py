"""Three ways to lose a container for a while: killed, paused, cut off from the network."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal

import docker
from docker.models.containers import Container

from .stack import Stack

type Blow = Literal["kill", "pause", "disconnect"]

KILLED_S = 1.0
AWAY_S = 5.0
AGENT_AWAY_S = 17.0
"""Longer than an agent may be silent: what it works on is given to another one meanwhile."""


@dataclass(slots=True)
class Cell:
    """One blow. `under_way` is how many runs were when it struck."""

    victim: str
    blow: Blow
    away_s: float
    under_way: int = 0
    recovered_s: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.victim}: {self.blow} for {self.away_s:.0f} s with {self.under_way} runs under "
            f"way, healthy {self.recovered_s:.1f} s later"
        )


def cells_of(stack: Stack, blow: Blow) -> list[Cell]:
    return [Cell(victim, blow, _away_s(stack, victim, blow)) for victim in stack.victims]


async def strike(stack: Stack, cell: Cell, under_way: int) -> Cell:
    """Strike and return when the victim is healthy again."""
    cell.under_way = under_way
    container = await asyncio.to_thread(stack.container, cell.victim)
    lost = BLOWS[cell.blow](stack.engine, container)
    await asyncio.to_thread(lost.__enter__)
    try:
        await asyncio.sleep(cell.away_s)
    finally:
        await asyncio.to_thread(lost.__exit__, None, None, None)
    back = time.monotonic()
    await stack.is_healthy(cell.victim)
    cell.recovered_s = time.monotonic() - back
    return cell


def _away_s(stack: Stack, victim: str, blow: Blow) -> float:
    if blow == "kill":
        return KILLED_S
    return AGENT_AWAY_S if victim in stack.agents else AWAY_S


@contextmanager
def _killed(_: docker.DockerClient, container: Container) -> Iterator[None]:
    container.kill()
    yield
    container.start()


@contextmanager
def _paused(_: docker.DockerClient, container: Container) -> Iterator[None]:
    container.pause()
    yield
    container.unpause()


@contextmanager
def _disconnected(engine: docker.DockerClient, container: Container) -> Iterator[None]:
    """Cut a container off from all others; a network that it has for itself stays."""
    endpoints = container.attrs["NetworkSettings"]["Networks"]
    networks = [engine.networks.get(each["NetworkID"]) for each in endpoints.values()]
    shared = [network for network in networks if len(network.attrs["Containers"]) > 1]
    for network in shared:
        network.disconnect(container)
    yield
    for network in shared:
        network.connect(container, aliases=endpoints[network.name]["Aliases"])


BLOWS: dict[Blow, Callable[[docker.DockerClient, Container], AbstractContextManager[None]]] = {
    "kill": _killed,
    "pause": _paused,
    "disconnect": _disconnected,
}
