"""Trials: whether messages arrive is seen before anything depends on it."""

import asyncio

import pytest
from nats.aio.client import Client

from agentkit.testing import wait_until
from contracts import subjects
from contracts.notices import TrialReport

from .conftest import PASSWORD, Post, Record, Serve, Web, begun, completed, mail_of

pytestmark = pytest.mark.integration


async def test_a_trial_tells_which_target_takes_a_message_and_no_secret(
    serve: Serve, web: Web, post: Post, connection: Client
) -> None:
    wrong = mail_of(post) | {"smtp_url": post.url.replace(PASSWORD, "another")}
    web.judge = lambda said: 200 if "text" in said else 404

    async with serve("slack", "email", "webhook", **wrong):
        answer = await connection.request(subjects.TRIALS, timeout=20)

    report = TrialReport.model_validate_json(answer.data)
    assert {each.target: each.problem for each in report.results} == {
        "slack": "",
        "email": "the mail server answered 535: … is wrong",
        "webhook": "the webhook answered 404: ok",
    }
    assert "another" not in answer.data.decode()


async def test_a_target_that_breaks_in_a_trial_keeps_nobody_from_hearing_of_the_others(
    serve: Serve, post: Post, connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("notifier.targets.email.Session.opened", broken)

    async with serve("slack", "email", **mail_of(post)):
        answer = await connection.request(subjects.TRIALS, timeout=20)

    report = TrialReport.model_validate_json(answer.data)
    assert {each.target: each.problem for each in report.results} == {
        "slack": "",
        "email": "LookupError: the log says why",
    }


async def test_who_asks_during_a_trial_is_told_of_that_one(
    serve: Serve, web: Web, connection: Client
) -> None:
    web.may_answer.clear()
    async with serve("slack"):
        asking = [
            asyncio.create_task(connection.request(subjects.TRIALS, timeout=20)) for _ in range(4)
        ]
        await wait_until(lambda: len(web.letters) == 1)
        web.may_answer.set()
        answers = await asyncio.gather(*asking)

    assert all(TrialReport.model_validate_json(each.data).results for each in answers)
    assert len(web.letters) < 4


async def test_without_targets_nobody_is_told_and_a_trial_says_so(
    serve: Serve, record: Record, web: Web, connection: Client
) -> None:
    async with serve() as missing:
        assert await missing() == []
        await record(begun(), completed())
        answer = await connection.request(subjects.TRIALS, timeout=5)

    assert TrialReport.model_validate_json(answer.data).results == ()
    assert web.letters == []
