"""Why a run does not go on: asked of a real broker, by HTTP."""

import json
from datetime import UTC, datetime

import pytest

from agentkit.admission import AdmissionBook, Caps, Ledger
from agentkit.provision import agent_durable
from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import StepError
from contracts.pipeline import RetryPolicy
from contracts.subjects import Place
from gateway.details import told_by
from gateway.fold import fold_all
from gateway.inquiry import waiting_for
from gateway.state import RunState

RUNS = "/api/v1/pipeline/runs"


@pytest.fixture
def why(connection):
    """Return why the run of a story waits, as the gateway finds out."""

    async def why(story) -> list:
        run = fold_all(story.events)
        assert isinstance(run, RunState)
        return await waiting_for(connection, told_by(run))

    return why


@pytest.fixture
async def asks_for_work(connection):
    """Stand for workers that ask for work at a durable, each with one request for the next."""

    async def ask(durable: str, batch: int = 1, **preferred: object):
        inbox = connection.new_inbox()
        subscription = await connection.subscribe(inbox)
        request = {"batch": batch, "expires": 10_000_000_000, **preferred}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{subjects.RUNS}.{durable}"
        await connection.publish(subject, json.dumps(request).encode(), reply=inbox)
        return subscription

    return ask


def now() -> datetime:
    return datetime.now(UTC)


def kinds(reasons) -> list[tuple[str, str | None]]:
    return [(reason.kind, reason.step) for reason in reasons]


async def test_nobody_who_takes_a_step_is_named(why, record, story):
    told = story("a").requested().asks("media")
    await record(told)

    (reason,) = await why(told)

    assert (reason.kind, reason.step, reason.agent) == ("no_worker", "media", "media")
    assert reason.message == "no agent 'media' runs to take step 'media': start one"


async def test_a_worker_that_asks_for_work_is_not_waited_for(why, record, story, asks_for_work):
    told = story("a").requested().asks("media")
    await asks_for_work(subjects.durable_of("media"), batch=5)
    await record(told)

    assert await why(told) == []


async def test_workers_that_are_busy_are_told_with_the_queue_before_them(
    why, record, story, asks_for_work
):
    first = story("a", at=now()).requested().asks("media")
    second = story("b").requested().asks("media")
    await record(first)
    at_work = await asks_for_work(subjects.durable_of("media"))
    await at_work.next_msg(timeout=5)
    await record(second)

    (reason,) = await why(second)

    assert (reason.kind, reason.step) == ("busy", "media")
    assert "busy with 1; 1 wait for one" in reason.message
    assert await why(first) == []


async def test_a_worker_that_took_a_step_and_fell_silent_is_told(why, record, story, asks_for_work):
    told = story("a").requested().asks("media")
    await record(told)
    await (await asks_for_work(subjects.durable_of("media"))).next_msg(timeout=5)

    (reason,) = await why(told)

    assert (reason.kind, reason.step) == ("no_worker", "media")
    assert "fell silent" in reason.message


async def test_a_step_that_the_broker_gave_up_unheard_is_told_with_the_way_out(
    why, record, story, asks_for_work, connection
):
    impatient = agent_durable("media", ack_wait_s=0.2, max_deliver=1)
    await connection.jetstream().add_consumer(subjects.RUNS, impatient)
    told = story("a").requested().asks("media")
    await record(told)
    workers = await asks_for_work(subjects.durable_of("media"), batch=5)
    await workers.next_msg(timeout=5)

    async def is_given_up() -> bool:
        info = await connection.jetstream().consumer_info(subjects.RUNS, impatient.durable_name)
        return info.num_ack_pending == 0

    await wait_until(is_given_up)
    (reason,) = await why(told)

    assert (reason.kind, reason.step, reason.agent) == ("no_worker", "media", "media")
    assert reason.message == (
        "the broker has given up step 'media' of agent 'media', which died or fell silent too "
        "often: yaa cancel a, then retry it"
    )


async def test_a_step_whose_outcome_is_not_projected_yet_is_not_waited_for(
    why, record, story, asks_for_work
):
    told = story("a").requested().asks("media")
    await record(told)
    request = await (await asks_for_work(subjects.durable_of("media"))).next_msg(timeout=5)
    later = story("a").requested().asks("media").completes("media")
    later.events = later.events[-1:]
    await record(later)
    await request.ack_sync()

    assert not [each for each in await why(told) if each.step]


async def test_a_failed_attempt_waits_for_its_next(why, record, story):
    told = story("a", at=now()).requested().asks("media").fails("media")
    await record(told)

    (reason,) = await why(told)

    assert (reason.kind, reason.step) == ("backoff", "media")
    assert reason.until == told.events[-1].at + RetryPolicy().wait("a", "media", 1)
    assert "attempt 1 of step 'media' failed with OverloadedError" in reason.message


async def test_a_provider_that_wants_to_be_left_alone_is(why, record, story):
    busy = StepError(
        error="ProviderError",
        message="anthropic fails too often and is left alone for 30 s: try again then",
        retryable=True,
        retry_after_s=30,
        step="media",
        attempt=1,
        agent="media",
    )
    told = story("a", at=now()).requested().asks("media").fails("media", error=busy)
    await record(told)

    (reason,) = await why(told)

    pause = RetryPolicy().wait("a", "media", 1, retry_after_s=30)
    assert pause.total_seconds() >= 30
    assert reason.until == told.events[-1].at + pause


