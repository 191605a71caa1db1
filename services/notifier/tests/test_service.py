"""The whole service against real servers: who is told what, how often, and what of it is lost."""

import asyncio
from datetime import timedelta

import pytest
from loguru import logger
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from prometheus_client import REGISTRY

from agentkit.provision import provision
from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import RunDeleted
from notifier.__main__ import start
from notifier.settings import NotifierSettings
from yaa.testing import NatsUnderTest

from .conftest import (
    Post,
    Record,
    Serve,
    Web,
    asked,
    begun,
    completed,
    decided,
    failed,
    mail_of,
    now,
)

pytestmark = pytest.mark.integration

ASKED = "approval.requested"


@pytest.fixture
async def provisioned(connection: Client) -> None:
    """Somebody is told at Slack from now on, should the service run or not."""
    await provision(connection, [], notify=["slack"])


async def test_people_are_told_of_a_question_a_failure_and_an_end(
    serve: Serve, record: Record, web: Web
) -> None:
    async with serve("slack", public_url="https://yaa.example/"):
        await record(begun("r1"), begun("r2"), begun("r3", "구름은 왜 하얄까"))
        await record(asked("r1"))
        await wait_until(lambda: len(web.letters) == 1)
        await record(completed("r2"), failed("r3"))
        await wait_until(lambda: "".join(web.texts()).count("https://") == 3)

    question, others = web.texts()[0], "\n".join(web.texts()[1:])
    assert web.letters[0].path == "/slack"
    assert question == (
        "Waits for you: publish of “비는 왜 내릴까” (science)\n"
        "high risk · expected cost $0.12 · is rejected in 24 h unless somebody approves\n"
        "https://yaa.example/runs/r1"
    )
    assert "Done: “비는 왜 내릴까” (science), in 5 min\nhttps://yaa.example/runs/r2" in others
    assert "Failed: “구름은 왜 하얄까” (science)\npublish: no result in 600 s\n" in others


async def test_what_happens_while_a_message_is_on_its_way_goes_into_one_with_questions_first(
    serve: Serve, record: Record, web: Web
) -> None:
    web.may_answer.clear()
    async with serve("slack"):
        await record(*(begun(f"r{n}") for n in range(4)))
        await record(completed("r0"))
        await wait_until(lambda: len(web.letters) == 1)
        await record(completed("r1"), failed("r2"), asked("r3"))
        web.may_answer.set()
        await wait_until(lambda: len(web.letters) == 2)

    firsts = [part.partition(":")[0] for part in web.texts()[1].split("\n\n")]
    assert firsts == ["Waits for you", "Failed", "Done"]


@pytest.mark.usefixtures("provisioned")
async def test_nobody_is_told_what_somebody_else_has_answered(
    serve: Serve, record: Record, web: Web
) -> None:
    await record(begun("r1"), asked("r1"), decided("r1"))
    await record(begun("r2"), asked("r2"), failed("r2"))
    await record(begun("r3"), asked("r3", risk="medium"))
    await record(begun("r4"), asked("r4", dry_run=True))

    async with serve("slack"):
        await wait_until(lambda: "[dry run]" in "".join(web.texts()))

    text = "\n".join(web.texts())
    assert text.count("Waits for you") == 1
    assert "[dry run]" in text
    assert "Failed" in text


async def test_what_happened_before_is_not_told_and_neither_is_what_a_target_missed(
    serve: Serve, record: Record, web: Web, connection: Client
) -> None:
    await provision(connection, [])
    await record(begun("r1"), completed("r1"))
    async with serve("slack"):
        await record(begun("r2", "told"), completed("r2"))
        await wait_until(lambda: len(web.letters) == 1)
    await provision(connection, [], notify=[])
    with pytest.raises(NotFoundError):
        await connection.jetstream().consumer_info(subjects.RUNS, subjects.notices_to("slack"))
    await record(begun("r3"), completed("r3"))
    async with serve("slack"):
        await record(begun("r4", "told again"), completed("r4"))
        await wait_until(lambda: len(web.letters) == 2)

    assert [text.split("”")[0] for text in web.texts()] == ["Done: “told", "Done: “told again"]


