"""Retrying and rerunning, by HTTP."""

import asyncio
import json

import pytest

from agentkit.artifacts import NatsArtifacts
from agentkit.nats import read_run
from contracts import subjects
from contracts.artifacts import BlobRef, Brief, Scene, Script
from contracts.events import Parent, RunRequested

from .story import ref_to

RUN = "/api/v1/pipeline/runs/a"
SCENE = Scene(narration="달이 당깁니다.", on_screen_text="달", image_prompt="moon", target_s=6)
SCRIPT = ref_to(Script(title="조수", language="ko", hook="왜?", scenes=(SCENE,)))
LARGE = ref_to({"text": "x" * 60_000}, "Anything")


@pytest.fixture
def begun(story):
    """A run whose script is there and whose media are not."""
    told = story("a").requested("조수").asks("script").completes("script", SCRIPT)
    return told.asks("seo").completes("seo").asks("media").fails("media")


@pytest.fixture
async def failed(record, begun):
    await record(begun.ends_badly(begun.error("media", 1)))


@pytest.fixture
async def done(record, begun):
    await record(begun.asks("media", 2).completes("media", attempt=2).ends())


@pytest.fixture
def started(connection):
    """Return what a repetition was asked for, once it was accepted."""

    async def started(response) -> RunRequested:
        assert response.status_code == 202, response.text
        run_id = response.json()["run_id"]
        assert response.headers["location"] == f"/api/v1/pipeline/runs/{run_id}"
        [(_, event)] = await read_run(connection, run_id)
        assert isinstance(event, RunRequested)
        return event

    return started


@pytest.mark.usefixtures("failed")
async def test_a_retry_is_a_new_run_that_takes_over_what_was_made(api, started):
    order = {"requested_by": "minji"}

    response = await api.post(f"{RUN}/retry", json=order, headers={"X-Request-ID": "q-1"})

    child = await started(response)
    told = {"run_id": child.run_id, "status": "pending", "parent_run_id": "a"}
    assert response.json() == told
    assert child.parent == Parent(run_id="a", from_step="media", kind="retry")
    assert child.reused["script"] == SCRIPT
    assert set(child.reused) == {"script", "seo"}
    assert (child.journal_id, child.request_id, child.requested_by) == ("a", "q-1", "minji")


@pytest.mark.usefixtures("failed")
async def test_a_run_is_retried_once_however_often_it_is_asked_for(api, connection, story, record):
    answers = await asyncio.gather(*(api.post(f"{RUN}/retry") for _ in range(5)))

    (run_id,) = {answer.json()["run_id"] for answer in answers}
    assert len(await read_run(connection, run_id)) == 1
    again = story(run_id)
    await record(again.ends_badly())
    later = (await api.post(f"{RUN}/retry")).json()
    assert (later["run_id"], later["status"]) == (run_id, "failed")
    assert (await api.post(f"/api/v1/pipeline/runs/{run_id}/retry")).json()["run_id"] != run_id


@pytest.mark.usefixtures("failed")
async def test_a_fresh_retry_is_another_run_with_a_journal_of_its_own(api, started):
    kept = await started(await api.post(f"{RUN}/retry"))
    fresh = await started(await api.post(f"{RUN}/retry", json={"fresh": True}))

    assert kept.run_id != fresh.run_id
    assert fresh.journal_id is None


async def test_an_edit_may_hold_a_number_of_any_size(api, record, story, started):
    told = story("a").requested().asks("script").completes("script").asks("seo").completes("seo")
    await record(told.ends_badly(told.error("media", 1)))
    order = {"from_step": "media", "edits": {"script": {"of": 10**30}}}

    child = await started(await api.post(f"{RUN}/rerun", json=order))

    assert child.reused["script"].inline == {"of": 1e30}


async def test_large_outputs_are_taken_over_by_reference(api, connection, record, story, started):
    told = story("a").requested().asks("script").completes("script", LARGE)
    await record(told.asks("seo").completes("seo").ends_badly())

    child = await started(await api.post(f"{RUN}/retry"))

    large = child.reused["script"]
    assert large.inline is None
    assert child.reused["seo"].inline == {"of": "seo"}
    blob = BlobRef(sha256=large.sha256, size_bytes=large.size_bytes, media_type="", name=large.kind)
    assert json.loads(await NatsArtifacts(connection).read(blob)) == LARGE.inline


@pytest.mark.parametrize(("ends", "says"), [(True, "has completed"), (False, "is under way")])
async def test_what_has_not_failed_is_not_retried(api, record, begun, ends, says):
    await record(begun.ends() if ends else begun)

    response = await api.post(f"{RUN}/retry")

    assert response.status_code == 409
    assert response.json()["type"] == "urn:yaa:problem:run-not-failed"
    assert f"run a {says}: only one that failed or was cancelled" in response.json()["detail"]


@pytest.mark.usefixtures("done")
async def test_a_rerun_runs_its_step_and_what_is_behind_it(api, started):
    child = await started(await api.post(f"{RUN}/rerun", json={"from_step": "media"}))

    assert child.parent == Parent(run_id="a", from_step="media", kind="rerun")
    assert set(child.reused) == {"script", "seo"}
    assert child.topic == "조수"


