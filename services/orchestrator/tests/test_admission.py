"""Letting runs begin, on a real broker: replicas together keep the caps and leak no slot."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client

from agentkit.admission import AdmissionBook, Caps
from agentkit.nats import append, connected, read_run
from agentkit.provision import provision
from agentkit.settings import Settings
from contracts.events import RunAdmitted, RunCancelled, RunCompleted
from contracts.pipeline import Priority
from orchestrator.admission import Admission
from orchestrator.outputs import Admit

START = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield connection


def admit(n: int, channel_id: str = "cats", *, priority: Priority = "normal") -> Admit:
    return Admit(f"r{n}", channel_id, priority, START + timedelta(seconds=n))


async def is_admitted(connection: Client, run_id: str) -> bool:
    return any(isinstance(event, RunAdmitted) for _, event in await read_run(connection, run_id))


async def admitted(connection: Client, runs: int) -> list[str]:
    return [f"r{n}" for n in range(runs) if await is_admitted(connection, f"r{n}")]


async def end(connection: Client, admission: Admission, run_id: str, channel_id: str) -> None:
    ended = RunCompleted(run_id=run_id, at=datetime.now(UTC), outputs={})
    assert await append(connection.jetstream(), ended)
    await admission.settle(run_id, channel_id, holds=False, ended=True)


async def test_runs_begin_up_to_the_cap_and_the_others_as_those_end(connection: Client) -> None:
    admission = Admission(connection, Caps(total=2))

    for n in range(4):
        await admission.enter(admit(n))
    before = await admitted(connection, 4)
    await end(connection, admission, "r0", "cats")

    assert before == ["r0", "r1"]
    assert await admitted(connection, 4) == ["r0", "r1", "r2"]
    book = AdmissionBook(connection)
    assert set((await book.ledger()).active) == {"r1", "r2"}
    turn = await book.turn_of("r3")
    assert turn is not None
    assert (turn.before, turn.ledger.caps.total) == (0, 2)
    assert await book.turn_of("r1") is None


async def test_asked_twice_a_run_waits_once(connection: Client) -> None:
    admission = Admission(connection, Caps(total=1))
    await admission.enter(admit(0))

    await admission.enter(admit(1))
    await admission.enter(admit(1))

    assert [place.run_id for place in await AdmissionBook(connection).waiting()] == ["r1"]


@pytest.mark.timeout(60)
async def test_replicas_together_keep_the_caps_and_serve_every_channel(connection: Client) -> None:
    caps = Caps(total=4, per_channel=2)
    replicas = [Admission(connection, caps) for _ in range(2)]
    book = AdmissionBook(connection)
    channels = [("cats", "cats", "cats", "dogs", "seas")[n % 5] for n in range(40)]
    done = set[str]()

    async def enter(n: int) -> None:
        await replicas[n % 2].enter(admit(n, channels[n]))

    await asyncio.gather(*(enter(n) for n in range(40)))
    while active := (await book.ledger()).active:
        assert len(active) <= 4
        assert all(list(active.values()).count(channel) <= 2 for channel in set(channels))
        run_ids = sorted(active)
        await asyncio.gather(
            *(
                end(connection, replicas[n % 2], run_id, active[run_id])
                for n, run_id in enumerate(run_ids)
            )
        )
        done.update(run_ids)

    assert done == {f"r{n}" for n in range(40)}
    assert await book.waiting() == []
    assert await admitted(connection, 40) == [f"r{n}" for n in range(40)]


async def test_what_a_crashed_replica_began_is_finished(connection: Client) -> None:
    admission = Admission(connection, Caps(total=1))
    book = AdmissionBook(connection)
    await admission.enter(admit(0))
    await admission.enter(admit(1))
    await book.change(lambda ledger: ledger.without("r0").with_run("r1", "cats"))

    await admission.sweep()

    assert await admitted(connection, 2) == ["r0", "r1"]
    assert await book.waiting() == []


async def test_a_run_cancelled_while_it_waits_takes_no_slot(connection: Client) -> None:
    admission = Admission(connection, Caps(total=1))
    await admission.enter(admit(0))
    await admission.enter(admit(1))
    cancelled = RunCancelled(run_id="r1", at=datetime.now(UTC))
    assert await append(connection.jetstream(), cancelled)

    await end(connection, admission, "r0", "cats")

    assert (await AdmissionBook(connection).ledger()).active == {}
    assert await AdmissionBook(connection).waiting() == []
    assert await admitted(connection, 2) == ["r0"]


async def test_the_slot_of_a_run_that_ended_unseen_is_freed(connection: Client) -> None:
    admission = Admission(connection, Caps(total=1))
    await admission.enter(admit(0))
    await admission.enter(admit(1))
    ended = RunCompleted(run_id="r0", at=datetime.now(UTC), outputs={})
    assert await append(connection.jetstream(), ended)

    await admission.sweep()

    assert await admitted(connection, 2) == ["r0", "r1"]


async def test_a_run_that_waits_for_a_person_gives_its_slot_to_another(connection: Client) -> None:
    admission = Admission(connection, Caps(total=1))
    await admission.enter(admit(0))
    await admission.enter(admit(1))

    await admission.settle("r0", "cats", holds=False, ended=False)
    await admission.settle("r0", "cats", holds=True, ended=False)

    assert await admitted(connection, 2) == ["r0", "r1"]
    assert set((await AdmissionBook(connection).ledger()).active) == {"r0", "r1"}


async def test_without_caps_whoever_still_waits_begins(connection: Client) -> None:
    capped = Admission(connection, Caps(total=1))
    for n in range(3):
        await capped.enter(admit(n))

    await Admission(connection, Caps()).sweep()

    assert await admitted(connection, 3) == ["r0", "r1", "r2"]
    assert await AdmissionBook(connection).waiting() == []
