"""Browsers that watch runs while events pour in: each must see all of its run, once, in order."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice

import uvloop
from api_client import Answers, Target
from httptools import HttpResponseParser
from nats.aio.client import Client

from agentkit.nats import append, connected, read_run
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.events import RunCompleted, RunEvent, RunRequested, StepRequested
from contracts.pipeline import Pipeline, StepSpec

CONNECTING = 50
"""So many browsers come at the same time."""
END_TIMEOUT_S = 60.0
OK, NO_CONTENT = 200, 204

_ID = re.compile(rb"^id: ?(\d+)", re.MULTILINE)
_AT = re.compile(rb'"at":"([^"]+)"')
_PIPELINE = Pipeline(pipeline="watched", steps=(StepSpec(step="s", agent="writer", task="s"),))
_BRIEF = ArtifactRef(kind="Brief", sha256="1" * 64, size_bytes=2, inline={})


@dataclass(frozen=True, slots=True)
class Plan:
    nats_url: str
    watchers: int
    runs: int
    rate: float
    seconds: float


@dataclass(slots=True)
class Seen:
    """From event to browser; browsers that did not see exactly their run; how often one left."""

    delivered: Answers = field(default_factory=Answers)
    published: int = 0
    wrong: int = 0
    left: int = 0


class Browser(asyncio.Protocol):
    """Watches one run until the stream ends, or goes away after `patience` events."""

    def __init__(self, heard: Callable[[bytes], None], *, patience: int | None = None) -> None:
        self.ids = list[int]()
        self.is_at_end = False
        self.gone = asyncio.get_running_loop().create_future()
        self._heard = heard
        self._patience = patience
        self._buffer = b""
        self._parser = HttpResponseParser(self)

    async def watch(self, target: Target, run_id: str, after: int = 0) -> None:
        await target.connect(self)
        path = f"/api/v1/pipeline/runs/{run_id}/events"
        more = {"Last-Event-ID": str(after)} if after else {}
        self._transport.write(target.get(path, more))

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 -- it is gone
        if not self.gone.done():
            self.gone.set_result(None)

    def on_body(self, body: bytes) -> None:
        *frames, self._buffer = (self._buffer + body).split(b"\n\n")
        for frame in frames:
            if (found := _ID.search(frame)) and len(self.ids) != self._patience:
                self.ids.append(int(found[1]))
                self._heard(frame)
        if len(self.ids) == self._patience:
            self._transport.abort()

    def on_message_complete(self) -> None:
        self.is_at_end = self._parser.get_status_code() in {OK, NO_CONTENT}
        self._transport.close()


def watched(target: Target, plan: Plan) -> Seen:
    return uvloop.run(_watched(target, plan))


async def _watched(target: Target, plan: Plan) -> Seen:
    seen, runs = Seen(), [f"watched-{time.time_ns()}-{n}" for n in range(plan.runs)]
    async with connected(Settings(nats_url=plan.nats_url), name=subjects.OPERATOR) as connection:
        await asyncio.gather(*(_append(connection, _requested(run_id)) for run_id in runs))
        browsers = await _come(target, list(islice(cycle(runs), plan.watchers)), seen)
        began = time.perf_counter()
        restless = asyncio.create_task(_restless(target, runs[0], seen))
        seen.published = await _publish(connection, runs, plan)
        seen.delivered.wall_s = time.perf_counter() - began
        await asyncio.gather(*(_append(connection, _completed(run_id)) for run_id in runs))
        async with asyncio.timeout(END_TIMEOUT_S):
            await asyncio.gather(*(browser.gone for browser in browsers))
            ids_of_restless = await restless
        logs = await asyncio.gather(*(read_run(connection, run_id) for run_id in runs))
    told = [[seq for seq, _ in log] for log in logs]
    seen.wrong = sum(
        browser.ids != right for browser, right in zip(browsers, cycle(told), strict=False)
    )
    seen.wrong += ids_of_restless != told[0]
    return seen


async def _come(target: Target, runs: Sequence[str], seen: Seen) -> list[Browser]:
    """Let the browsers in, a few at a time, and wait until each has seen the beginning."""
    door = asyncio.Semaphore(CONNECTING)

    def heard(frame: bytes) -> None:
        at = _AT.search(frame)
        if at and b"event: step.requested" in frame:
            sent_s = datetime.fromisoformat(at[1].decode()).timestamp()
            seen.delivered.took_ms.append((time.time() - sent_s) * 1000)

    async def come(run_id: str) -> Browser:
        browser = Browser(heard)
        async with door:
            await browser.watch(target, run_id)
            await wait_until(lambda: bool(browser.ids), timeout_s=END_TIMEOUT_S)
        return browser

    return await asyncio.gather(*map(come, runs))


async def _restless(target: Target, run_id: str, seen: Seen) -> list[int]:
    """Leave after each event and come back for what is behind it."""
    ids = list[int]()
    while True:
        browser = Browser(lambda _: None, patience=1)
        await browser.watch(target, run_id, after=ids[-1] if ids else 0)
        await browser.gone
        ids += browser.ids
        if browser.is_at_end:
            return ids
        seen.left += 1


async def _publish(connection: Client, runs: Sequence[str], plan: Plan) -> int:
    """Append events at the given rate, to one run after another."""
    began = time.perf_counter()
    number = int(plan.rate * plan.seconds)
    async with asyncio.TaskGroup() as group:
        for n, run_id in enumerate(islice(cycle(runs), number)):
            await asyncio.sleep(began + n / plan.rate - time.perf_counter())
            group.create_task(_append(connection, _asked(run_id, n)))
    return number


async def _append(connection: Client, event: RunEvent) -> None:
    await append(connection.jetstream(), event)


def _requested(run_id: str) -> RunRequested:
    told = {"pipeline": _PIPELINE, "brief": _BRIEF, "channel_id": "demo", "topic": "t"}
    return RunRequested.model_validate({"run_id": run_id, "at": datetime.now(UTC), **told})


def _asked(run_id: str, attempt: int) -> StepRequested:
    return StepRequested(
        run_id=run_id,
        at=datetime.now(UTC),
        step="s",
        attempt=attempt + 1,
        agent="writer",
        task="s",
        inputs={"brief": _BRIEF},
        timeout_s=600,
    )


def _completed(run_id: str) -> RunCompleted:
    return RunCompleted(run_id=run_id, at=datetime.now(UTC), outputs={})
