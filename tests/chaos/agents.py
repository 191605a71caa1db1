"""Three agents that are there to be killed: each step buys one answer and does one thing outside.

`python -m chaos.agents NAME` runs one of them as any other agent runs.
"""

import os
import sys
from functools import cache

import httpx2

from agentkit import Agent, Step, failpoints
from agentkit.service import main
from contracts.artifacts import Artifact, Brief, Item

RECEIVER = "YAA_CHAOS_RECEIVER"
EFFECT_TIMEOUT_S = 10


PARTS = 2


class Plan(Artifact):
    """What is to be made, and the parts of it."""

    text: str
    parts: tuple[str, ...]


class Piece(Artifact):
    """What a step made."""

    text: str


scout, maker, herald = Agent("scout"), Agent("maker"), Agent("herald")
AGENTS = {agent.name: agent for agent in (scout, maker, herald)}


@scout.step
async def plan(brief: Brief, step: Step) -> Plan:
    piece = await _piece(brief.topic, step)
    return Plan(text=piece.text, parts=tuple(piece.text[part::PARTS] for part in range(PARTS)))


@maker.step
async def words(plan: Plan, step: Step) -> Piece:
    return await _piece(plan.text, step)


@maker.step
async def picture(item: Item, step: Step) -> Piece:
    return await _piece(str(item.value), step)


@scout.step
async def join(pieces: tuple[Piece, ...], step: Step) -> Piece:
    return await _piece(" ".join(piece.text for piece in pieces), step)


@herald.step
async def review(piece: Piece, step: Step) -> Piece:
    return await _piece(piece.text, step)


@herald.step
async def send(pieces: tuple[Piece, ...], step: Step) -> Piece:
    return await _piece(pieces[-1].text, step)


def steps_of(topic: str) -> tuple[str, ...]:
    """Return the steps in which a run about `topic` does something, as its pipeline says."""
    pictures = (f"picture:{part}" for part in range(PARTS))
    review = () if topic.endswith("7") else ("review",)
    return ("plan", "words", *pictures, "join", *review, "send")


async def _piece(about: str, step: Step) -> Piece:
    """Buy one answer that no other step buys, and tell the world of it."""
    piece = await step.models.ask(
        f"Go on in one sentence ({step.key}): {about[:60]}", returns=Piece, max_tokens=200
    )
    await failpoints.reach(f"{step.agent}.middle", step.key)
    answer = await _client().post(
        os.environ[RECEIVER], content=piece.text, headers={"Idempotency-Key": step.key}
    )
    answer.raise_for_status()
    await failpoints.reach(f"{step.agent}.effect", step.key)
    return piece


@cache
def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=EFFECT_TIMEOUT_S)


if __name__ == "__main__":
    main(AGENTS[sys.argv[1]].service)
