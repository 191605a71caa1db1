"""The answers of people: each question takes one, by HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from agentkit.nats import append, read_run
from contracts.events import ApprovalDecided

from .question import DIGEST, SHOWN, asking, order

ALL = "/api/v1/approvals"
ONE = f"{ALL}/a/publish"


@pytest.fixture
async def asked(record):
    await record(asking())


@pytest.fixture
def decided(connection):
    """Return the decisions that are on the log of run `a`."""

    async def decided():
        events = [event for _, event in await read_run(connection, "a")]
        return [event for event in events if isinstance(event, ApprovalDecided)]

    return decided


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("decision", ["approve", "reject", "revise"])
async def test_a_decision_is_on_the_log_when_it_is_accepted(api, decided, decision):
    response = await api.post(f"{ONE}/decision", json=order(decision, comment=" 짧게.\r\n더! "))

    assert response.status_code == 202
    (event,) = await decided()
    assert (event.decision, event.digest, event.round) == (decision, DIGEST, 1)
    assert (event.comment, event.decided_by) == ("짧게.\n더!", "minji")
    body = response.json()
    status = {"approve": "approved", "reject": "rejected", "revise": "revised"}[decision]
    assert body == {
        "run_id": "a",
        "step": "publish",
        "round": 1,
        "status": status,
        "decided_by": "minji",
        "decided_at": body["decided_at"],
    }
    assert datetime.fromisoformat(body["decided_at"]) == event.at


@pytest.mark.usefixtures("asked")
async def test_of_many_decisions_one_stands(api, decided):
    answers = await asyncio.gather(
        *(
            api.post(f"{ONE}/decision", json=order(decision, decided_by=f"p{n}"))
            for n, decision in enumerate(["approve", "reject"] * 4)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    (event,) = await decided()
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "urn:yaa:problem:approval-decided"
            assert f"by {event.decided_by} at" in answer.json()["detail"]


async def test_an_approval_that_was_decided_tells_by_whom_and_when(api, record, decided):
    await record(asking().decides("revise", "publish", decided_by="ann", comment="c"))

    response = await api.post(f"{ONE}/decision", json=order())

    assert response.status_code == 409
    (event,) = await decided()
    assert response.json()["detail"] == (
        "the approval of 'publish' in run a was sent back to be revised by ann at "
        f"{event.at:%Y-%m-%d %H:%M:%S} UTC: it cannot be decided again"
    )


async def test_an_approval_that_has_expired_is_not_decided(api, record, decided):
    past = datetime.now(UTC) - timedelta(seconds=1)
    await record(asking(expires_at=past))

    response = await api.post(f"{ONE}/decision", json=order())

    assert response.status_code == 409
    assert response.json()["type"] == "urn:yaa:problem:approval-expired"
    assert response.json()["detail"].endswith("UTC and counts as rejected")
    assert await decided() == []


async def test_an_approval_that_expired_on_the_log_says_so(api, record):
    told = asking(expires_at=datetime(2026, 1, 1, tzinfo=UTC), on_expiry="approve")
    await record(told.decides("approve", "publish", decided_by="policy"))

    response = await api.post(f"{ONE}/decision", json=order("reject"))

    assert response.status_code == 409
    assert "expired at" in response.json()["detail"]
    assert "counts as approved: it cannot be decided again" in response.json()["detail"]


async def test_a_second_round_is_another_question(api, record, decided):
    told = asking().decides("revise", "publish", comment="shorter").asks("script", 2)
    told.completes("script", attempt=2)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await record(told.asks_a_person("publish", 2, expires_at=tomorrow, shown=SHOWN))

    stale = await api.post(f"{ONE}/decision", json=order())
    fresh = await api.post(f"{ONE}/decision", json=order(digest=f"{2:064}"))

    assert stale.status_code == 409
    assert stale.json()["type"] == "urn:yaa:problem:approval-changed"
    assert "is for something else than what was shown to you" in stale.json()["detail"]
    assert fresh.status_code == 202
    assert [event.round for event in await decided()] == [1, 2]
    rounds = (await api.get(ONE)).json()["rounds"]
    assert [(each["status"], each["comment"]) for each in rounds] == [
        ("revised", "shorter"),
        ("approved", ""),
    ]


async def test_whoever_asked_for_a_run_may_not_approve_it_when_the_policy_says_so(
    api, record, decided
):
    await record(asking(requester_may_approve=False))

    own = await api.post(f"{ONE}/decision", json=order(decided_by=" BOB "))

    assert own.status_code == 403
    assert own.json()["detail"] == (
        "BOB asked for run a and may not approve it: somebody else has to approve 'publish'"
    )
    assert await decided() == []
    assert (await api.post(f"{ONE}/decision", json=order())).status_code == 202


async def test_whoever_made_the_schedule_of_a_run_asked_for_it(api, record, decided):
    asks = asking(requester_may_approve=False, on_behalf_of="Minji")
    await record(asks)

    own = await api.post(f"{ONE}/decision", json=order())

    assert own.status_code == 403
    assert own.json()["detail"].startswith("minji asked for run a and may not approve it")
    assert await decided() == []


async def test_whoever_asked_for_a_run_may_always_stop_it(api, record):
    await record(asking(requester_may_approve=False))

    own = order("reject", decided_by="bob")

    assert (await api.post(f"{ONE}/decision", json=own)).status_code == 202


REFUSED = [
    ("a/publish", order("revise"), 422, "say in the comment what is to be revised"),
    ("a/publish", order("revise", comment=" \n "), 422, "say in the comment"),
    ("a/publish", order(digest="1" * 64), 409, "is for something else than what was shown"),
    ("a/publish", order(digest="abc"), 422, "digest is 'abc': it must match"),
    ("a/publish", order("maybe"), 422, "decision is 'maybe': use one of 'approve', 'reject'"),
    ("a/publish", order(decided_by="policy"), 422, "decided_by is 'policy', which stands for"),
    ("a/publish", order(comment="x" * 2001), 422, "comment is 'xxx"),
    ("a/publish", order(comment="\x1b[2J"), 422, "comment has the control character U+001B"),
    ("a/publish", {}, 422, "digest is missing: add it"),
    ("a/script", order(), 404, "run a asks for no approval of step 'script': it asks for publish"),
    ("b/script", order(), 404, "asks for no approval of step 'script', nor of any other"),
    ("nope/publish", order(), 404, "there is no run 'nope'"),
    ("a.b/publish", order(), 404, "there is no run 'a.b'"),
    ("a/Pub.lish", order(), 422, "step is 'Pub.lish': it must match"),
]


@pytest.mark.usefixtures("asked")
async def test_a_decision_that_cannot_be_taken_is_refused_in_one_sentence(
    api, record, story, decided, subtests
):
    await record(story("b").requested())

    for path, body, status, says in REFUSED:
        with subtests.test(says):
            response = await api.post(f"{ALL}/{path}/decision", json=body)

            assert response.status_code == status
            assert says in response.json()["detail"]
            assert len(response.json()["detail"]) < 300
    assert await decided() == []


async def test_without_a_step_to_revise_there_is_only_yes_and_no(api, record):
    await record(asking(revise=None))

    response = await api.post(f"{ONE}/decision", json=order("revise", comment="c"))

    assert response.status_code == 422
    assert "takes no revision: approve it or reject it" in response.json()["detail"]


async def test_a_run_that_has_ended_is_not_decided_on(api, record, decided):
    await record(asking().is_cancelled())

    response = await api.post(f"{ONE}/decision", json=order())

    assert response.status_code == 409
    assert "run a has been cancelled already" in response.json()["detail"]
    assert await decided() == []


@pytest.mark.usefixtures("asked")
async def test_a_decision_is_refused_while_the_log_is_away(api, fresh_nats):
    fresh_nats.kill()
    try:
        response = await api.post(f"{ONE}/decision", json=order(), timeout=15)
    finally:
        fresh_nats.start()

    assert response.status_code == 503


@pytest.mark.usefixtures("asked")
async def test_a_decision_whose_answer_was_lost_is_not_taken_for_somebody_elses(
    api, decided, monkeypatch
):
    """The broker had stored it; the acknowledgement never came."""

    async def lossy(js, event, **more: object) -> bool:
        await append(js, event, **more)
        return False

    monkeypatch.setattr("gateway.steering.append", lossy)

    response = await api.post(f"{ONE}/decision", json=order())

    assert response.status_code == 202
    assert len(await decided()) == 1
