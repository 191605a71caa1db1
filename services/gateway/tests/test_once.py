"""A key makes a request that makes something safe to repeat, on whatever gateway it arrives."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from httpx2 import AsyncClient, Limits, Response

from agentkit.nats import read_run
from contracts import subjects
from gateway import once
from gateway.__main__ import start
from gateway.intake import RunOrder
from yaa.embedded.ports import free_port

RUN = "/api/v1/pipeline/run"
ORDER = {"topic": "왜 하늘은 파란가"}
KEY = {"Idempotency-Key": "click-1"}
CHANNEL = {"channel_id": "mine", "name": "과학"}
SCHEDULE = {"cron": "0 9 * * *", "order": ORDER}

pytestmark = pytest.mark.usefixtures("agents")


@pytest.fixture
async def gateways(settings, connection, key):
    """Clients of two gateways that share log and database."""
    assert connection.is_connected
    admin = await key("admin")
    async with AsyncExitStack() as stack:
        clients = []
        for port in (settings.http_port, free_port()):
            await stack.enter_async_context(start(settings.model_copy(update={"http_port": port})))
            client = AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"X-API-Key": admin},
                trust_env=False,
                timeout=60,
                limits=Limits(max_connections=50),
            )
            clients.append(await stack.enter_async_context(client))
        yield clients


@pytest.fixture
async def failed(record, story):
    """A run `a` that can be repeated."""
    told = story("a").requested().asks("script").fails("script")
    await record(told.ends_badly(told.error("script", 1)))


async def accepted(client: AsyncClient) -> Response:
    """Post until it is not refused for want of time: that is what a key is for."""
    while (answer := await client.post(RUN, json=ORDER, headers=KEY)).status_code == 503:
        assert answer.headers["retry-after"]
    return answer


@pytest.mark.timeout(90)
async def test_a_hundred_posts_with_one_key_are_one_run_and_a_hundred_equal_answers(
    gateways, connection
):
    answers = await asyncio.gather(*(accepted(gateways[n % 2]) for n in range(100)))

    assert {each.status_code for each in answers} == {202}
    [(_, location)] = {(each.text, each.headers["location"]) for each in answers}
    info = await connection.jetstream().stream_info(subjects.RUNS)
    assert info.state.messages == 1
    assert len(await read_run(connection, location.rpartition("/")[2])) == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/api/v1/channels", CHANNEL, {"name": "other"}),
        ("/api/v1/schedules", SCHEDULE, {"name": "other"}),
        ("/api/v1/schedules", SCHEDULE | {"id": "daily"}, {"tz": "Asia/Seoul"}),
        ("/api/v1/pipeline/runs/a/retry", {}, {"fresh": True}),
        ("/api/v1/pipeline/runs/a/rerun", {"from_step": "script"}, {"fresh": True}),
    ],
)
@pytest.mark.usefixtures("failed")
async def test_whatever_is_made_is_answered_alike_with_its_key(gateways, path, body, other):
    posts = (gateways[n % 2].post(path, json=body, headers=KEY) for n in range(10))

    answers = await asyncio.gather(*posts)
    later = await gateways[0].post(path, json=body, headers=KEY)
    reused = await gateways[1].post(path, json=body | other, headers=KEY)

    assert {each.status_code for each in answers} <= {201, 202}
    assert {(each.status_code, each.text) for each in [*answers, later]} == {
        (later.status_code, later.text)
    }
    assert later.headers["location"]
    assert reused.status_code == 422
    assert reused.json()["type"] == "urn:yaa:problem:idempotency-key-reused"
    assert "the Idempotency-Key 'click-1' stands for another request" in reused.json()["detail"]


async def test_the_answer_stays_when_what_was_made_has_changed_since(api):
    first = await api.post("/channels", json=CHANNEL, headers=KEY)
    run = await api.post(RUN, json=ORDER | {"channel_id": "mine"}, headers={"Idempotency-Key": "2"})
    await api.patch("/channels/mine", json={"name": "우주"})
    await api.delete("/channels/mine")

    again = await api.post("/api/v1/channels", json=CHANNEL, headers=KEY)
    run_again = await api.post(
        RUN, json=ORDER | {"channel_id": "mine"}, headers={"Idempotency-Key": "2"}
    )

    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert (run_again.status_code, run_again.text) == (run.status_code, run.text)


async def test_what_a_crash_left_undone_is_done_by_the_next_try_with_the_same_id(api, connection):
    async def crash(_: str) -> RunOrder:
        raise asyncio.CancelledError

    order = RunOrder.model_validate(ORDER | {"requested_by": "admin"})
    digest = once.digest_of("run", order)
    key = once.RequestKey("click-1", api.headers["x-api-key"].split("_")[1])
    with pytest.raises(asyncio.CancelledError):
        await once.once(connection, key, digest, RunOrder, crash, new_id="the-first")

    answer = await api.post(RUN, json=ORDER, headers=KEY)

    assert answer.json() == {"run_id": "the-first", "status": "pending"}
    assert len(await read_run(connection, "the-first")) == 1


@pytest.mark.parametrize(
    ("path", "body"), [("/api/v1/channels", CHANNEL), ("/api/v1/schedules", SCHEDULE | {"id": "d"})]
)
async def test_what_is_there_already_is_not_made_by_a_key_that_has_not_made_it(api, path, body):
    await api.post(path, json=body, headers=KEY)

    others = [await api.post(path, json=body, headers={"Idempotency-Key": "2"}) for _ in range(2)]
    again = await api.post(path, json=body, headers=KEY)

    assert [each.status_code for each in (*others, again)] == [409, 409, 201]


@pytest.mark.parametrize(
    ("path", "body"), [("/api/v1/channels", CHANNEL), ("/api/v1/schedules", SCHEDULE | {"id": "d"})]
)
async def test_what_a_crash_left_unanswered_is_answered_by_the_next_try(
    api, connection, path, body
):
    made = await api.post(path, json=body, headers=KEY)
    bucket = await connection.jetstream().key_value(subjects.IDEMPOTENCY_BUCKET)
    [name] = await bucket.keys()
    answered = json.loads((await bucket.get(name)).value)
    await bucket.put(name, json.dumps(answered | {"answer": ""}).encode())

    again = await api.post(path, json=body, headers=KEY)

    assert (again.status_code, again.text) == (201, made.text)


async def test_one_key_is_for_one_kind_of_request(api):
    await api.post(RUN, json=ORDER, headers=KEY)

    response = await api.post("/channels", json=CHANNEL, headers=KEY)

    assert response.status_code == 422
    assert (await api.get("/channels/mine")).status_code == 404


async def test_a_request_that_was_refused_may_be_sent_again(api):
    refused = await api.post(RUN, json=ORDER | {"channel_id": "mine"}, headers=KEY)
    await api.post("/channels", json=CHANNEL)

    taken = await api.post(RUN, json=ORDER | {"channel_id": "mine"}, headers=KEY)

    assert (refused.status_code, taken.status_code) == (404, 202)


async def test_what_two_callers_call_alike_is_not_the_same(as_key):
    one, other = await as_key("run", name="jun"), await as_key("run", name="minji")

    first = await one.post(RUN, json=ORDER, headers=KEY)
    second = await other.post(RUN, json={"topic": "달은 왜 둥근가"}, headers=KEY)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() != second.json()
