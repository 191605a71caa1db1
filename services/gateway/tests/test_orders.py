"""Asking for runs, by HTTP."""

import asyncio
import json
from datetime import timedelta

import pytest

from agentkit.nats import read_run
from contracts import subjects
from contracts.cards import AgentCard, TaskCard
from contracts.events import RunRequested

RUN = "/api/v1/pipeline/run"
PLAN = "/api/v1/pipeline/plan"
JSON = {"Content-Type": "application/json"}
ORDER = {"topic": "왜 하늘은 파란가"}

pytestmark = pytest.mark.usefixtures("agents")


async def taken(api, connection, **order) -> RunRequested:
    """Ask for a run and return how it stands on the log."""
    response = await api.post(RUN, json=ORDER | order)
    assert response.status_code == 202, response.text
    [(_, event)] = await read_run(connection, response.json()["run_id"])
    assert isinstance(event, RunRequested)
    return event


async def test_a_run_is_on_the_log_when_it_is_accepted(api, connection):
    response = await api.post(
        RUN, json=ORDER | {"aspect": "16:9", "dry_run": True}, headers={"X-Request-ID": "r-1"}
    )

    assert response.status_code == 202
    accepted = response.json()
    assert accepted["status"] == "pending"
    assert response.headers["location"] == f"/api/v1/pipeline/runs/{accepted['run_id']}"
    [(_, event)] = await read_run(connection, accepted["run_id"])
    assert isinstance(event, RunRequested)
    assert event.topic == "왜 하늘은 파란가"
    assert event.request_id == "r-1"
    assert [spec.step for spec in event.pipeline.steps] == ["script", "seo", "media"]
    assert event.brief.inline is not None
    assert event.brief.inline["aspect"] == "16:9"
    assert event.brief.inline["language"] == "ko"
    assert event.brief.inline["brand_guide"].startswith("audience:")
    assert event.dry_run


async def test_an_accepted_run_can_be_read_before_the_projector_has_come_to_it(api):
    run_id = (await api.post(RUN, json=ORDER)).json()["run_id"]

    detail = (await api.get(f"/api/v1/pipeline/runs/{run_id}")).json()

    assert detail["status"] == "pending"
    assert detail["topic"] == ORDER["topic"]
    assert [step["status"] for step in detail["steps"]] == ["waiting"] * 3


REFUSED = [
    ({"topic": "  "}, 422, "topic is empty"),
    ({"topic": "x" * 10_000}, 422, "topic has 10000 characters: use at most 500"),
    ({"topic": "a\x1b[31m"}, 422, "topic has the control character U+001B at place 2"),
    ({}, 422, "topic is missing: add it"),
    ({"topic": 7}, 422, "topic is 7: input should be a valid string"),
    ({"topic": "t", "chanel": "demo"}, 422, "chanel is nothing this address knows"),
    ({"topic": "t", "aspect": "4:3"}, 422, "aspect is '4:3': use one of '9:16' or '16:9'"),
    ({"topic": "t", "language": "korean"}, 422, "language is 'korean': it must match"),
    ({"topic": "t", "channel_id": "Nope!"}, 422, "channel_id is 'Nope!': it must match"),
    ({"topic": "t", "priority": "urgent"}, 422, "priority is 'urgent': use one of 'low', 'normal'"),
    ({"topic": "t", "deadline_s": 0}, 422, "deadline_s is 0 s: give a run from 1 s to 30 days"),
    ({"topic": "t", "deadline_s": 1e9}, 422, "deadline_s is 1000000000 s: give a run"),
    ({"topic": "t", "requested_by": "Policy"}, 422, "requested_by is 'Policy', which stands for"),
    ({"topic": "t", "requested_by": "x" * 101}, 422, "requested_by is 'xxx"),
    ({"topic": "t", "channel_id": "nope"}, 404, "no channel 'nope': use one of demo"),
    ({"topic": "t", "pipeline": "nope"}, 404, "no pipeline 'nope'"),
    ({"topic": "t", "pipeline": "broken"}, 422, "broken.yaml, line 3"),
]