@pytest.mark.usefixtures("done")
async def test_a_rerun_takes_over_what_a_person_edited(api, started):
    edits = {"script": {"title": "새 제목"}, "brief": {"topic": "달", "dry_run": True}}
    order = {"from_step": "media", "edits": edits}

    child = await started(await api.post(f"{RUN}/rerun", json=order))

    script = child.reused["script"]
    assert script.kind == "Script"
    assert script.inline == {**(SCRIPT.inline or {}), "title": "새 제목"}
    assert script.sha256 != SCRIPT.sha256
    assert (child.topic, child.dry_run) == ("달", True)
    assert Brief.model_validate(child.brief.inline).topic == "달"


async def test_what_only_its_agent_knows_can_be_edited_too(api, record, story, started):
    told = story("a").requested().asks("script").completes("script", LARGE).completes("seo")
    await record(told.ends_badly())
    order = {"from_step": "media", "edits": {"script": {"text": "y"}}}

    child = await started(await api.post(f"{RUN}/rerun", json=order))

    assert child.reused["script"] == ref_to({"text": "y"}, "Anything")


@pytest.mark.usefixtures("done")
async def test_the_same_rerun_with_the_same_key_is_one_run(api):
    order = {"from_step": "media", "edits": {"script": {"title": "새 제목"}}}
    key = {"Idempotency-Key": "k"}

    answers = await asyncio.gather(
        *(api.post(f"{RUN}/rerun", json=order, headers=key) for _ in range(3))
    )
    other = await api.post(f"{RUN}/rerun", json={"from_step": "seo"}, headers=key)
    keyless = await api.post(f"{RUN}/rerun", json=order)

    (run_id,) = {answer.json()["run_id"] for answer in answers}
    assert other.status_code == 422
    assert "'k' stands for another request" in other.json()["detail"]
    assert keyless.json()["run_id"] != run_id


REFUSED = [
    ({}, 422, "from_step is missing: add it"),
    ({"from_step": "edit"}, 422, "run a has no step 'edit': use one of script, seo, media"),
    ({"from_step": "media", "edits": {"seo": {"a": 1}}}, 422, "'seo' cannot be edited"),
    ({"from_step": "media", "edits": {"script": {"titel": ""}}}, 422, "has no field 'titel'"),
    ({"from_step": "media", "edits": {"script": {"title": 7}}}, 422, "script.title cannot be"),
    ({"from_step": "media", "edits": {"script": "new"}}, 422, "edits.script is 'new'"),
    ({"from_step": "media", "edits": {"brief": {"topic": ""}}}, 422, "brief.topic cannot be"),
]


@pytest.mark.usefixtures("done")
async def test_a_rerun_that_cannot_be_is_refused_in_one_sentence(api, connection, subtests):
    before = (await connection.jetstream().stream_info(subjects.RUNS)).state.messages

    for body, status, says in REFUSED:
        with subtests.test(says):
            response = await api.post(f"{RUN}/rerun", json=body)

            assert response.status_code == status
            assert says in response.json()["detail"]
            assert len(response.json()["detail"]) < 300
    assert (await connection.jetstream().stream_info(subjects.RUNS)).state.messages == before


@pytest.mark.usefixtures("failed")
async def test_a_rerun_that_lacks_an_output_names_it(api):
    response = await api.post(f"{RUN}/rerun", json={"from_step": "seo"})

    assert response.status_code == 422
    assert "step 'media', which would not run again, has no output" in response.json()["detail"]


async def test_a_run_under_way_is_not_rerun(api, record, begun):
    await record(begun)

    response = await api.post(f"{RUN}/rerun", json={"from_step": "media"})

    assert response.status_code == 409
    assert "run a is under way: wait for its end" in response.json()["detail"]


async def test_an_unreadable_output_is_not_edited(api, record, story):
    lost = SCRIPT.model_copy(update={"inline": None})
    told = story("a").requested().asks("script").completes("script", lost).completes("seo")
    await record(told.ends_badly())
    order = {"from_step": "media", "edits": {"script": {"title": "t"}}}

    response = await api.post(f"{RUN}/rerun", json=order)

    assert response.status_code == 422
    assert "'script' of run a is lost or too large to be edited" in response.json()["detail"]


ACTIONS = [("retry", {}), ("rerun", {"from_step": "media"})]


@pytest.mark.parametrize(("action", "body"), ACTIONS)
async def test_a_run_that_nobody_knows_is_named(api, action, body):
    response = await api.post(f"/api/v1/pipeline/runs/nope/{action}", json=body)

    assert response.status_code == 404
    assert "there is no run 'nope'" in response.json()["detail"]


async def test_nothing_is_repeated_while_the_log_is_away(api, fresh_nats):
    fresh_nats.kill()
    try:
        answers = [
            await api.post(f"{RUN}/{action}", json=body, timeout=15) for action, body in ACTIONS
        ]
    finally:
        fresh_nats.start()

    assert [answer.status_code for answer in answers] == [503, 503]
