"""Dead letters by HTTP: listed, shown, and their runs started again once."""

import asyncio
from datetime import UTC, datetime

import pytest
from orjson import dumps

from agentkit.nats import append, read_run
from contracts import subjects
from contracts.events import Parent, RunCompleted, RunRequested

DEAD = "/api/v1/dead"
GIVEN_UP = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.RUNS"
REFUSED = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.RUNS"


@pytest.fixture
def dies(connection):
    """Let the broker say that it gave up the last message of the log; returns the letter's id."""

    async def dies(agent, subject=GIVEN_UP, kind="max_deliver"):
        js = connection.jetstream()
        last = (await js.stream_info(subjects.RUNS)).state.last_seq
        told = {
            "type": f"io.nats.jetstream.advisory.v1.{kind}",
            "timestamp": "2026-01-01T00:01:00.123456789Z",
            "stream": subjects.RUNS,
            "consumer": subjects.durable_of(agent),
            "stream_seq": last,
            "deliveries": 5,
        }
        ack = await js.publish(f"{subject}.{subjects.durable_of(agent)}", dumps(told))
        return ack.seq

    return dies


@pytest.fixture
def dead_run(record, story, dies):
    """Tell a run whose steps are all dead letters; returns their ids."""

    async def dead_run(run_id, *steps, fails=True):
        told, ids = story(run_id).requested(), []
        for step in steps:
            await record(told.asks(step))
            told.events.clear()
            ids.append(await dies("writer"))
        if fails:
            await record(told.ends_badly(told.error(steps[0], 1)))
        return ids

    return dead_run


@pytest.fixture
async def failed(dead_run):
    """Return the id of the one dead letter of run `r1`, which has failed."""
    (dead_id,) = await dead_run("r1", "script")
    return dead_id


async def test_dead_letters_are_listed_newest_first(api, record, story, dies, connection):
    assert (await api.get(DEAD)).json() == {"items": []}
    for run in range(3):
        await record(story(f"r{run}").requested().asks("script"))
        await dies("writer")
    await connection.jetstream().publish(f"{GIVEN_UP}.projector", b"no request of an agent")
    await record(story("r3").requested().asks("media", 2))
    await dies("media", REFUSED, "terminated")

    items = (await api.get(DEAD)).json()["items"]

    assert [(item["id"], item["run_id"]) for item in items] == [
        (5, "r3"),
        (3, "r2"),
        (2, "r1"),
        (1, "r0"),
    ]
    assert items[0]["reason"].startswith("agent 'media' refused this attempt for good: look at")
    assert items[3] == {
        "id": 1,
        "at": "2026-01-01T00:01:00.123456Z",
        "run_id": "r0",
        "step": "script",
        "attempt": 1,
        "agent": "writer",
        "deliveries": 5,
        "reason": "agent 'writer' was given this attempt 5 times and died or fell silent each "
        "time: look at its log, then redrive with yaa dead redrive 1",
    }
    assert [item["id"] for item in (await api.get(DEAD, params={"limit": 2})).json()["items"]] == [
        5,
        3,
    ]


async def test_more_than_a_page_of_dead_letters_is_read_from_the_end(
    api, record, story, dies, monkeypatch
):
    monkeypatch.setattr("gateway.dead.PAGE", 2)
    for run in range(5):
        await record(story(f"r{run}").requested().asks("script"))
        await dies("writer")

    items = (await api.get(DEAD, params={"limit": 4})).json()["items"]

    assert [item["id"] for item in items] == [5, 4, 3, 2]


async def test_a_dead_letter_is_shown(api, failed):
    shown = (await api.get(f"{DEAD}/{failed}")).json()

    assert shown == (await api.get(DEAD)).json()["items"][0]


async def test_a_redrive_is_a_retry_of_the_failed_run(api, connection, failed):
    response = await api.post(f"{DEAD}/{failed}/redrive", headers={"X-Request-ID": "again-1"})

    assert response.status_code == 202
    run_id = response.json()["run_id"]
    assert run_id != "r1"
    assert response.headers["location"] == f"/api/v1/pipeline/runs/{run_id}"
    [(_, again)] = await read_run(connection, run_id)
    (_, first) = (await read_run(connection, "r1"))[0]
    assert isinstance(again, RunRequested)
    assert again.request_id == "again-1"
    assert again.at > first.at
    assert again.requested_by == "admin"
    changed = {"run_id", "at", "request_id", "requested_by", "parent", "journal_id", "traceparent"}
    assert again.model_dump(exclude=changed) == first.model_dump(exclude=changed)
    assert again.parent == Parent(run_id="r1", from_step="script", kind="retry")
    assert (await api.get(response.headers["location"])).json()["status"] == "pending"


async def test_redriving_again_answers_with_the_same_run(api, connection, dead_run):
    seo, media = await dead_run("r1", "seo", "media")

    answers = await asyncio.gather(
        *(api.post(f"{DEAD}/{dead_id}/redrive") for dead_id in (seo, seo, media))
    )

    assert [answer.status_code for answer in answers] == [202] * 3
    (run_id,) = {answer.json()["run_id"] for answer in answers}
    assert len(await read_run(connection, run_id)) == 1
    (other,) = await dead_run("r2", "seo")
    assert (await api.post(f"{DEAD}/{other}/redrive")).json()["run_id"] != run_id


@pytest.mark.parametrize("completes", [False, True])
async def test_a_run_that_has_not_failed_is_not_started_again(api, connection, dead_run, completes):
    (dead_id,) = await dead_run("r1", "script", fails=False)
    if completes:
        end = RunCompleted(run_id="r1", at=datetime.now(UTC), outputs={})
        await append(connection.jetstream(), end)
    before = (await connection.jetstream().stream_info(subjects.RUNS)).state.messages

    response = await api.post(f"{DEAD}/{dead_id}/redrive")

    assert response.status_code == 409
    stands = "has completed" if completes else "is under way"
    assert response.json()["detail"] == (
        f"run r1 {stands}: only one that failed or was cancelled can be retried"
    )
    assert (await connection.jetstream().stream_info(subjects.RUNS)).state.messages == before


@pytest.mark.usefixtures("failed")
@pytest.mark.parametrize("dead_id", ["2", "0", "-1", "nope", "٣", "9" * 18, "9" * 400])
async def test_an_unknown_dead_letter_is_named_with_the_way_out(api, dead_id):
    for response in (
        await api.get(f"{DEAD}/{dead_id}"),
        await api.post(f"{DEAD}/{dead_id}/redrive"),
    ):
        assert response.status_code == 404
        problem = response.json()
        assert problem["type"] == "urn:yaa:problem:unknown-dead-letter"
        assert f"there is no dead letter '{dead_id[:64]}" in problem["detail"]
        assert problem["detail"].endswith("yaa dead list has their ids")


async def test_dead_letters_are_refused_while_the_log_is_away(api, fresh_nats):
    fresh_nats.kill()

    for response in (
        await api.get(DEAD, timeout=15),
        await api.get(f"{DEAD}/1", timeout=15),
    ):
        assert response.status_code == 503
        assert "try again" in response.json()["detail"]
