"""Asks for runs of six steps and waits for their ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uuid_utils
from engine_agent import NAME
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit.nats import append
from agentkit.wire import ours
from contracts import subjects
from contracts.artifacts import Brief
from contracts.events import RunRequested
from contracts.pipeline import Pipeline, StepSpec
from contracts.references import inline_ref

STEPS = 6
IN_FLIGHT = 64
END_TIMEOUT_S = 900.0
ALONE_TIMEOUT_S = 30.0


def requests(count: int) -> list[RunRequested]:
    """Return runs of six steps, each of which takes what the one before it made."""
    names = [f"s{number}" for number in range(1, STEPS + 1)]
    steps = [
        StepSpec(step=step, agent=NAME, task="work", needs=(before,) if before else ())
        for before, step in zip(["", *names], names, strict=False)
    ]
    six = Pipeline(pipeline="six", steps=tuple(steps))
    brief = inline_ref(Brief(topic="t", channel_id="bench", brand_name="b"))
    return [
        RunRequested(
            run_id=str(uuid_utils.uuid7()),
            at=datetime.now(UTC),
            pipeline=six,
            brief=brief,
            channel_id="bench",
            topic="t",
        )
        for _ in range(count)
    ]


@dataclass(slots=True)
class Ends:
    """Hears of the end of each run, whatever it is."""

    by_run: dict[str, str] = field(default_factory=dict[str, str])
    _waiting: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    def hear(self, message: Msg) -> None:
        _, run_id, end = message.subject.split(".")
        self.by_run[run_id] = end
        self._waiting.setdefault(run_id, asyncio.Event()).set()

    async def of(self, run_id: str) -> None:
        await self._waiting.setdefault(run_id, asyncio.Event()).wait()


@asynccontextmanager
async def listening(connection: Client) -> AsyncIterator[Ends]:
    ends = Ends()
    subscriptions = [
        await ours(connection).subscribe_directly(subject, ends.hear)
        for subject in subjects.ends_of("*")
    ]
    try:
        yield ends
    finally:
        for subscription in subscriptions:
            await subscription.unsubscribe()


async def together(connection: Client, runs: Sequence[RunRequested]) -> float:
    """Ask for all runs as fast as they are taken; return the seconds until the last has ended."""
    js, slots = connection.jetstream(), asyncio.Semaphore(IN_FLIGHT)

    async def ask(run: RunRequested) -> None:
        async with slots:
            await append(js, run)

    async with listening(connection) as ends, asyncio.timeout(END_TIMEOUT_S):
        began = time.perf_counter()
        await asyncio.gather(*map(ask, runs))
        await asyncio.gather(*(ends.of(run.run_id) for run in runs))
        took_s = time.perf_counter() - began
    _refuse_failed(ends)
    return took_s


async def alone(connection: Client, runs: Sequence[RunRequested]) -> list[float]:
    """Return how long each run takes with no other beside it, in milliseconds."""
    js, took_ms = connection.jetstream(), list[float]()
    async with listening(connection) as ends:
        for run in runs:
            began = time.perf_counter()
            async with asyncio.timeout(ALONE_TIMEOUT_S):
                await append(js, run)
                await ends.of(run.run_id)
            took_ms.append((time.perf_counter() - began) * 1000)
    _refuse_failed(ends)
    return took_ms


def _refuse_failed(ends: Ends) -> None:
    if bad := [run_id for run_id, end in ends.by_run.items() if end != "completed"]:
        raise SystemExit(f"{len(bad)} runs did not complete, such as {bad[0]}")
