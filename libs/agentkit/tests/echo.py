"""An agent that repeats its brief, and what tests ask of it."""

from datetime import UTC, datetime, timedelta

from nats.aio.client import Client

from agentkit import Agent, Settings
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append, read_run
from contracts import subjects
from contracts.artifacts import Artifact, Brief
from contracts.events import (
    StepCompleted,
    StepFailed,
    StepRequested,
)

BRIEF = Brief(topic="tides", channel_id="demo", brand_name="Demo")


class Note(Artifact):
    text: str


def settings_for(connection: Client) -> Settings:
    return Settings(
        nats_url=connection.connected_url.geturl(), llm="simulator", workers=2, drain_timeout_s=5
    )


async def request(connection: Client, run_id: str, *, ago_s: float = 0) -> None:
    brief = await NatsArtifacts(connection).put_artifact(BRIEF)
    event = StepRequested(
        run_id=run_id,
        at=datetime.now(UTC) - timedelta(seconds=ago_s),
        step="note",
        attempt=1,
        agent="echo",
        task="note",
        inputs={"brief": brief},
        timeout_s=10,
    )
    await append(connection.jetstream(), event)


async def outcome_of(connection: Client, run_id: str) -> StepCompleted | StepFailed | None:
    for _, event in await read_run(connection, run_id):
        if isinstance(event, StepCompleted | StepFailed):
            return event
    return None


async def is_done(connection: Client, run_id: str) -> bool:
    return await outcome_of(connection, run_id) is not None


def echo() -> Agent:
    agent = Agent("echo")

    @agent.step
    async def note(brief: Brief) -> Note:
        return Note(text=brief.topic)

    return agent


async def pending(connection: Client) -> tuple[int, int]:
    """Return how many requests wait at the broker, and how many are in somebody's hands."""
    info = await connection.jetstream().consumer_info(subjects.RUNS, subjects.durable_of("echo"))
    return info.num_pending or 0, info.num_ack_pending or 0


async def nobody_holds(connection: Client) -> bool:
    return await pending(connection) == (0, 0)