async def test_of_failed_instances_the_first_that_runs_again_is_told(why, record, wide_story):
    told = wide_story("e", at=now()).requested().asks("script").completes("script")
    told.plans("media", count=3).asks("media:0").asks("media:1").fails("media:0").fails("media:1")
    await record(told)

    (reason,) = await why(told)

    waits = [RetryPolicy().wait("e", f"media:{index}", 1) for index in (0, 1)]
    ends = [event.at + wait for event, wait in zip(told.events[-2:], waits, strict=True)]
    assert (reason.step, reason.until) == ("media", min(ends))
    assert "1 more later" in reason.message


async def test_a_step_that_the_run_goes_on_without_is_not_waited_for(why, record, story):
    told = story("a")
    steps = [
        spec.model_copy(update={"continue_on_error": spec.step == "media"})
        for spec in told.pipeline.steps
    ]
    told.pipeline = told.pipeline.model_copy(update={"steps": tuple(steps)})
    told.requested().asks("media").asks("script")
    final = StepError(
        error="Broken", message="m", retryable=False, step="media", attempt=1, agent="media"
    )
    told.fails("media", error=final)
    await record(told)

    assert kinds(await why(told)) == [("no_worker", "script")]


async def test_a_person_is_waited_for_until_the_question_expires(why, record, wide_story):
    told = wide_story("e").requested().asks_a_person("publish")
    await record(told)

    reasons = await why(told)

    assert ("approval", "publish") in kinds(reasons)
    approval = next(each for each in reasons if each.kind == "approval")
    assert approval.until == told.events[-1].expires_at
    assert approval.message == (
        "step 'publish' waits for a person to approve it: yaa approve e; "
        "when nobody decides until 2026-01-02 00:00:01 UTC, it is rejected"
    )


async def test_whoever_asked_for_a_run_is_told_to_leave_it_to_another(why, record, wide_story):
    told = wide_story("e").requested().asks_a_person("publish", requester_may_approve=False)
    await record(told)

    approval = next(each for each in await why(told) if each.kind == "approval")

    assert "waits for a person who did not ask for the run to approve it" in approval.message


async def test_a_paused_run_waits_for_whoever_resumes_it(why, record, story):
    told = story("a").requested().is_paused(reason="wrong voice")
    await record(told)

    (reason,) = await why(told)

    assert reason.kind == "paused"
    assert "ann paused it at 2026-01-01 00:00:01 UTC: wrong voice" in reason.message
    assert "yaa resume a" in reason.message


async def test_nobody_who_decides_is_named(why, record, story, asks_for_work):
    told = story("a").requested()
    await record(told)

    (reason,) = await why(told)
    await asks_for_work(subjects.ORCHESTRATOR, batch=100, group=subjects.REPLICAS, priority=3)
    with_one = await why(told)

    assert reason.kind == "orchestrator"
    assert with_one == []


async def test_an_attempt_that_is_overdue_is_a_matter_of_who_decides(why, record, story):
    told = story("a").requested().asks("media").fails("media")
    await record(told)

    assert kinds(await why(told)) == [("backoff", "media"), ("orchestrator", None)]


@pytest.fixture
async def queued(connection, record, story):
    """A run that waits for its turn behind another."""
    told = story("a").requested()
    await record(told)
    book = AdmissionBook(connection)
    await book.enqueue(Place(0, "other", 5, "z"))
    await book.enqueue(Place(1, "demo", 9, "a"))
    return told


@pytest.mark.parametrize(
    ("caps", "sentence"),
    [
        (Caps(total=1), "the cap of 1 active run is reached; 1 goes before it"),
        (Caps(total=9, per_channel=1), "the cap of 1 active run of channel 'demo' is reached"),
        (Caps(total=9), "it waits for its turn"),
    ],
)
async def test_a_cap_is_told_with_how_many_go_first(why, connection, queued, caps, sentence):
    book = AdmissionBook(connection)
    await book.change(lambda _: Ledger(caps=caps, active={"b": "demo"}))

    (reason,) = await why(queued)

    assert reason.kind == "cap"
    assert reason.message.startswith(sentence)


async def test_a_broker_that_is_away_is_told_and_the_page_is_there(
    api, record, project, story, fresh_nats
):
    await record(story("a").requested().asks("media"))
    await project()
    fresh_nats.kill()

    detail = (await api.get(f"{RUNS}/a", timeout=20)).json()

    assert [each["kind"] for each in detail["waiting_for"]] == ["log"]
    assert detail["status"] == "running"


async def test_a_run_that_has_ended_waits_for_nothing(api, record, project, story):
    await record(story("a").whole(), story("b").requested().asks("media"))
    await project()

    ended = (await api.get(f"{RUNS}/a")).json()
    waits = (await api.get(f"{RUNS}/b")).json()

    assert ended["waiting_for"] == []
    (reason,) = waits["waiting_for"]
    assert reason == {
        "kind": "no_worker",
        "message": "no agent 'media' runs to take step 'media': start one",
        "step": "media",
        "agent": "media",
        "until": None,
    }


async def test_what_has_just_been_asked_for_is_not_waited_for(why, record, story):
    told = story("a", at=now()).requested().asks("media")
    await record(told)

    assert await why(told) == []
