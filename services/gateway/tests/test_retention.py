"""What ended long ago is deleted with all there is of it, and nothing else is."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentkit import failpoints
from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import RunDeleted
from gateway import log, retention, tables
from gateway.deleting import Deleting
from gateway.retention import RetentionError

from .story import Story
from .world import KEEP, LONG_AGO, WHOLE, repeats, shown


async def test_what_ended_long_ago_is_gone_and_the_rest_is_whole(world, recently):
    unfinished = Story("c").requested().asks("script")
    await world.record(Story("a").whole(), Story("b", at=recently).whole(), unfinished)

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.events_of("a") == ["run.deleted"]
    assert len(await world.events_of("b")) == WHOLE
    assert len(await world.events_of("c")) == 2
    assert await world.runs() == ["b", "c"]
    assert await world.is_consistent()


async def test_tables_that_are_made_anew_are_the_same(world, recently):
    await world.record(Story("a").whole(), Story("b", at=recently).whole())
    await world.deletes()
    totals = dict(await world.pool.fetchrow("SELECT * FROM gateway.totals"))

    async with world.pool.acquire() as session:
        await tables.empty(session)
    await world.project()

    assert await world.runs() == ["b"]
    assert dict(await world.pool.fetchrow("SELECT * FROM gateway.totals")) == totals
    assert await world.is_consistent()


async def test_who_deleted_a_run_is_on_the_log(world):
    await world.record(Story("a").whole())

    await world.deletes()

    [told] = await log.read_all(world.connection, subjects.of_run("a"))
    assert isinstance(told.event, RunDeleted)
    assert told.event.requested_by == "ann"


async def test_a_run_stays_as_long_as_one_that_repeats_it(world, recently):
    await world.record(
        Story("a").whole(),
        Story("b", at=LONG_AGO + KEEP).requested(parent=repeats("a")).ends(),
        Story("c", at=recently).requested(parent=repeats("b")).ends(),
    )

    too_early = await world.deletes()
    kept = await world.runs()
    later = await world.deletes(datetime.now(UTC))

    assert (too_early.runs, kept) == (0, ["a", "b", "c"])
    assert later.runs == 3
    for run_id in kept:
        assert await world.events_of(run_id) == ["run.deleted"]


async def test_a_run_under_way_keeps_the_one_that_it_repeats(world):
    await world.record(Story("a").whole(), Story("b").requested(parent=repeats("a")).asks("seo"))

    assert (await world.deletes(datetime.now(UTC))).runs == 0


async def test_a_run_whose_parent_is_gone_goes_as_well(world):
    await world.record(Story("b").requested(parent=repeats("nobody")).ends())

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.runs() == []
    assert await world.is_consistent()


async def test_a_journal_stays_with_whoever_uses_it_last(world, recently):
    old = Story("b").requested(parent=repeats("a"), journal_id="a").ends()
    young = Story("c", at=recently).requested(parent=repeats("a"), journal_id="a").asks("script")
    await world.record(old, young)
    await world.pays("a")
    await world.is_billed()

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.calls_of("a") == 1


async def test_nobody_is_woken_for_a_run_that_is_deleted(world):
    far = {"Nats-Schedule": "@at 2099-01-01T00:00:00Z"}
    await world.record(Story("a").whole(), Story("b").requested())
    for run_id in ("a", "b"):
        target = {"Nats-Schedule-Target": subjects.timer_fired(run_id, subjects.DEADLINE, 1)}
        timer = subjects.timer(run_id, subjects.DEADLINE, 1)
        await world.connection.jetstream().publish(timer, b"{}", headers=far | target)

    await world.deletes()

    left = await log.read_all(world.connection, subjects.SET_TIMERS, stream=subjects.TIMERS)
    assert [each.subject for each in left] == [subjects.timer("b", subjects.DEADLINE, 1)]


async def test_a_run_of_more_events_than_an_answer_holds_goes_whole(world, wide_story):
    items = 1100
    long = wide_story("a").requested().plans("media", count=items)
    await world.record(long.runs_each("media", items).ends())

    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.events_of("a") == ["run.deleted"]
    assert await world.is_consistent()


async def test_many_go_page_by_page(world, recently, monkeypatch):
    monkeypatch.setattr(retention, "TOGETHER", 3)
    old = [Story(f"old-{n:02}", at=LONG_AGO).requested().ends() for n in range(10)]
    young = [Story(f"young-{n}", at=recently).requested().ends() for n in range(2)]
    kept = Story("a", at=LONG_AGO).requested().ends()
    child = Story("child", at=recently).requested(parent=repeats("a")).ends()
    await world.record(kept, *old, *young, child)

    counted = await world.keeper.count(datetime.now(UTC) - KEEP)
    deleted = await world.deletes()

    assert counted == 10
    assert deleted.runs == 10
    assert await world.runs() == ["a", "child", "young-0", "young-1"]


async def test_paid_calls_go_once_they_are_on_the_bill(world):
    await world.record(Story("a").whole(), Story("b").requested().asks("script"))
    await world.pays("a")
    await world.pays("b")

    unbilled = await world.deletes()
    kept = await world.events_of("a")
    await world.is_billed()
    billed = await world.deletes()

    assert (unbilled.runs, unbilled.unbilled, len(kept)) == (0, 1, WHOLE)
    assert (billed.runs, billed.unbilled) == (1, 0)
    assert await world.calls_of("a") == 0
    assert await world.calls_of("b") == 1


@pytest.fixture
async def crashed(world, tmp_path) -> list[str]:
    """Delete two runs and crash in the middle of one; return the one of which events are left."""
    await world.record(Story("a").whole(), Story("b").whole())
    for run_id in ("a", "b"):
        await world.pays(run_id)
    await world.is_billed()
    (tmp_path / "retention.middle").touch()
    failpoints.use(tmp_path)
    try:
        work = asyncio.create_task(world.deletes())
        await wait_until(lambda: any(_held_in(tmp_path)))
        work.cancel()
        await asyncio.wait([work])
    finally:
        failpoints.use(None)
    return [run_id for run_id in ("a", "b") if len(await world.events_of(run_id)) > 1]


def _held_in(folder: Path) -> list[Path]:
    return list(folder.glob("retention.middle@*"))


async def test_a_crash_in_the_middle_is_made_good_the_next_time(world, crashed):
    assert crashed

    await world.deletes()

    for run_id in ("a", "b"):
        assert await world.events_of(run_id) == ["run.deleted"]
        assert await world.calls_of(run_id) == 0
    assert await world.runs() == []
    assert await world.is_consistent()


async def test_after_a_week_the_log_does_not_even_tell_that_a_run_was_deleted(world):
    await world.record(Story("a").whole().is_deleted(), Story("b").requested())

    await world.deletes()

    assert await world.events_of("a") == []
    assert await world.events_of("b") == ["run.requested"]


async def test_the_last_event_of_the_log_stays(world):
    await world.record(Story("b").requested(), Story("a").whole().is_deleted())

    await world.deletes()

    assert await world.events_of("a") == ["run.deleted"]
    assert await world.is_consistent()


async def test_one_at_a_time_deletes(world):
    async with world.pool.acquire() as other:
        await other.execute(retention.ALONE)

        with pytest.raises(RetentionError, match="runs are being deleted or the tables verified"):
            await world.deletes()

        await other.execute(retention.NOT_ALONE)
    assert (await world.deletes()).runs == 0


async def test_a_deleted_run_is_unknown_to_the_api(api, world):
    await world.record(Story("a").whole(), Story("b").requested())
    await world.deletes(datetime.now(UTC))
    await world.record(Story("c").whole().is_deleted())  # the tables do not know of it yet

    for run in ("/api/v1/pipeline/runs/a", "/api/v1/pipeline/runs/c"):
        assert (await api.get(run)).status_code == 404
        assert (await api.get(f"{run}/events")).status_code == 404
        assert (await api.post(f"{run}/retry", json={})).status_code == 404

    summary = (await api.get("/api/v1/dashboard/summary")).json()
    assert (summary["total_runs"], summary["active_runs"]) == (1, 1)


async def test_what_an_agent_adds_to_a_deleted_run_goes_the_next_time(world):
    await world.record(Story("a").whole())
    await world.deletes()
    late = await world.store.put(b"late", media_type="image/png", name="a")
    await world.record(Story("a").completes("media", shown(late), attempt=7))
    await world.project()
    was_consistent = await world.is_consistent()

    await world.deletes()

    assert was_consistent
    assert await world.events_of("a") == ["run.deleted"]
    assert await world.pool.fetch("SELECT FROM gateway.artifacts") == []


async def test_a_retry_that_begins_again_under_its_id_is_another_run(world):
    await world.record(Story("a").requested().ends_badly())
    await world.record(Story("r").requested(parent=repeats("a")).ends_badly())
    await world.record(Story("r", at=datetime.now(UTC)).is_deleted())
    await world.pays("a")  # keeps its run
    await world.deletes()
    deleted = await world.events_of("r")
    again = Story("r", at=datetime.now(UTC)).requested(parent=repeats("a")).asks("script")
    await world.record(again, Story("q").requested())

    await world.project()
    was_consistent = await world.is_consistent()
    await world.deletes()

    assert deleted == ["run.deleted"]
    assert was_consistent
    assert await world.events_of("r") == ["run.requested", "step.requested"]
    assert await world.runs() == ["a", "q", "r"]
    assert await world.is_consistent()


async def test_what_could_not_be_put_into_the_tables_is_forgotten_with_its_run(world):
    await world.record(Story("a").whole(), Story("b").requested())
    await world.project()
    await world.pool.execute(
        "INSERT INTO gateway.left_out VALUES (3, 'run.a.script.1.outcome.writer', 'x'), "
        "(4, 'run.b.script.1.outcome.writer', 'x')"
    )

    await world.deletes()

    left = await world.pool.fetch("SELECT seq FROM gateway.left_out")
    assert [row["seq"] for row in left] == [4]


async def test_a_pass_stops_when_the_tables_are_made_anew(world, monkeypatch):
    monkeypatch.setattr(retention, "TOGETHER", 1)
    await world.record(*[Story(run_id).requested().ends() for run_id in ("a", "b")])
    delete = Deleting.delete

    async def delete_and_empty(self: Deleting, run_ids: list[str], requested_by: str) -> None:
        await delete(self, run_ids, requested_by)
        monkeypatch.setattr(world.keeper, "_catch_up", _nothing)
        async with world.pool.acquire() as session:
            await tables.empty(session)

    monkeypatch.setattr(Deleting, "delete", delete_and_empty)
    with pytest.raises(RetentionError, match="the tables are being made anew"):
        await world.keeper.enforce(datetime.now(UTC), requested_by="ann")

    assert await world.events_of("b") == ["run.requested", "run.completed"]


async def _nothing() -> None:
    return None


async def test_a_run_that_is_repeated_during_a_pass_is_kept(world, monkeypatch):
    monkeypatch.setattr(retention, "TOGETHER", 1)
    later = LONG_AGO + timedelta(hours=1)
    await world.record(Story("a").requested().ends(), Story("b", at=later).requested().ends())
    delete, repeated = Deleting.delete, Story("c").requested(parent=repeats("b")).asks("script")

    async def delete_and_repeat(self: Deleting, run_ids: list[str], requested_by: str) -> None:
        await delete(self, run_ids, requested_by)
        if "a" in run_ids:
            await world.record(repeated)

    monkeypatch.setattr(Deleting, "delete", delete_and_repeat)
    deleted = await world.deletes()

    assert deleted.runs == 1
    assert await world.runs() == ["b", "c"]


async def test_whoever_verifies_the_tables_waits_until_all_is_deleted(world, monkeypatch):
    await world.record(*[Story(f"r{n:02}").whole() for n in range(60)])
    delete, verified = Deleting.delete, list[asyncio.Task[bool]]()

    async def verify_and_delete(self: Deleting, run_ids: list[str], requested_by: str) -> None:
        verified.append(asyncio.create_task(world.is_consistent()))
        await delete(self, run_ids, requested_by)
        assert not verified[-1].done()

    monkeypatch.setattr(Deleting, "delete", verify_and_delete)
    await world.deletes()

    assert await asyncio.gather(*verified) == [True, True]


async def test_clocks_that_differ_delete_nothing(world, monkeypatch):
    monkeypatch.setattr(retention, "CLOCKS_DIFFER", timedelta(days=-1))
    await world.record(Story("a").whole())

    with pytest.raises(RetentionError, match="nothing is deleted before they agree"):
        await world.deletes()

    assert len(await world.events_of("a")) == WHOLE


async def test_a_long_run_that_was_deleted_is_not_told(api, world, wide_story):
    items = 1100
    long = wide_story("a").requested().plans("media", count=items).runs_each("media", items)
    await world.record(long.ends().is_deleted())

    assert (await api.get("/api/v1/pipeline/runs/a/events")).status_code == 404
