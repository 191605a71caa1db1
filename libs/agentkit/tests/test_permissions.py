"""What the broker holds apart: an agent's key opens nothing that is another's."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loguru import logger
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from agentkit import permissions
from agentkit.accounts import config_of
from agentkit.journal import NatsJournal
from agentkit.keys import public_key
from agentkit.nats import NatsOutcomes, append, connected, read_run
from agentkit.objects import ObjectStore
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef, BlobRef
from contracts.events import RunCompleted, RunRequested, StepCompleted, StepRequested
from contracts.pipeline import Pipeline, StepSpec
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.running import Running
from yaa.testing import NatsClusterUnderTest

T0 = datetime(2026, 1, 1, tzinfo=UTC)
REF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
PIPELINE = Pipeline(pipeline="p", steps=(StepSpec(step="a", agent="writer", task="a"),))
WRITERS, MEDIAS = subjects.durable_of("writer"), subjects.durable_of("media")
FILES = f"OBJ_{subjects.ARTIFACTS_BUCKET}"
OTHERS = subjects.outcome_of("r1", "a", 1, "writer")
OWN = subjects.outcome_of("r1", "b", 1, "media")
END = RunCompleted(run_id="r1", at=T0, outputs={})
API = permissions.API


@dataclass
class World:
    """A broker with a run on its log, the operator, and an agent that was taken over."""

    settings: Settings
    operator: Client
    media: Client
    denied: list[str] = field(default_factory=list[str])

    async def everything(self) -> dict[str, object]:
        """Return all that the broker holds and how far its consumers are."""
        js = self.operator.jetstream()
        told = dict[str, object]()
        for stream in await js.streams_info():
            name = stream.config.name or ""
            told[name] = (stream.config, stream.state.last_seq, stream.state.messages)
            for each in await js.consumers_info(name):
                pending = (each.num_pending, each.num_ack_pending, each.delivered)
                told[f"{name} {each.name}"] = (each.config, pending)
        return told

    async def requested(self, subject: str, payload: bytes = b"") -> bytes | None:
        """Return what the agent is answered; None when nobody does."""
        try:
            return (await self.media.request(subject, payload, timeout=0.3)).data
        except (NatsError, TimeoutError):
            return None

    async def was_denied(self, what: str) -> None:
        await wait_until(lambda: any(what.lower() in each for each in self.denied))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Settings]:
    access = config_of(tmp_path / "keys", ["writer", "media"])
    running = Running(NatsServer(tmp_path / "nats", free_port(), access))
    running.start()
    yield Settings(nats_url=running.server.url, nats_keys_dir=tmp_path / "keys")
    running.stop()


@pytest.fixture
async def world(broker: Settings) -> AsyncIterator[World]:
    denied = list[str]()
    sink = logger.add(lambda line: denied.append(str(line).lower()), level="ERROR", serialize=True)
    async with (
        connected(broker, name=subjects.OPERATOR) as operator,
        connected(broker, name="media") as media,
    ):
        async with connected(broker, name=subjects.PROVISION) as connection:
            await provision(connection, ["writer", "media"])
        js = operator.jetstream()
        await append(js, run())
        for step, agent in (("a", "writer"), ("b", "media")):
            await append(js, request(step, agent))
        yield World(broker, operator, media, denied)
    logger.remove(sink)


def run() -> RunRequested:
    return RunRequested(
        run_id="r1", at=T0, pipeline=PIPELINE, brief=REF, channel_id="demo", topic="t"
    )


def request(step: str, agent: str, attempt: int = 1) -> StepRequested:
    return StepRequested(
        run_id="r1", at=T0, step=step, attempt=attempt, agent=agent, task=step, inputs={},
        timeout_s=1,
    )  # fmt: skip


def outcome(step: str, agent: str) -> StepCompleted:
    return StepCompleted(
        run_id="r1", at=T0, step=step, attempt=1, agent=agent, output=REF, duration_ms=1
    )


def config(**fields: object) -> bytes:
    return json.dumps(fields).encode()


CONSUMER = config(
    stream_name=subjects.RUNS,
    config={"name": "mine", "filter_subject": subjects.requests_to("writer")},
)

ATTACKS: dict[str, tuple[str, bytes]] = {
    "take another's request": (f"{API}.CONSUMER.MSG.NEXT.RUNS.{WRITERS}", b"1"),
    "look at another's durable": (f"{API}.CONSUMER.INFO.RUNS.{WRITERS}", b""),
    "end another's request": (f"$JS.ACK.RUNS.{WRITERS}.1.2.1.1.0", b"+TERM"),
    "make a consumer": (f"{API}.CONSUMER.CREATE.RUNS.mine", CONSUMER),
    "make one with a filter": (
        f"{API}.CONSUMER.CREATE.RUNS.mine.{subjects.requests_to('writer')}",
        CONSUMER,
    ),
    "make a durable": (f"{API}.CONSUMER.DURABLE.CREATE.RUNS.mine", CONSUMER),
    "remove a durable": (f"{API}.CONSUMER.DELETE.RUNS.{WRITERS}", b""),
    "remove its own durable": (f"{API}.CONSUMER.DELETE.RUNS.{MEDIAS}", b""),
    "read the log by sequence": (f"{API}.DIRECT.GET.RUNS", b'{"seq":2}'),
    "read a whole run": (f"{API}.DIRECT.GET.RUNS", b'{"multi_last":["run.r1.>"]}'),
    "read another's request": (f"{API}.DIRECT.GET.RUNS.run.r1.a.1.requested.writer", b""),
    "read through the leader": (f"{API}.STREAM.MSG.GET.RUNS", b'{"seq":2}'),
    "append another's outcome": (OTHERS, outcome("a", "writer").model_dump_json().encode()),
    "append a request": ("run.r1.a.2.requested.writer", b"{}"),
    "append a run": (subjects.beginning_of("r2"), run().model_dump_json().encode()),
    "append an end": (subjects.of_event(END), END.model_dump_json().encode()),
    "cancel a run": ("run.r1.cancel", b"{}"),
    "approve a step": ("run.r1.a.approval.1.decided", b"{}"),
    "stop other agents": (subjects.control("r1"), b'{"run_id":"r1"}'),
    "set a timer": (subjects.timer("r1", "a", 1), b"{}"),
    "set a schedule": (subjects.schedule("s1"), b"{}"),
    "jump the queue": (subjects.queued(0, "demo", 0, "r1"), b""),
    "write another's card": (subjects.card_of("writer"), b"{}"),
    "take a slot": (f"$KV.{subjects.ADMISSION_BUCKET}.ledger", b"{}"),
    "spend an idempotency key": (f"$KV.{subjects.IDEMPOTENCY_BUCKET}.k", b"{}"),
    "tell of a dead letter": ("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.RUNS.x", b"{}"),
    "look at a stream": (f"{API}.STREAM.INFO.RUNS", b""),
    "list streams": (f"{API}.STREAM.NAMES", b""),
    "make a stream": (f"{API}.STREAM.CREATE.MINE", config(name="MINE", subjects=["mine"])),
    "change a stream": (f"{API}.STREAM.UPDATE.RUNS", config(name="RUNS", subjects=["run.>"])),
    "empty a stream": (f"{API}.STREAM.PURGE.RUNS", b""),
    "remove a stream": (f"{API}.STREAM.DELETE.RUNS", b""),
    "remove a message": (f"{API}.STREAM.MSG.DELETE.RUNS", b'{"seq":2}'),
    "empty the artifacts": (f"{API}.STREAM.PURGE.{FILES}", b""),
    "copy a stream": (
        f"{API}.STREAM.SNAPSHOT.RUNS",
        config(deliver_subject=f"{subjects.inbox_of('media')}.x"),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_agent_cannot(world: World, attack: str) -> None:
    subject, payload = ATTACKS[attack]
    before = await world.everything()

    assert await world.requested(subject, payload) is None

    await world.was_denied(f'permissions violation for publish to \\"{subject}')
    assert await world.everything() == before


@pytest.mark.parametrize(
    "subject",
    [
        "run.>",
        subjects.requests_to("writer"),
        "call.>",
        "live.>",
        "$JS.ACK.>",
        "_INBOX.>",
        f"{subjects.inbox_of('writer')}.>",
        f"{subjects.inbox_of(subjects.ORCHESTRATOR)}.>",
        ">",
    ],
)
async def test_an_agent_cannot_listen_to(world: World, subject: str) -> None:
    await world.media.subscribe(subject)

    await world.was_denied(f'permissions violation for subscription to \\"{subject}')


@pytest.mark.parametrize(
    "reply", [subjects.of_event(END), OTHERS, "run.r1.a.2.requested.writer", "control.r1"]
)
async def test_an_answer_that_is_sent_elsewhere_reaches_nobody(world: World, reply: str) -> None:
    heard = list[str]()

    async def hear(message: object) -> None:
        heard.append(str(message))

    await world.operator.subscribe(reply, cb=hear)
    await world.operator.flush()
    told = END.model_dump_json().encode()
    for asked, payload in (
        (OWN, told),
        (f"{API}.DIRECT.GET.RUNS.{OWN}", b""),
        (f"{API}.CONSUMER.MSG.NEXT.RUNS.{MEDIAS}", b"1"),
        (f"{API}.CONSUMER.INFO.RUNS.{MEDIAS}", b""),
        (subjects.card_of("media"), told),
    ):
        await world.media.publish(asked, payload, reply=reply)
    await world.media.flush()
    await world.requested(f"{API}.CONSUMER.INFO.RUNS.{MEDIAS}")

    info = await world.operator.jetstream().stream_info(subjects.RUNS, subjects_filter=">")
    assert sorted(info.state.subjects or {}) == [
        "run.r1.a.1.requested.writer",
        "run.r1.b.1.outcome.media",
        "run.r1.b.1.requested.media",
        "run.r1.requested",
    ]
    assert heard == []


async def test_an_agent_cannot_end_a_run_by_what_it_may_write(world: World) -> None:
    await world.media.jetstream().publish(OWN, END.model_dump_json().encode())

    *_, (_, last) = await read_run(world.operator, "r1")

    assert (last.type, getattr(last, "agent", "")) == ("step.failed", "media")


@pytest.mark.parametrize("kind", ["sub", "all"])
async def test_an_agent_cannot_empty_what_it_may_write_to(world: World, kind: str) -> None:
    store = ObjectStore(world.operator)
    kept = await store.put(b"kept", media_type="text/plain", name="kept")
    await world.operator.jetstream().publish(subjects.card_of("writer"), b"{}")
    before = await world.everything()

    for subject in (f"$O.{subjects.ARTIFACTS_BUCKET}.C.x", subjects.card_of("media")):
        with pytest.raises(NatsError, match="rollup"):
            await world.media.jetstream().publish(subject, b"", headers={"Nats-Rollup": kind})

    assert await store.read(kept) == b"kept"
    assert await world.everything() == before


async def test_an_agent_can_do_its_work(world: World) -> None:
    js = world.media.jetstream()
    queue = await js.pull_subscribe("", durable=MEDIAS, stream=subjects.RUNS)
    (message,) = await queue.fetch(1)
    await message.in_progress()
    outcomes, store = NatsOutcomes(world.media), ObjectStore(world.media)
    assert not await outcomes.has_ended("r1")

    file = await store.put(b"x" * 3_000_000, media_type="text/plain", name="x")
    recorded = await outcomes.record(outcome("b", "media"))
    await message.ack()
    await js.publish(subjects.card_of("media"), b"{}")
    await world.media.publish(subjects.live("r1", "b"), b"{}")
    called = subjects.call("r1", "b", "d", 1)

    assert len(await store.read(BlobRef.model_validate(file))) == 3_000_000
    assert await outcomes.of("r1", "b", 1, "media") == recorded
    assert await NatsJournal(world.media).find(called) is None
    assert (await js.consumer_info(subjects.RUNS, MEDIAS)).num_ack_pending == 0
    assert world.denied == []


@pytest.mark.timeout(60)
async def test_an_agent_can_do_its_work_at_any_node_of_a_cluster(
    nats_cluster: NatsClusterUnderTest,
) -> None:
    async with connected(Settings(nats_url=nats_cluster.url), name=subjects.PROVISION) as operator:
        await provision(operator, ["writer"], replicas=3)
    async with connected(Settings(nats_url=nats_cluster.url), name="test") as orchestrator:
        for number, node in enumerate(nats_cluster.nodes, start=1):
            await append(orchestrator.jetstream(), request(f"s{number}", "writer"))
            async with connected(Settings(nats_url=node.url), name="writer") as agent:
                queue = await agent.jetstream().pull_subscribe(
                    "", durable=WRITERS, stream=subjects.RUNS
                )
                (message,) = await queue.fetch(1)
                outcomes, store = NatsOutcomes(agent), ObjectStore(agent)
                file = await store.put(node.name.encode(), media_type="text/plain", name="x")
                done = await outcomes.record(outcome(f"s{number}", "writer"))
                await message.ack()

                assert await store.read(file) == node.name.encode()
                assert await outcomes.of("r1", done.step, 1, "writer") == done
                assert not await outcomes.has_ended("r1")


async def test_an_agent_is_told_that_a_run_has_ended(world: World) -> None:
    heard = asyncio.Event()

    async def hear(_: object) -> None:
        heard.set()

    await world.media.subscribe(subjects.control("*"), cb=hear)
    await world.media.flush()
    async with connected(world.settings, name=subjects.ORCHESTRATOR) as orchestrator:
        await orchestrator.publish(subjects.control("r1"), b"{}")
        await asyncio.wait_for(heard.wait(), 5)


@pytest.mark.parametrize("service", [subjects.GATEWAY, subjects.PROJECTOR, subjects.USAGE])
async def test_other_services_cannot_touch_what_is_not_theirs(world: World, service: str) -> None:
    before = await world.everything()
    async with connected(world.settings, name=service) as connection:
        for subject, payload in (
            (f"{API}.STREAM.DELETE.RUNS", b""),
            (f"{API}.STREAM.PURGE.RUNS", b""),
            (f"{API}.CONSUMER.MSG.NEXT.RUNS.{WRITERS}", b"1"),
            (OTHERS, b"{}"),
            (subjects.of_event(END), b"{}"),
        ):
            with pytest.raises((TimeoutError, NoRespondersError)):
                await connection.request(subject, payload, timeout=0.2)

    assert len(world.denied) == 5
    assert await world.everything() == before


async def test_a_new_agent_is_let_in_by_reloading_twice_while_the_others_work(
    tmp_path: Path,
) -> None:
    keys = tmp_path / "keys"
    server = NatsServer(tmp_path / "nats", free_port(), config_of(keys, ["writer"]))
    running = Running(server)
    running.start()
    settings = Settings(nats_url=server.url, nats_keys_dir=keys)
    async with (
        connected(settings, name=subjects.PROVISION) as operator,
        connected(settings, name="writer") as writer,
    ):
        known = server.home / "nats.conf"
        more = config_of(keys, ["critic", "writer"])
        known.write_text(known.read_text().replace(server.access, more))
        for times in (1, 2):
            os.kill(running.process.pid, signal.SIGHUP)
            await wait_until(lambda times=times: reloads(server) == times)
        await provision(operator, ["critic", "writer"])

        async with connected(settings, name="critic") as critic:
            for agent in (critic, writer):
                assert not await NatsOutcomes(agent).has_ended("r1")
    running.stop()


def reloads(server: NatsServer) -> int:
    return server.log.read_text().count("Reloaded server configuration")


async def test_nobody_is_let_in_without_a_key(broker: Settings, tmp_path: Path) -> None:
    public_key(tmp_path / "others", "writer")
    for stranger in (
        broker.model_copy(update={"nats_keys_dir": None}),
        broker.model_copy(update={"nats_keys_dir": tmp_path / "others"}),
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5), connected(stranger, name="writer"):
                pass
