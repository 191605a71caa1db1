"""What runs cost while they wait for a person: nothing may look at them."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path

import asyncpg
import engine_agent
import uuid_utils
from growth_stack import Stack, stack

from agentkit.nats import append, connected
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import Brief
from contracts.events import RunRequested
from contracts.pipeline import ApprovalPolicy, Pipeline, StepSpec
from contracts.references import inline_ref

WINDOW_S = 30.0
SETTLED_S = 5.0
POLL_S = 1.0
AT_ONCE = 64
ASKED_TIMEOUT_S = 600.0
WAITING = "SELECT count(*) FROM gateway.approvals WHERE status = 'waiting'"


def cost(runs: int) -> dict[str, float]:
    """Return the processor time of all parts in a window, without runs and with them waiting."""
    with tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder, stack(Path(folder), 0) as all_:
        idle = _spent(all_)
        asyncio.run(_ask(all_, runs))
        waiting = _spent(all_)
        rss_mib = all_.rss_mib()
    return {
        "waiting_runs": runs,
        "window_s": WINDOW_S,
        **{f"idle_cpu_s_{name}": value for name, value in idle.items()},
        **{f"waiting_cpu_s_{name}": value for name, value in waiting.items()},
        "idle_cpu_s_all": sum(idle.values()),
        "waiting_cpu_s_all": sum(waiting.values()),
        **{f"waiting_rss_mib_{name}": value for name, value in rss_mib.items()},
    }


def _spent(all_: Stack) -> dict[str, float]:
    time.sleep(SETTLED_S)
    before = all_.cpu_s()
    time.sleep(WINDOW_S)
    after = all_.cpu_s()
    return {name: after[name] - before[name] for name in after}


async def _ask(all_: Stack, runs: int) -> None:
    """Request runs of one step, and wait until a person was asked about each."""
    asked = ApprovalPolicy(risk="high")
    step = StepSpec(step="send", agent=engine_agent.NAME, task="work", approval=asked)
    pipeline = Pipeline(pipeline="asking", steps=(step,))
    brief = inline_ref(Brief(topic="t", channel_id="bench", brand_name="b"))
    settings = Settings(nats_url=all_.nats_url, nats_keys_dir=all_.keys)
    session = await asyncpg.connect(all_.database_url)

    async def everyone_is_asked() -> bool:
        return bool(await session.fetchval(WAITING) == runs)

    async with connected(settings, name=subjects.OPERATOR) as connection:
        js = connection.jetstream()
        for some in batched(range(runs), AT_ONCE, strict=False):
            requests = [
                RunRequested(
                    run_id=str(uuid_utils.uuid7()),
                    at=datetime.now(UTC),
                    pipeline=pipeline,
                    brief=brief,
                    channel_id="bench",
                    topic="t",
                )
                for _ in some
            ]
            await asyncio.gather(*(append(js, each) for each in requests))
        await wait_until(everyone_is_asked, timeout_s=ASKED_TIMEOUT_S)

        async def all_is_decided() -> bool:
            await asyncio.sleep(POLL_S)
            info = await js.consumer_info(subjects.RUNS, subjects.ORCHESTRATOR)
            return not info.num_pending and not info.num_ack_pending

        await wait_until(all_is_decided, timeout_s=ASKED_TIMEOUT_S)
    await session.close()