async def test_a_target_that_refuses_is_told_later_and_holds_up_no_other(
    serve: Serve, record: Record, web: Web, post: Post
) -> None:
    web.refuses(500, "no_service")
    web.refuses(429, "slow down", Retry_After="1")
    before = refused("notifier-slack")

    async with serve("slack", "email", **mail_of(post)) as missing:
        await record(begun(), completed())
        await wait_until(lambda: len(post.mails) == 2)
        await wait_until(lambda: len(web.letters) == 3, timeout_s=20)
        assert await missing() == []

    assert len(set(web.texts())) == 1
    assert len(post.mails) == 2
    assert refused("notifier-slack") == before + 2


def refused(durable: str) -> float:
    labels = {"durable": durable, "outcome": "later"}
    return REGISTRY.get_sample_value("yaa_reader_batches_total", labels) or 0


async def test_a_notice_that_is_never_taken_holds_up_nothing_behind_it(
    serve: Serve, record: Record, web: Web
) -> None:
    web.judge = lambda said: 400 if said["type"] == "run.failed" else 200

    async with serve("webhook"):
        for n in range(6):
            await record(begun(f"bad{n}"), failed(f"bad{n}"))
        await wait_until(lambda: len(web.letters) >= 6)
        await record(begun("r1"), asked("r1"))
        await wait_until(lambda: any(each.said["type"] == ASKED for each in web.letters))

    assert sum(each.said["type"] == ASKED for each in web.letters) == 1


async def test_a_target_that_wants_to_be_left_alone_is_for_all_that_happens_meanwhile(
    serve: Serve, record: Record, web: Web
) -> None:
    web.refuses(429, "slow down", Retry_After="2")

    async with serve("webhook"):
        began = asyncio.get_running_loop().time()
        await record(begun("r1"), completed("r1"))
        await wait_until(lambda: len(web.letters) == 1)
        await record(begun("r2"), completed("r2"))
        await wait_until(lambda: len(web.letters) == 2)
        assert asyncio.get_running_loop().time() >= began + 2
        await wait_until(lambda: len({each.headers["webhook-id"] for each in web.letters}) == 2)