async def test_an_order_that_cannot_be_met_is_refused_in_one_sentence(api, tmp_path, subtests):
    (tmp_path / "broken.yaml").write_text("pipeline: broken\nsteps: [\n")

    for body, status, sentence in REFUSED:
        for path in (RUN, PLAN):
            with subtests.test(sentence, path=path):
                response = await api.post(path, content=json.dumps(body), headers=JSON)

                problem = response.json()
                assert response.status_code == status
                assert response.headers["content-type"] == "application/problem+json"
                assert sentence in problem["detail"]
                assert len(problem["detail"]) < 300
                assert problem["status"] == status
                assert problem["request_id"] == response.headers["x-request-id"]


async def test_a_run_is_refused_while_the_log_is_away_and_taken_when_it_is_back(api, fresh_nats):
    fresh_nats.kill()
    refused = await api.post(RUN, json=ORDER, headers={"Idempotency-Key": "k"}, timeout=15)
    fresh_nats.start()

    async with asyncio.timeout(10):
        while (taken := await api.post(RUN, json=ORDER, timeout=15)).status_code != 202:
            assert taken.status_code == 503

    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert "try again" in refused.json()["detail"]


async def test_a_run_is_refused_while_the_database_is_away(api, postgres_server):
    postgres_server.kill()
    try:
        response = await api.post(RUN, json=ORDER, timeout=15)
    finally:
        postgres_server.start()

    assert response.status_code == 503
    assert "the database does not answer" in response.json()["detail"]


async def test_who_asks_how_urgently_and_until_when_is_recorded(api, connection):
    event = await taken(api, connection, priority="high", deadline_s=90, requested_by=" minji ")

    assert (event.priority, event.requested_by) == ("high", "minji")
    assert event.deadline_at == event.at + timedelta(seconds=90)


@pytest.mark.parametrize(("deadline_s", "of_both"), [(60, 60), (7200, 3600), (None, 3600)])
async def test_the_earlier_of_two_deadlines_counts(api, connection, tmp_path, deadline_s, of_both):
    video = tmp_path / "video.yaml"
    video.write_text(video.read_text() + "deadline_s: 3600\n")

    event = await taken(api, connection, deadline_s=deadline_s)

    assert event.deadline_at == event.at + timedelta(seconds=of_both)


async def test_without_any_deadline_a_run_has_none(api, connection):
    assert (await taken(api, connection)).deadline_at is None


async def test_whoever_wants_to_review_says_so_in_the_brief(api, connection, tmp_path):
    (tmp_path / "asking.yaml").write_text(
        "pipeline: asking\nsteps:\n  - {step: send, agent: media, approval: {when: brief.review}}\n"
    )
    asked = await taken(api, connection, pipeline="asking", review=True)
    unasked = await taken(api, connection, pipeline="asking")

    assert asked.brief.inline is not None
    assert unasked.brief.inline is not None
    assert (asked.brief.inline["review"], unasked.brief.inline["review"]) == (True, False)


async def test_a_review_that_no_step_asks_for_is_refused(api, connection):
    problem = await refused(api, connection, review=True)

    assert problem["type"] == "urn:yaa:problem:nothing-to-review"
    assert "no step of pipeline 'video' asks a person" in problem["detail"]


async def refused(api, connection, **order) -> dict[str, str]:
    response = await api.post(RUN, json=ORDER | order)
    assert response.status_code == 422
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.state.messages == 0
    return response.json()


async def test_an_agent_that_never_introduced_itself_is_named(api, connection, tmp_path):
    text = (tmp_path / "video.yaml").read_text()
    odd = text.replace("pipeline: video", "pipeline: odd").replace("agent: media", "agent: ghost")
    (tmp_path / "odd.yaml").write_text(odd)

    problem = await refused(api, connection, pipeline="odd")

    assert problem["type"] == "urn:yaa:problem:unknown-agent"
    assert problem["detail"] == (
        "pipeline 'odd' gives step 'media' to agent 'ghost', which has never been started here: "
        "start it, or name one that has (media, writer)"
    )


