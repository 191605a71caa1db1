"""The orchestrator as a service: its readers, and a look now and then at who holds a slot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loguru import logger
from pydantic import Field

from agentkit import levels, metrics
from agentkit.admission import Caps
from agentkit.http import Readiness, all_ready
from agentkit.nats import connected
from agentkit.reader import Reader
from agentkit.service import Service, agent_names
from agentkit.settings import Settings
from contracts import subjects
from orchestrator.admission import SWEEP_S
from orchestrator.dead import Undertaker
from orchestrator.shell import Shell

ENDS = ("completed", "failed", "cancelled")


class OrchestratorSettings(Settings):
    max_active_runs: int | None = Field(None, ge=1)
    """How many runs may be active at once; the others wait for their turn."""
    max_active_runs_per_channel: int | None = Field(None, ge=1)

    @property
    def caps(self) -> Caps:
        return Caps(total=self.max_active_runs, per_channel=self.max_active_runs_per_channel)


@asynccontextmanager
async def start(settings: OrchestratorSettings) -> AsyncIterator[Readiness]:
    async with connected(settings, name=subjects.ORCHESTRATOR) as connection:
        await levels.obey(connection, subjects.ORCHESTRATOR)
        shell = Shell(connection, settings.caps)
        _count_from_zero()
        events, timers, dead = (
            Reader(
                connection,
                stream=stream,
                durable=durable,
                handle=handle,
                preference=preference,
                drain_timeout_s=settings.drain_timeout_s,
            )
            for stream, durable, handle, preference in (
                (subjects.RUNS, subjects.ORCHESTRATOR, shell.handle, shell.preference),
                (subjects.TIMERS, subjects.ORCHESTRATOR_TIMERS, shell.wake, None),
                (subjects.DEAD, subjects.ORCHESTRATOR_DEAD, Undertaker(connection).handle, None),
            )
        )
        async with events, timers, dead, _sweeping(shell):
            yield all_ready((events.missing, timers.missing, dead.missing))


def _count_from_zero() -> None:
    """Tell of what has not happened yet: a count that begins at 1 has not risen for Prometheus."""
    for status in ENDS:
        metrics.PIPELINE_RUNS.labels(status)
    for agent in agent_names():
        metrics.DEAD_LETTERS.labels(agent)
        metrics.STEP_RETRIES.labels(agent)


@asynccontextmanager
async def _sweeping(shell: Shell) -> AsyncIterator[None]:
    sweeping = asyncio.create_task(_sweep(shell))
    try:
        yield
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)


async def _sweep(shell: Shell) -> None:
    while True:
        try:
            await shell.sweep()
        except Exception as error:  # noqa: BLE001 -- the next look is as good
            logger.opt(exception=error).warning("slots cannot be looked through now")
        await asyncio.sleep(SWEEP_S)


service = Service(subjects.ORCHESTRATOR, OrchestratorSettings, start)
