"""How fast a step for each item of a list goes through the orchestrator, and what waiting costs.

The agents cost nothing here: each request is answered at once. One broker, orchestrators and
agents in one process. Then many runs wait for a person, every service a process of its own, and
the processor time of each stands beside that of the same services without runs. Prints a small
table and, as the last line, the same as JSON.

    python benchmarks/fanout.py [ITEMS [WAITING]]
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import waiting
from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit.accounts import config_of
from agentkit.artifacts import NatsArtifacts
from agentkit.direct import direct_get
from agentkit.nats import append, connected, read_run
from agentkit.provision import provision
from agentkit.reader import Reader
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef, Items
from contracts.events import RunCompleted, RunRequested, StepCompleted, StepRequested
from contracts.expressions import MAX_ITEMS
from contracts.pipeline import Pipeline, StepSpec
from orchestrator.service import OrchestratorSettings, service
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.running import Running

AGENT = "writer"
OUTPUT = ArtifactRef(kind="Script", sha256="1" * 64, size_bytes=300, inline={"title": "x" * 300})
WAITING = 10_000
TIMEOUT_S = 600.0
POLL_S = 0.2


def main() -> int:
    logger.remove()
    items = int(sys.argv[1]) if len(sys.argv) > 1 else MAX_ITEMS
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else WAITING  # noqa: PLR2004 -- its place
    figures: dict[str, float] = {"items": items}
    for replicas, concurrency in ((1, 8), (1, 100), (2, 100)):
        took_s = alone(items, replicas=replicas, concurrency=concurrency)
        figures[f"replicas_{replicas}_in_flight_{concurrency}_s"] = round(took_s, 1)
    figures |= {name: round(value, 2) for name, value in waiting.cost(runs).items()}
    for name, value in figures.items():
        print(f"{name:<36}{value:>12,}")
    print(json.dumps(figures))
    return 0


def alone(items: int, *, replicas: int, concurrency: int) -> float:
    """Return how long one run takes on a fresh broker, in seconds."""
    with tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder:
        keys = Path(folder) / "keys"
        os.environ["YAA_NATS_KEYS_DIR"] = str(keys)
        nats = Running(NatsServer(Path(folder), free_port(), config_of(keys, [AGENT])))
        nats.start()
        try:
            return asyncio.run(measure(nats.server.url, items, replicas, concurrency))
        finally:
            nats.stop()


async def measure(nats_url: str, items: int, replicas: int, concurrency: int) -> float:
    settings = OrchestratorSettings(nats_url=nats_url)
    async with connected(settings, name=subjects.OPERATOR) as connection, AsyncExitStack() as stack:
        await provision(connection, [AGENT])
        for _ in range(replicas):
            await stack.enter_async_context(service.start(settings))
        await stack.enter_async_context(agent(connection))
        began = time.monotonic()
        await request(connection, items, concurrency)
        await wait_until(lambda: is_over(connection), timeout_s=TIMEOUT_S)
        took_s = time.monotonic() - began
        _, end = (await read_run(connection, "r1"))[-1]
    if not isinstance(end, RunCompleted):
        raise SystemExit(f"the run ended with {end.type}")
    return took_s


def agent(connection: Client) -> Reader:
    """Answer each request as soon as it comes."""
    js = connection.jetstream()

    async def answer(batch: Sequence[Msg]) -> None:
        asked = [StepRequested.model_validate_json(message.data) for message in batch]
        await asyncio.gather(*(append(js, completed(each)) for each in asked))

    durable = subjects.durable_of(AGENT)
    return Reader(connection, stream=subjects.RUNS, durable=durable, handle=answer)


def completed(asked: StepRequested) -> StepCompleted:
    return StepCompleted(
        run_id=asked.run_id,
        at=datetime.now(UTC),
        step=asked.step,
        attempt=asked.attempt,
        agent=asked.agent,
        output=OUTPUT,
        duration_ms=1,
    )


async def request(connection: Client, items: int, concurrency: int) -> None:
    brief = await NatsArtifacts(connection).put_artifact(Items(values=tuple(range(items))))
    each = StepSpec(
        step="each", agent=AGENT, task="t", for_each="brief.values", concurrency=concurrency
    )
    last = StepSpec(step="last", agent=AGENT, task="t", needs=("each",))
    event = RunRequested(
        run_id="r1",
        at=datetime.now(UTC),
        pipeline=Pipeline(pipeline="fanout", steps=(each, last)),
        brief=brief,
        channel_id="bench",
        topic="t",
    )
    await append(connection.jetstream(), event)


async def is_over(connection: Client) -> bool:
    await asyncio.sleep(POLL_S)
    return bool(await direct_get(connection, subjects.RUNS, subjects.ends_of("r1")))


if __name__ == "__main__":
    sys.exit(main())
