"""Holding a run up and letting it go on, by HTTP."""

import asyncio

import pytest

from agentkit.nats import read_run
from agentkit.testing import wait_until
from contracts.events import RunPaused, RunResumed

RUN = "/api/v1/pipeline/runs/a"


@pytest.fixture
def told(connection):
    """Return what the log says of the pauses of run `a`."""

    async def told():
        events = [event for _, event in await read_run(connection, "a")]
        return [
            (event.type.removeprefix("run."), event.n)
            for event in events
            if isinstance(event, RunPaused | RunResumed)
        ]

    return told


async def test_a_pause_is_on_the_log_when_it_is_accepted(api, connection, record, story):
    await record(story("a").requested().asks("script"))
    order = {"reason": " prices are checked ", "requested_by": "minji"}

    response = await api.post(f"{RUN}/pause", json=order)

    assert response.status_code == 202
    assert response.json()["run_id"] == "a"
    (_, event) = (await read_run(connection, "a"))[-1]
    assert isinstance(event, RunPaused)
    assert (event.n, event.reason, event.requested_by) == (1, "prices are checked", "minji")


async def test_a_run_is_paused_and_goes_on_as_often_as_wanted(api, record, story, told):
    await record(story("a").requested())

    for _ in range(2):
        assert (await api.post(f"{RUN}/pause")).status_code == 202
        assert (await api.post(f"{RUN}/resume", json={"requested_by": "minji"})).status_code == 202

    assert await told() == [("paused", 1), ("resumed", 1), ("paused", 2), ("resumed", 2)]


async def test_whoever_leads_the_log_is_asked_how_a_run_stands(
    api, connection, record, story, told
):
    """Of a copy that lags behind, a run that is paused goes on: it would do so never again."""
    asked = []

    async def hear(message):
        asked.append(message.data)

    await record(story("a").requested())
    await connection.subscribe("$JS.API.STREAM.MSG.GET.RUNS", cb=hear)

    for action in ("pause", "resume"):
        assert (await api.post(f"{RUN}/{action}")).status_code == 202

    await wait_until(lambda: len(asked) == 2)
    assert all(b"run.a.>" in question for question in asked)
    assert await told() == [("paused", 1), ("resumed", 1)]


async def test_what_is_asked_for_again_is_the_same_as_asked_for_once(api, record, story, told):
    await record(story("a").requested())

    for action in ("resume", "pause", "resume"):
        answers = await asyncio.gather(*(api.post(f"{RUN}/{action}") for _ in range(4)))
        assert {answer.status_code for answer in answers} == {202}

    assert await told() == [("paused", 1), ("resumed", 1)]


async def test_a_pause_gets_through_however_fast_the_run_goes_on(api, record, story):
    going = story("a").requested()
    await record(going)
    going.events.clear()
    for attempt in range(1, 40):
        going.asks("script", attempt).fails("script", attempt)

    response, _ = await asyncio.gather(api.post(f"{RUN}/pause"), record(going))

    assert response.status_code == 202


@pytest.fixture(params=["completed", "failed", "been cancelled"])
async def end(request, record, story):
    """Let run `a` end; returns how."""
    begun = story("a").requested()
    ends = {"completed": begun.ends, "failed": begun.ends_badly}
    await record(ends.get(request.param, begun.is_cancelled)())
    return request.param


@pytest.mark.parametrize("action", ["pause", "resume"])
async def test_a_run_that_has_ended_is_refused_and_left_alone(api, end, told, action):
    response = await api.post(f"{RUN}/{action}")

    assert response.status_code == 409
    problem = response.json()
    assert problem["type"] == "urn:yaa:problem:run-ended"
    done = {"pause": "paused", "resume": "resumed"}[action]
    assert problem["detail"] == f"run a has {end} already: only a run under way can be {done}"
    assert await told() == []


REFUSED = [
    ("nope/pause", {}, 404, "there is no run 'nope'"),
    ("a.b/resume", {}, 404, "there is no run 'a.b'"),
    ("a/pause", {"reason": "x" * 501}, 422, "reason"),
    ("a/pause", {"requested_by": "policy"}, 422, "requested_by is 'policy', which stands for"),
    ("a/resume", {"reason": "x"}, 422, "reason is nothing this address knows"),
]


async def test_what_cannot_be_done_is_refused_in_one_sentence(api, record, story, told, subtests):
    await record(story("a").requested())

    for path, body, status, says in REFUSED:
        with subtests.test(says):
            response = await api.post(f"/api/v1/pipeline/runs/{path}", json=body)

            assert response.status_code == status
            assert says in response.json()["detail"]
    assert await told() == []


async def test_a_pause_is_refused_while_the_log_is_away(api, record, story, fresh_nats):
    await record(story("a").requested())
    fresh_nats.kill()
    try:
        response = await api.post(f"{RUN}/pause", timeout=15)
    finally:
        fresh_nats.start()

    assert response.status_code == 503
