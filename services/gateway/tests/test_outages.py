"""The log or the database is away: what the other can answer goes on, the rest is refused soon."""

import asyncio
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import psutil
import pytest

from agentkit.artifacts import NatsArtifacts
from agentkit.testing import wait_until
from contracts.artifacts import Scene, Script
from gateway import database

RUNS = "/api/v1/pipeline/runs"
RUN = "/api/v1/pipeline/run"
ORDER = {"topic": "왜 하늘은 파란가"}
DECISION = {"digest": f"{1:064}", "decision": "approve", "decided_by": "ann"}
SOON_S = 3

READS = (
    RUNS,
    f"{RUNS}?status=completed&text=하늘",
    f"{RUNS}/a",
    f"{RUNS}/b",
    f"{RUNS}/b/steps/media/instances",
    f"{RUNS}/b/steps/script/output",
    "/api/v1/dashboard/summary",
    "/api/v1/dashboard/trends",
    "/api/v1/library",
    "/api/v1/me",
    "/api/v1/pipelines",
    "/api/v1/pipelines/video",
    "/api/v1/channels",
    "/api/v1/channels/demo",
    "/api/v1/approvals",
    "/api/v1/usage",
    "/api/v1/usage/summary",
    "/health/live",
)
WRITES = (
    ("POST", RUN, ORDER),
    ("POST", "/api/v1/pipeline/plan", ORDER),
    ("POST", f"{RUNS}/b/cancel", {}),
    ("POST", f"{RUNS}/b/pause", {}),
    ("POST", f"{RUNS}/b/resume", {}),
    ("POST", f"{RUNS}/a/retry", {}),
    ("POST", f"{RUNS}/a/rerun", {"from_step": "script"}),
    ("POST", "/api/v1/approvals/b/publish/decision", DECISION),
    ("POST", "/api/v1/schedules", {"cron": "0 9 * * *", "order": ORDER}),
    ("DELETE", "/api/v1/schedules/daily", None),
    ("DELETE", "/api/v1/channels/demo", None),
    ("POST", "/api/v1/dead/1/redrive", {}),
)
ONLY_ON_THE_LOG = (
    f"{RUNS}/unknown",
    f"{RUNS}/a/events",
    "/api/v1/schedules",
    "/api/v1/approvals/b",
    "/api/v1/dead",
)

pytestmark = [pytest.mark.usefixtures("agents"), pytest.mark.timeout(90)]


@pytest.fixture
async def runs(connection, record, project, story, wide_story):
    """Run `a` has ended with a large script; `b` goes on and asks a person."""
    scene = Scene(narration="n", on_screen_text="t", image_prompt="p", target_s=3)
    script = Script(title="하늘", language="ko", hook="왜? " * 5000, scenes=(scene,))
    stored = await NatsArtifacts(connection).put_artifact(script)
    b = (
        wide_story("b", at=datetime.now(UTC))
        .requested()
        .asks("script")
        .completes("script")
        .plans("media", count=1)
    )
    b.asks("media:0").asks_a_person("publish")
    await record(story("a").requested().asks("script").completes("script", stored).ends(), b)
    await project()