async def test_who_has_got_his_mail_is_not_written_to_again_for_one_who_could_not(
    serve: Serve, record: Record, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.targets.email.Email.pause_s", 0.1)
    post.refusals["jun"] = "451 try later"

    async with serve("email", **mail_of(post)):
        await record(begun(), completed())
        await wait_until(lambda: any("<jun@" in line for line in post.heard))
        post.refusals.clear()
        await wait_until(lambda: len(post.mails) == 2)

    assert [mail["To"] for mail in post.mails] == ["minji@yaa.example", "jun@yaa.example"]


async def test_it_stops_at_once_while_targets_are_away(
    serve: Serve, record: Record, web: Web
) -> None:
    web.judge = lambda _: 503
    async with serve("slack", "webhook"):
        await record(begun(), completed())
        await wait_until(lambda: len(web.letters) >= 2)
        stopping = asyncio.get_running_loop().time()

    assert asyncio.get_running_loop().time() - stopping < 5


async def test_what_a_target_refused_is_told_by_the_service_that_is_started_next(
    serve: Serve, record: Record, web: Web
) -> None:
    web.refuses(503)
    async with serve("slack"):
        await record(begun(), completed())
        await wait_until(lambda: len(web.letters) == 1)
    async with serve("slack"):
        await wait_until(lambda: len(web.letters) == 2)
        await record(begun("r2", "the next"), completed("r2"))
        await wait_until(lambda: len(web.letters) == 3)

    assert [text.split("”")[0] for text in web.texts()] == [
        "Done: “비는 왜 내릴까",
        "Done: “비는 왜 내릴까",
        "Done: “the next",
    ]


async def test_a_broker_that_was_killed_loses_nothing(
    serve: Serve, record: Record, web: Web, fresh_nats: NatsUnderTest
) -> None:
    async with serve("slack"):
        await record(begun("r1"), completed("r1"))
        await wait_until(lambda: len(web.letters) == 1)
        fresh_nats.kill()
        fresh_nats.start()
        await record(begun("r2", "after it"), completed("r2"))
        await wait_until(lambda: len(web.letters) == 2, timeout_s=20)

    assert "after it" in web.texts()[1]


@pytest.mark.usefixtures("provisioned")
async def test_what_is_of_yesterday_or_deleted_or_cannot_be_read_is_passed_over(
    serve: Serve, record: Record, web: Web, connection: Client
) -> None:
    errors = list[str]()
    sink = logger.add(lambda message: errors.append(message.record["message"]), level="ERROR")
    await record(begun("r1"), completed("r1", at=now() - timedelta(hours=25)))
    await record(completed("gone"), RunDeleted(run_id="gone", at=now()))
    await connection.jetstream().publish("run.broken.failed", b"{")
    await record(begun("r2", "of today"), completed("r2"))

    async with serve("slack"):
        await wait_until(lambda: len(web.letters) == 1)

    logger.remove(sink)
    assert web.texts() == ["Done: “of today” (science), in 5 min"]
    assert sorted(errors) == ["event cannot be read", "notice is too old to be sent"]


async def test_only_what_somebody_wants_to_know_is_told(
    serve: Serve, record: Record, web: Web
) -> None:
    async with serve("slack", notify_of="run.failed", notify_language="ko"):
        await record(begun("r1"), completed("r1"), begun("r2"), asked("r2"), failed("r2"))
        await wait_until(lambda: len(web.letters) == 1)

    assert web.texts() == ["실패했어요: “비는 왜 내릴까” (science)\npublish: no result in 600 s"]


async def test_a_secret_in_an_error_is_told_nobody(serve: Serve, record: Record, web: Web) -> None:
    key = f"yaa_{'a' * 12}_{'b' * 48}"

    async with serve("webhook"):
        await record(begun(), failed(message=f"the key {key} is not taken"))
        await wait_until(lambda: len(web.letters) == 1)

    assert b"bbbb" not in web.letters[0].body
    assert b"is not taken" in web.letters[0].body


async def test_each_notice_is_a_webhook_of_its_own_with_the_same_id_each_time(
    serve: Serve, record: Record, web: Web
) -> None:
    web.refuses(502)

    async with serve("webhook"):
        await record(begun(), asked())
        await wait_until(lambda: len(web.letters) == 2)
        await record(failed())
        await wait_until(lambda: len(web.letters) == 3)

    first, again, other = web.letters
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.said == again.said
    assert first.said["type"] == "approval.requested"
    assert other.headers["webhook-id"] != first.headers["webhook-id"]
    assert other.said["data"]["errors"] == [
        {"step": "publish", "error": "StepTimeoutError", "message": "no result in 600 s"}
    ]


async def test_a_notice_that_is_taken_too_slowly_holds_up_nothing_behind_it(
    serve: Serve, record: Record, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redeliveries go before what is new, so they have to become few."""
    monkeypatch.setattr("notifier.targets.web.TIMEOUT_S", 0.4)
    web.slow = lambda said: said["type"] == "run.failed"

    async with serve("webhook"):
        for n in range(6):
            await record(begun(f"bad{n}"), failed(f"bad{n}"))
        await wait_until(lambda: len(web.letters) >= 6)
        await record(begun("r1"), asked("r1"))
        await wait_until(
            lambda: any(each.said["type"] == ASKED for each in web.letters), timeout_s=30
        )


async def test_a_stop_does_not_wait_for_a_mail_server_that_says_nothing(
    serve: Serve, record: Record, post: Post
) -> None:
    async with serve("email", **(mail_of(post) | {"drain_timeout_s": 0.2})):
        post.is_silent = True
        await record(begun(), completed())
        await wait_until(lambda: "data" in post.heard)
        stopping = asyncio.get_running_loop().time()

    await asyncio.get_running_loop().shutdown_default_executor(5)
    assert asyncio.get_running_loop().time() - stopping < 5


async def test_two_services_share_what_is_to_be_told(
    serve: Serve, record: Record, web: Web
) -> None:
    async with serve("webhook"), serve("webhook"):
        for n in range(10):
            await record(begun(f"r{n}"), completed(f"r{n}"))
        await wait_until(lambda: len(web.letters) >= 10)

    assert len({letter.headers["webhook-id"] for letter in web.letters}) == 10
    assert len(web.letters) == 10


async def test_a_target_that_nobody_made_a_durable_for_is_missing(
    nats_url: str, connection: Client, web: Web
) -> None:
    await provision(connection, [])
    settings = NotifierSettings(nats_url=nats_url, notify=("slack",), slack_url=web.url)

    async with start(settings) as missing:
        sentences = await missing()

    assert sentences == ["consumer 'notifier-slack' on RUNS does not answer"]