async def test_a_pipeline_that_is_too_large_to_be_read_again_is_refused(api, connection, tmp_path):
    expression = f"'{'x' * 900}' != ''"
    policy = f'when: "{expression}", for_each: "[{expression}]"'
    steps = [f"  - {{step: s{n}, agent: writer, {policy}}}" for n in range(200)]
    (tmp_path / "vast.yaml").write_text("\n".join(["pipeline: vast", "steps:", *steps]))

    problem = await refused(api, connection, pipeline="vast")

    assert problem["type"] == "urn:yaa:problem:request-too-large"
    assert "at most 262,144 are taken: use fewer steps" in problem["detail"]


async def introduces(connection, agent, *tasks) -> None:
    bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    card = AgentCard(agent=agent, tasks=tasks)
    await bucket.put(agent, card.model_dump_json().encode())


async def test_a_step_that_may_be_sent_back_takes_a_revision(api, connection, tmp_path):
    (tmp_path / "asking.yaml").write_text(
        "pipeline: asking\n"
        "steps:\n"
        "  - {step: script, agent: writer}\n"
        "  - {step: send, agent: media, needs: [script], approval: {revise: script}}\n"
    )
    other = TaskCard(task="seo", inputs=(), output="Seo")
    deaf = TaskCard(task="script", inputs=("Findings",), output="Script")
    await introduces(connection, "writer", other, deaf)

    problem = await refused(api, connection, pipeline="asking")
    heeds = deaf.model_copy(update={"optional": ("Revision",)})
    await introduces(connection, "writer", other, heeds)
    response = await api.post(RUN, json=ORDER | {"pipeline": "asking"})

    assert problem["type"] == "urn:yaa:problem:revision-not-taken"
    assert "task 'script' of agent 'writer' takes no Revision" in problem["detail"]
    assert response.status_code == 202


async def test_a_pipeline_and_an_agent_that_have_changed_are_taken_as_they_are_now(
    api, connection, tmp_path
):
    """Both are remembered: a file by its stamp, a card for a second."""
    new = "pipeline: new\nsteps:\n  - {step: a, agent: novice}\n"
    (tmp_path / "new.yaml").write_text(new)
    await introduces(connection, "novice", TaskCard(task="a", inputs=(), output="Note"))
    before = await taken(api, connection, pipeline="new")

    (tmp_path / "new.yaml").write_text(new + "  - {step: b, agent: newcomer}\n")
    unknown = await api.post(RUN, json=ORDER | {"pipeline": "new"})
    await introduces(connection, "newcomer", TaskCard(task="b", inputs=(), output="Note"))
    after = await taken(api, connection, pipeline="new")

    assert unknown.status_code == 422
    assert [spec.step for spec in before.pipeline.steps] == ["a"]
    assert [spec.step for spec in after.pipeline.steps] == ["a", "b"]


async def test_a_task_that_its_agent_does_not_have_is_named(api, connection, tmp_path):
    (tmp_path / "odd.yaml").write_text(
        "pipeline: odd\nsteps:\n  - {step: scrpt, agent: writer}\n  - {step: any, agent: media}\n"
    )
    tasks = [TaskCard(task=task, inputs=(), output="Note") for task in ("script", "seo")]
    await introduces(connection, "writer", *tasks)
    await introduces(connection, "media", tasks[0])

    problem = await refused(api, connection, pipeline="odd")

    assert problem["type"] == "urn:yaa:problem:unknown-task"
    assert problem["detail"] == (
        "step 'scrpt' asks agent 'writer' for task 'scrpt', which it does not have: "
        "name one of script, seo in task"
    )