@contextmanager
def frozen(pid: int):
    """Let a server stand still: its connections stay, and nothing answers."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.fixture
async def stopped_database(api, postgres_server, runs):
    """Stop the database when the gateway has seen the key that opens it, and signed nothing."""
    assert runs is None
    assert (await api.get("/api/v1/channels")).status_code == 200
    postgres_server.kill()
    yield
    postgres_server.start()


async def answer_in_time(api, method: str, path: str, body: object = None, **headers: str):
    began = time.monotonic()
    response = await api.request(method, path, json=body, headers=headers, timeout=30)
    assert time.monotonic() - began < SOON_S, (method, path)
    return response


async def refused_in_time(api, method: str, path: str, body: object = None) -> str:
    response = await answer_in_time(api, method, path, body)
    assert response.status_code == 503, (method, path, response.text)
    assert response.headers["retry-after"] == "2"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:yaa:problem:unavailable"
    return response.json()["detail"]


async def is_ready(api) -> bool:
    return (await api.get("/health/ready", timeout=30)).status_code == 200


@pytest.mark.usefixtures("runs")
async def test_without_the_log_reads_go_on_and_writes_are_refused_at_once(
    api, fresh_nats, subtests
):
    fresh_nats.kill()

    for path in READS:
        with subtests.test(path):
            assert (await answer_in_time(api, "GET", path)).status_code == 200
    for method, path, body in (*WRITES, *(("GET", path, None) for path in ONLY_ON_THE_LOG)):
        with subtests.test(path):
            assert "the event log does not answer" in await refused_in_time(api, method, path, body)
    with subtests.test("with a key"):
        channel = {"channel_id": "mine", "name": "Mine"}
        keyed = await answer_in_time(api, "POST", "/channels", channel, **{"Idempotency-Key": "k"})
        assert keyed.status_code == 503
    ready = await api.get("/health/ready")
    detail = (await api.get(f"{RUNS}/b")).json()
    fresh_nats.start()
    await wait_until(lambda: is_ready(api), timeout_s=30)

    assert "nats is not reachable" in ready.json()["missing"]
    assert [reason["kind"] for reason in detail["waiting_for"]][-1] == "log"
    assert (await api.post(RUN, json=ORDER, timeout=30)).status_code == 202
    assert (await api.get(f"{RUNS}/a")).json()["result"]["script"]["title"] == "하늘"


@pytest.mark.usefixtures("stopped_database")
async def test_without_the_database_the_log_tells_of_runs(api, subtests):
    with subtests.test("detail"):
        detail = (await answer_in_time(api, "GET", f"{RUNS}/a")).json()
        assert (detail["status"], detail["topic"]) == ("completed", "왜 하늘은 파란가")
        assert next(step["status"] for step in detail["steps"]) == "completed"
        assert detail["result"]["script"]["title"] == "하늘"
        assert (detail["cost_usd"], detail["money_saved_usd"]) == (None, None)
    with subtests.test("output"):
        output = await answer_in_time(api, "GET", f"{RUNS}/b/steps/script/output")
        assert output.json()["content"] == {"of": "script"}
    with subtests.test("what is in no table"):
        for path in ("/api/v1/me", "/api/v1/pipelines", "/api/v1/pipelines/video"):
            assert (await answer_in_time(api, "GET", path)).status_code == 200
    with subtests.test("events"):
        events = (await answer_in_time(api, "GET", f"{RUNS}/a/events")).text
        assert [line for line in events.splitlines() if line.startswith("event: ")] == [
            "event: run.requested",
            "event: step.requested",
            "event: step.completed",
            "event: run.completed",
        ]
    with subtests.test("what a run asks, and the answer"):
        [asked] = (await answer_in_time(api, "GET", "/api/v1/approvals/b")).json()["items"]
        shown = (await answer_in_time(api, "GET", "/api/v1/approvals/b/publish")).json()
        decided = await answer_in_time(
            api, "POST", "/api/v1/approvals/b/publish/decision", DECISION
        )
        assert (asked["step"], shown["cost_usd"], decided.status_code) == ("publish", None, 202)
    with subtests.test("control"):
        assert (await answer_in_time(api, "POST", f"{RUNS}/b/cancel")).status_code == 202
    with subtests.test("a run that there is not"):
        assert (await answer_in_time(api, "GET", f"{RUNS}/unknown")).status_code == 404


async def test_without_the_database_the_rest_is_refused_at_once_until_it_is_back(
    api, postgres_server, runs, subtests
):
    assert runs is None
    others = (f"{RUNS}/", "/health", "/api/v1/me", "/api/v1/pipelines")
    of_tables = [path for path in READS if not path.startswith(others)]
    assert (await api.get(RUNS)).status_code == 200
    postgres_server.kill()
    try:
        for method, path, body in (*(("GET", path, None) for path in of_tables), WRITES[0]):
            with subtests.test(path):
                told = await refused_in_time(api, method, path, body)
                assert "the database does not answer" in told
        ready = await answer_in_time(api, "GET", "/health/ready")
    finally:
        postgres_server.start()
    await wait_until(lambda: is_ready(api), timeout_s=30)

    assert ready.status_code == 503
    assert any("postgresql does not answer" in each for each in ready.json()["missing"])
    for path in of_tables:
        assert (await api.get(path)).status_code == 200
    assert (await api.post(RUN, json=ORDER, timeout=30)).status_code == 202


@pytest.mark.usefixtures("runs")
async def test_a_log_that_stands_still_is_given_up_in_seconds(api, fresh_nats):
    with frozen(fresh_nats.pid):
        began = time.monotonic()
        refused = await asyncio.gather(
            *(api.post(RUN, json=ORDER, timeout=60) for _ in range(20)),
            api.post(f"{RUNS}/b/cancel", timeout=60),
        )
        took = time.monotonic() - began
        listed = await answer_in_time(api, "GET", RUNS)

    assert {each.status_code for each in refused} == {503}
    assert {each.headers["retry-after"] for each in refused} == {"2"}
    assert took < 15
    assert listed.status_code == 200


@pytest.mark.usefixtures("runs")
async def test_a_database_that_stands_still_is_given_up_in_seconds(api, postgres_server):
    await asyncio.gather(*(api.get(RUNS) for _ in range(20)))

    with frozen(postgres_server.pid):
        began = time.monotonic()
        refused = await asyncio.gather(*(api.get(RUNS, timeout=90) for _ in range(40)))
        took = time.monotonic() - began
        events = await answer_in_time(api, "GET", f"{RUNS}/a/events")

    assert {(each.status_code, each.headers["retry-after"]) for each in refused} == {(503, "2")}
    assert took < 10
    assert "event: run.completed" in events.text
    await wait_until(lambda: is_ready(api), timeout_s=30)


@pytest.mark.usefixtures("runs")
async def test_a_run_is_told_by_the_log_while_the_database_stands_still(api, postgres_server):
    await asyncio.gather(*(api.get(RUNS) for _ in range(20)))

    with frozen(postgres_server.pid):
        began = time.monotonic()
        detail = await api.get(f"{RUNS}/a", timeout=90)
        took = time.monotonic() - began

    assert detail.status_code == 200
    assert (detail.json()["status"], detail.json()["cost_usd"]) == ("completed", None)
    assert took < 10
    await wait_until(lambda: is_ready(api), timeout_s=30)


async def test_a_question_that_takes_too_long_is_given_up_and_no_other_is(settings):
    async with database.open_pool(settings, size=2, holds_s=0.5) as pool:
        slow = asyncio.create_task(pool.fetchval("SELECT pg_sleep(30)"))
        while not slow.done():
            await pool.fetchval("SELECT 1")

        with pytest.raises(database.AWAY):
            await slow
        assert await pool.fetchval("SELECT 2") == 2
