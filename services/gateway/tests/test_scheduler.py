"""Schedules whose time comes: one run for each, whatever is down meanwhile."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from agentkit.nats import append, read_run
from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import RunCompleted, RunRequested
from contracts.schedules import Schedule
from gateway import schedules
from gateway.__main__ import start
from gateway.scheduler import run_id_of

URL = "/api/v1/schedules"
ORDER = {"topic": "왜 하늘은 파란가", "priority": "high"}
SECOND = timedelta(seconds=1)

pytestmark = [pytest.mark.usefixtures("agents"), pytest.mark.timeout(60)]


@pytest.fixture
def settings(settings, monkeypatch):
    """Times that nobody was woken at are looked for all the time, those of this second too."""
    monkeypatch.setattr("gateway.scheduler.MARGIN", timedelta())
    return settings.model_copy(update={"schedule_sweep_s": 0.2, "schedule_grace_s": 1.0})


@pytest.fixture
async def gateways(settings, connection):
    """Start gateways, as many as are asked for, each on a port of its own."""
    assert connection.is_connected
    async with AsyncExitStack() as stack:

        async def gateways(number=1):
            for _ in range(number):
                anywhere = settings.model_copy(update={"http_port": 0})
                await stack.enter_async_context(start(anywhere))

        yield gateways


@pytest.fixture
def keep(connection):
    """Keep a schedule, with seconds in its cron where a person could not have any."""

    async def keep(schedule_id, **fields):
        now = datetime.now(UTC)
        fields = {"order": ORDER, "created_at": now} | fields
        schedule = Schedule(id=schedule_id, **fields)
        assert await schedules.create(connection, schedule) is None
        return schedule

    return keep


@pytest.fixture
def runs(connection):
    """Return every run on the log."""

    async def runs():
        js = connection.jetstream()
        state = (await js.stream_info(subjects.RUNS, subjects_filter="run.*.requested")).state
        found = [await read_run(connection, name.split(".")[1]) for name in state.subjects or {}]
        return sorted(
            (event for run in found for _, event in run if isinstance(event, RunRequested)),
            key=lambda run: run.at,
        )

    return runs


@pytest.fixture
def settled(connection):
    """Wait until a schedule has an outcome for a time at or after `since`, and return it."""

    async def settled(schedule_id, since=None):
        async def is_settled():
            kept = await schedules.find(connection, schedule_id)
            outcome = kept and kept.outcome
            return bool(outcome and (since is None or outcome.fire_at >= since))

        await wait_until(is_settled, timeout_s=20)
        return (await schedules.find(connection, schedule_id)).outcome

    return settled


def in_seconds(number):
    return (datetime.now(UTC) + number * SECOND).replace(microsecond=0)


def cron_at(*times):
    """Return a cron that comes at these seconds of this day."""
    fields = zip(*((time.second, time.minute, time.hour) for time in times), strict=True)
    return " ".join(",".join(map(str, sorted(set(field)))) for field in fields) + " * * *"


async def test_a_time_makes_one_run_and_is_shown_as_done(api, settled, runs, project, connection):
    at = in_seconds(2)
    body = {"id": "launch", "at": at.isoformat(), "order": ORDER | {"requested_by": "jin"}}
    await api.post(URL, json=body)

    outcome = await settled("launch")

    (run,) = await runs()
    assert run.run_id == run_id_of("launch", at) == outcome.run_id
    assert (run.topic, run.priority) == (ORDER["topic"], "high")
    assert (run.requested_by, run.on_behalf_of) == ("schedule:launch", "jin")
    assert run.traceparent
    view = (await api.get(f"{URL}/launch")).json()
    assert (view["state"], view["next_fire_at"], view["requested_by"]) == ("done", None, "jin")
    assert view["last"] == {
        "fire_at": at.isoformat().replace("+00:00", "Z"),
        "at": view["last"]["at"],
        "outcome": "run",
        "run_id": run.run_id,
        "run_status": "pending",
        "error": "",
    }
    await append(connection.jetstream(), RunCompleted(run_id=run.run_id, at=at, outputs={}))
    await project()
    assert (await api.get(f"{URL}/launch")).json()["last"]["run_status"] == "completed"
    assert (await api.post(f"{URL}/launch/pause")).status_code == 409
    assert (await api.post(URL, json=body | {"at": in_seconds(60).isoformat()})).status_code == 409
    assert (await api.delete(f"{URL}/launch")).status_code == 204
    assert (await api.get(URL)).json()["total"] == 0


async def test_two_gateways_make_one_run_for_each_time(gateways, keep, runs):
    await gateways(2)
    schedule = await keep("often", cron="* * * * * *")

    async def has_fired():
        return len(await runs()) >= 4

    await wait_until(has_fired)
    found = await runs()
    times = [schedule.created_at.replace(microsecond=0) + n * SECOND for n in range(1, 20)]
    possible = {run_id_of("often", time): time for time in times}
    made = [possible[run.run_id] for run in found]
    assert len(set(made)) == len(made)
    assert all(run.at >= possible[run.run_id] for run in found)


async def test_a_time_that_is_delivered_again_makes_no_second_run(
    gateways, keep, runs, settled, connection
):
    at = in_seconds(1)
    await keep("launch", at=at)
    await gateways()
    outcome = await settled("launch")
    js = connection.jetstream()
    await js.purge_stream(subjects.TIMERS, subject=subjects.schedule_outcome("launch"))
    due = await js.get_last_msg(subjects.TIMERS, subjects.schedule_due("launch"))

    await js.publish(subjects.schedule_due("launch"), due.data)

    assert (await settled("launch")).run_id == outcome.run_id
    assert len(await runs()) == 1


async def test_a_time_that_has_just_come_is_left_to_the_broker(
    gateways, connection, settled, runs, monkeypatch
):
    monkeypatch.setattr("gateway.scheduler.MARGIN", 30 * SECOND)
    now = datetime.now(UTC).replace(microsecond=0)
    missed = now - 60 * SECOND
    for schedule_id, cron in (("missed", cron_at(missed)), ("often", "* * * * * *")):
        unarmed = Schedule(
            id=schedule_id, cron=cron, order=ORDER, created_at=now - timedelta(minutes=3)
        )
        payload = unarmed.model_dump_json().encode()
        await connection.jetstream().publish(subjects.schedule(schedule_id), payload)

    await gateways()

    assert (await settled("missed")).fire_at == missed
    assert [run.run_id for run in await runs()] == [run_id_of("missed", missed)]


@pytest.mark.parametrize("kind", ["cron", "at"])
async def test_what_is_missed_while_no_gateway_runs_is_up_to_the_schedule(
    gateways, keep, runs, settled, kind
):
    times = [in_seconds(1), in_seconds(2), in_seconds(3)]
    when = {"cron": cron_at(*times)} if kind == "cron" else {"at": times[-1]}
    await keep("once", **when)
    await keep("never", on_missed="skip", **when)
    await wait_until(lambda: datetime.now(UTC) > times[-1] + 1.2 * SECOND)
    await gateways()

    once, never = await settled("once", times[-1]), await settled("never", times[-1])

    assert (once.outcome, never.outcome) == ("run", "skipped")
    assert once.fire_at == never.fire_at == times[-1]
    assert [run.run_id for run in await runs()] == [run_id_of("once", times[-1])]


async def test_what_is_missed_while_the_broker_is_dead_makes_one_run(
    gateways, keep, runs, settled, fresh_nats
):
    await gateways()
    first, *missed = times = [in_seconds(1), in_seconds(3), in_seconds(4)]
    await keep("once", cron=cron_at(*times))
    await keep("never", cron=cron_at(*times), on_missed="skip")
    await settled("once", first)
    await settled("never", first)
    fresh_nats.kill()
    await wait_until(lambda: datetime.now(UTC) > missed[-1] + 1.2 * SECOND)
    fresh_nats.start()

    once, never = await settled("once", missed[-1]), await settled("never", missed[-1])

    assert (once.outcome, never.outcome) == ("run", "skipped")
    made = {run.run_id for run in await runs()}
    assert made == {
        run_id_of("once", first),
        run_id_of("never", first),
        run_id_of("once", missed[-1]),
    }


async def test_a_time_that_comes_while_the_database_is_away_waits_for_it(
    gateways, keep, runs, settled, postgres_server
):
    await gateways()
    postgres_server.kill()
    at = in_seconds(1)
    await keep("launch", at=at)
    await wait_until(lambda: datetime.now(UTC) > at + SECOND)
    assert await runs() == []
    postgres_server.start()

    assert (await settled("launch")).run_id == run_id_of("launch", at)
    assert len(await runs()) == 1


async def test_a_time_that_can_make_no_run_says_why(api, keep, settled, runs, pool):
    await pool.execute("DELETE FROM gateway.channels")
    counted = REGISTRY.get_sample_value("yaa_schedule_fires_total", {"outcome": "failed"}) or 0
    await keep("lost", at=in_seconds(1))
    await keep("old", cron="* * * * * *", order=ORDER | {"colour": "blue"})
    await settled("lost")
    await settled("old")

    lost, old = (await api.get(f"{URL}/lost")).json(), (await api.get(f"{URL}/old")).json()

    assert (lost["state"], lost["last"]["outcome"]) == ("done", "failed")
    assert lost["last"]["error"].startswith("there is no channel 'demo': use one of ")
    assert old["last"]["error"].startswith("colour of what was scheduled is not taken any more")
    assert (lost["last"]["run_id"], lost["last"]["run_status"]) == (None, None)
    assert await runs() == []
    now = REGISTRY.get_sample_value("yaa_schedule_fires_total", {"outcome": "failed"})
    assert now >= counted + 2


async def test_a_paused_or_removed_schedule_makes_no_run(api, keep, runs, settled):
    await keep("held", cron="* * * * * *")
    await keep("gone", cron="* * * * * *")
    await settled("held")
    await settled("gone")

    await api.post(f"{URL}/held/pause")
    await api.delete(f"{URL}/gone")
    before = datetime.now(UTC)
    mark = await keep("mark", at=in_seconds(3))
    await settled("mark")
    late = [run for run in await runs() if run.at > before and run.requested_by != "schedule:mark"]
    assert late == []
    view = (await api.post(f"{URL}/held/resume")).json()
    resumed = datetime.now(UTC)

    outcome = await settled("held", resumed)
    assert outcome.fire_at > mark.at
    assert view["state"] == "active"
    assert (await api.get(f"{URL}/gone")).status_code == 404


async def test_an_id_that_is_used_again_knows_nothing_of_before(
    keep, connection, gateways, settled
):
    await gateways()
    await keep("again", cron="* * * * * *")
    await settled("again")
    js = connection.jetstream()
    await js.purge_stream(subjects.TIMERS, subject=subjects.schedule("again"))
    assert await schedules.find(connection, "again") is None

    await keep("again", cron="0 0 1 1 *")

    kept = await schedules.find(connection, "again")
    assert (kept.outcome, kept.state) == (None, "active")
    assert kept.outcome_seq > 0
