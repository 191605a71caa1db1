"""Reading runs that wait for people, run steps for each item or repeat another run, by HTTP."""

import asyncio
import time
from itertools import batched

import pytest

from contracts import subjects
from contracts.events import Parent

RUNS = "/api/v1/pipeline/runs"
MANY = 10_000

BILL = """
INSERT INTO usage.step_totals VALUES
    ('e', 'media:0', 1000000, 300, 0, 0, 2), ('e', 'media:1', 500000, 100, 0, 0, 1),
    ('e', 'script', 20, 5, 0, 0, 1);
"""


def step_of(detail: dict, name: str) -> dict:
    return next(step for step in detail["steps"] if step["step"] == name)


async def test_the_detail_is_the_same_from_the_log_and_from_the_tables(
    api, record, project, wide_story
):
    await record(wide_story("e").revised_whole())

    from_log = (await api.get(f"{RUNS}/e")).json()
    await project()

    assert (await api.get(f"{RUNS}/e")).json() == from_log


async def test_a_step_for_each_item_shows_counts_and_what_is_not_finished(
    api, record, project, pool, wide_story
):
    story = wide_story("e").requested().asks("script").completes("script").plans("media", count=5)
    story.runs_each("media", 2).asks("media:2").asks("media:3").fails("media:3", message="no ink")
    await record(story)
    await project()
    await pool.execute(BILL)

    media = step_of((await api.get(f"{RUNS}/e")).json(), "media")

    counts = {name: media["instances"][name] for name in ("count", "completed", "failed")}
    assert counts == {"count": 5, "completed": 2, "failed": 1}
    assert media["instances"]["running"] == 1
    failed, running = media["instances"]["unfinished"]
    assert (failed["index"], failed["attempts"][0]["failure"]["message"]) == (3, "no ink")
    assert (running["index"], running["status"]) == (2, "running")
    assert (media["tokens"], media["cost_usd"]) == (400, 1.5)


async def test_instances_are_read_page_by_page(api, record, project, pool, wide_story):
    story = wide_story("e").requested().plans("media", count=4).runs_each("media", 3)
    await record(story.asks("media:3").fails("media:3"))
    await project()
    await pool.execute(BILL)
    url = f"{RUNS}/e/steps/media/instances"

    first = (await api.get(url, params={"limit": 3})).json()
    second = (await api.get(url, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    failed = (await api.get(url, params={"status": "failed"})).json()

    assert [each["index"] for each in first["items"]] == [0, 1, 2]
    assert first["items"][0]["cost_usd"] == 1.0
    assert [each["index"] for each in second["items"]] == [3]
    assert second["next_cursor"] is None
    assert failed["items"] == second["items"]
    assert failed["items"][0]["attempts"][0]["failure"]["error"] == "OverloadedError"


async def test_what_still_ran_when_its_run_ended_is_shown_as_cancelled(
    api, record, project, wide_story
):
    story = wide_story("e").requested().plans("media", count=2).asks("media:0").asks("media:1")
    await record(story.completes("media:0").is_cancelled())
    await project()
    url = f"{RUNS}/e/steps/media/instances"

    detail = (await api.get(f"{RUNS}/e")).json()
    cancelled = (await api.get(url, params={"status": "cancelled"})).json()["items"]
    running = (await api.get(url, params={"status": "running"})).json()["items"]

    assert step_of(detail, "media")["instances"]["running"] == 0
    assert [(each["index"], each["status"]) for each in cancelled] == [(1, "cancelled")]
    assert cancelled[0]["attempts"][0]["status"] == "cancelled"
    assert running == []


@pytest.fixture
async def planned_run(record, project, wide_story):
    await record(wide_story("e").requested().plans("media", count=1))
    await project()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("steps/script/instances", "'script' is no step that runs for each item of a list: use"),
        ("steps/nope/instances", "use one of media"),
        ("steps/media/instances?cursor=x", "the cursor is not one that this list gave"),
        ("steps/media/instances?status=nope", "status is 'nope': use one of"),
    ],
)
@pytest.mark.usefixtures("planned_run")
async def test_a_page_that_is_none_is_told(api, path, sentence):
    answer = await api.get(f"{RUNS}/e/{path}")

    assert answer.status_code in {404, 422}
    assert sentence in answer.json()["detail"]


async def test_the_instances_of_no_run_are_unknown(api):
    answer = await api.get(f"{RUNS}/nope/steps/media/instances")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:yaa:problem:unknown-run")


async def test_a_run_that_waits_for_a_person_says_so(api, record, project, wide_story):
    await record(wide_story("e").requested().asks_a_person("publish"))
    await project()

    detail = (await api.get(f"{RUNS}/e")).json()

    assert (detail["status"], detail["waiting_for_approval"]) == ("running", True)
    assert step_of(detail, "publish")["status"] == "awaiting_approval"
    (approval,) = detail["approvals"]
    assert (approval["step"], approval["round"], approval["status"]) == ("publish", 1, "waiting")


async def test_a_paused_run_says_by_whom_and_why(api, record, project, story):
    await record(story("a").requested().is_paused(reason="wrong voice"))
    await record(story("b").requested().is_paused().goes_on())
    await project()

    paused = (await api.get(f"{RUNS}/a")).json()
    resumed = (await api.get(f"{RUNS}/b")).json()

    assert paused["paused"]
    assert paused["pause"]["reason"] == "wrong voice"
    assert paused["pause"]["requested_by"] == "ann"
    assert (resumed["paused"], resumed["pause"]) == (False, None)


async def test_a_run_names_its_parent_and_its_children(api, record, project, story):
    parent = Parent(run_id="a", from_step="seo", kind="rerun")
    await record(story("a").whole(), story("b").requested(parent=parent))
    await project()

    of_parent = (await api.get(f"{RUNS}/a")).json()
    of_child = (await api.get(f"{RUNS}/b")).json()

    assert of_child["parent"] == {"run_id": "a", "from_step": "seo", "kind": "rerun"}
    assert of_child["parent_run_id"] == "a"
    (child,) = of_parent["children"]
    assert (child["run_id"], child["status"]) == ("b", "pending")


@pytest.mark.timeout(60)
async def test_ten_thousand_instances_make_neither_projector_nor_page_slow(
    api, connection, project, pool, wide_story
):
    """Publishing takes most of the time here; what is measured comes after it."""
    story = wide_story("e").requested().asks("script").completes("script")
    story.plans("media", count=MANY).runs_each("media", MANY)
    js = connection.jetstream()
    await _publish(js, story.events)

    began = time.monotonic()
    await project()
    projected_s = time.monotonic() - began
    began = time.monotonic()
    detail = (await api.get(f"{RUNS}/e")).json()
    shown_s = time.monotonic() - began

    assert step_of(detail, "media")["instances"]["completed"] == MANY
    assert await pool.fetchval("SELECT count(*) FROM gateway.instances") == MANY
    assert projected_s < 20
    assert shown_s < 1


async def _publish(js, events) -> None:
    for some in batched(events, 500, strict=False):
        await asyncio.gather(
            *(js.publish(subjects.of_event(e), e.model_dump_json().encode()) for e in some)
        )
