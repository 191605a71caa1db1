"""Conditions, lists and approvals through a running orchestrator."""

import asyncio
import hashlib

import orjson
import pytest
from nats.aio.msg import Msg

from agentkit.nats import append
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef, Items, Joined
from contracts.base import step_of
from contracts.cards import Quote, QuoteRequest
from contracts.events import (
    ApprovalRequested,
    RunCompleted,
    RunFailed,
    StepCompleted,
    StepFailed,
    StepRequested,
    StepSkipped,
)
from contracts.live import StopRun
from contracts.references import inline_ref
from orchestrator import shell

from .world import World, completed, failed, spec, yes


async def test_a_step_whose_condition_is_false_is_skipped_and_the_run_goes_on(
    world: World,
) -> None:
    maybe = spec("maybe", when="!brief.review", if_skipped="feed")
    async with world.replica(), world.agent():
        await world.request("r1", maybe, spec("last", "maybe"))

        end = await world.end_of()

    (skipped,) = [each for each in await world.events() if isinstance(each, StepSkipped)]
    assert skipped.reason == "its condition '!brief.review' is false"
    assert isinstance(end, RunCompleted)
    assert set(end.outputs) == {"last"}


async def test_a_condition_that_cannot_be_evaluated_fails_the_run_at_once(world: World) -> None:
    bad = spec("bad", when="brief.nothing", retry={"max_attempts": 3, "initial_s": 0})
    async with world.replica(), world.agent():
        await world.request("r1", bad)

        end = await world.end_of()

    assert isinstance(end, RunFailed)
    (error,) = end.errors
    assert (error.error, error.step, error.attempt) == ("ConditionError", "bad", 1)
    assert "takes the field 'nothing', which is not there" in error.message
    assert not await world.has(StepRequested)


@pytest.mark.timeout(60)
async def test_a_long_list_is_done_by_two_replicas_and_joined_in_order(world: World) -> None:
    """So long that one answer of the broker does not hold the run."""
    count = 600
    listed = inline_ref(Items(values=tuple(range(count))))
    body = orjson.dumps(listed.inline)
    stored = await world.artifacts.put(body, media_type="application/json", name="Items")
    brief = listed.model_copy(update={"sha256": stored.sha256, "inline": None})

    def play(asked: StepRequested) -> StepCompleted:
        _, index = step_of(asked.step)
        output = ArtifactRef(kind="Item", sha256="2" * 64, size_bytes=9, inline={"n": index})
        return completed(asked, output)

    each = spec("each", for_each="brief.values", concurrency=100)
    async with world.replica(), world.replica(), world.agent(play):
        await world.request("r1", each, spec("last", "each"), brief=brief)

        end = await world.end_of(timeout_s=45)

    assert isinstance(end, RunCompleted)
    joined = await world.artifacts.get_artifact(end.outputs["each"], Joined)
    assert [ref and ref.inline for ref in joined.outputs] == [{"n": n} for n in range(count)]
    assert len(await world.events()) == 1 + 1 + 2 * count + 1 + 2 + 1


async def test_an_approval_is_asked_with_a_price_and_holds_no_agent(world: World) -> None:
    async def price(message: Msg) -> None:
        asked = QuoteRequest.model_validate_json(message.data)
        quote = Quote(costs_usd_micro=tuple(1000 * call.count for call in asked.calls))
        await message.respond(quote.model_dump_json().encode())

    bucket = await world.js.key_value(subjects.AGENTS_BUCKET)
    call = {"capability": "text", "provider": "p", "model": "m", "usage": {}, "count": 2}
    task = {"task": "each", "inputs": [], "output": "Script", "calls": [call]}
    await bucket.put("writer", orjson.dumps({"agent": "writer", "tasks": [task]}))
    await world.connection.subscribe(subjects.QUOTES, cb=price)
    each = spec("each", for_each="brief.names", approval={"when": "brief.review"})
    async with world.replica(), world.agent():
        await world.request("r1", each)
        await wait_until(lambda: world.has(ApprovalRequested))
        (question,) = [e for e in await world.events() if isinstance(e, ApprovalRequested)]
        await wait_until(world.is_handled)
        assert not await world.has(StepRequested)

        await append(world.js, yes(question))
        end = await world.end_of()

    assert question.expected_cost_usd_micro == 3 * 2000
    assert isinstance(end, RunCompleted)


async def test_nobody_has_to_know_the_price_for_a_person_to_be_asked(world: World) -> None:
    async with world.replica(), world.agent():
        await world.request("r1", spec("a", approval={"expires_s": 1, "on_expiry": "reject"}))

        end = await world.end_of()

    (question,) = [e for e in await world.events() if isinstance(e, ApprovalRequested)]
    assert question.expected_cost_usd_micro is None
    assert isinstance(end, RunFailed)
    assert [error.error for error in end.errors] == ["ApprovalRejected"]


async def test_an_artifact_that_shows_up_late_holds_up_its_run_alone(world: World) -> None:
    body = orjson.dumps({"n": [1]})
    brief = ArtifactRef(kind="Brief", sha256=hashlib.sha256(body).hexdigest(), size_bytes=len(body))
    each = spec("each", for_each="brief.n")
    async with world.replica(), world.agent():
        await world.request("late", each, brief=brief)
        await world.request("r2", spec("a"))

        assert isinstance(await world.end_of("r2"), RunCompleted)
        assert await world.types("late") == ["run.requested"]
        await world.artifacts.put(body, media_type="application/json", name="Brief")
        end = await world.end_of("late")

    assert isinstance(end, RunCompleted)


async def test_an_artifact_that_is_lost_fails_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "PATIENCE", 1)
    brief = ArtifactRef(kind="Brief", sha256="f" * 64, size_bytes=9)
    async with world.replica():
        await world.request("r1", spec("a", when="brief.review"), brief=brief)

        end = await world.end_of()

    assert isinstance(end, RunFailed)
    assert [error.error for error in end.errors] == ["BlobMissingError"]
    assert "there is no file" in end.errors[0].message


async def test_what_a_failed_run_still_has_in_flight_is_stopped(world: World) -> None:
    told = asyncio.Queue[str]()

    async def hear(message: Msg) -> None:
        told.put_nowait(StopRun.model_validate_json(message.data).run_id)

    def play(asked: StepRequested) -> StepFailed | None:
        return failed(asked, retryable=False) if asked.step == "bad" else None

    await world.connection.subscribe(subjects.ALL_CONTROL, cb=hear)
    async with world.replica(), world.agent(play):
        await world.request("r1", spec("slow"), spec("bad"))

        assert isinstance(await world.end_of(), RunFailed)
        async with asyncio.timeout(15):
            assert await told.get() == "r1"
