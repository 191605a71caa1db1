"""Asking a run to stop, by HTTP."""

import asyncio

import pytest

from agentkit.nats import append, read_run
from contracts.events import CancelRequested

URL = "/api/v1/pipeline/runs/a/cancel"


async def requests_in(connection) -> list[CancelRequested]:
    events = [event for _, event in await read_run(connection, "a")]
    return [event for event in events if isinstance(event, CancelRequested)]


async def test_a_cancel_is_on_the_log_when_it_is_accepted(api, connection, record, story):
    await record(story("a").requested().asks("script"))

    response = await api.post(URL, json={"reason": " wrong topic "})

    assert (response.status_code, response.json()) == (202, {"run_id": "a", "status": "running"})
    (request,) = await requests_in(connection)
    assert request.reason == "wrong topic"


async def test_a_cancel_needs_no_reason_and_no_body(api, connection, record, story):
    await record(story("a").requested())

    assert (await api.post(URL)).json() == {"run_id": "a", "status": "pending"}

    (request,) = await requests_in(connection)
    assert request.reason == ""


async def test_asking_again_is_the_same_as_asking_once(api, connection, record, story):
    await record(story("a").requested())

    answers = await asyncio.gather(
        *(api.post(URL, json={"reason": f"reason {n}"}) for n in range(5))
    )

    assert {answer.status_code for answer in answers} == {202}
    assert len(await requests_in(connection)) == 1


async def test_a_run_that_was_cancelled_is_told_so(api, record, story):
    await record(story("a").requested().is_cancelled())

    response = await api.post(URL)

    assert (response.status_code, response.json()["status"]) == (202, "cancelled")


@pytest.mark.parametrize("status", ["completed", "failed"])
async def test_a_run_that_has_ended_is_refused_and_left_alone(
    api, connection, record, story, status
):
    begun = story("a").requested()
    await record(begun.ends() if status == "completed" else begun.ends_badly())

    response = await api.post(URL)

    assert response.status_code == 409
    assert response.json()["type"] == "urn:yaa:problem:run-ended"
    assert f"run a has {status} already" in response.json()["detail"]
    assert await requests_in(connection) == []


async def test_a_cancel_gets_through_while_the_run_goes_on(api, connection, record, story):
    """What happens between reading the run and asking makes it read again."""
    told = story("a").requested()
    await record(told)
    for attempt in range(1, 15):
        told.asks("script", attempt).fails("script", attempt)
    js = connection.jetstream()

    async def go_on() -> None:
        for event in told.events[1:]:
            await append(js, event)

    response, _ = await asyncio.gather(api.post(URL), go_on())

    assert response.status_code == 202
    assert len(await requests_in(connection)) == 1


REFUSED = [
    ("nope", {}, 404, "there is no run 'nope'"),
    ("a.b", {}, 404, "there is no run 'a.b'"),
    ("a", {"reason": "x" * 501}, 422, "reason"),
    ("a", {"reason": "a\0b"}, 422, "reason has the control character U+0000"),
    ("a", {"raeson": "x"}, 422, "raeson is nothing this address knows"),
]


async def test_a_cancel_that_cannot_be_taken_is_refused_in_one_sentence(
    api, connection, record, story, subtests
):
    await record(story("a").requested())

    for run_id, body, status, says in REFUSED:
        with subtests.test(says):
            response = await api.post(f"/api/v1/pipeline/runs/{run_id}/cancel", json=body)

            assert response.status_code == status
            assert says in response.json()["detail"]
    assert await requests_in(connection) == []


async def test_a_cancel_is_refused_while_the_log_is_away(api, record, story, fresh_nats):
    await record(story("a").requested())
    fresh_nats.kill()
    try:
        response = await api.post(URL, timeout=15)
    finally:
        fresh_nats.start()

    assert response.status_code == 503
