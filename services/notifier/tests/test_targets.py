"""Each way to reach people, at a real server: what arrives, and what is said when nothing does."""

import asyncio
import base64
from datetime import timedelta
from email.utils import format_datetime

import pytest

from agentkit.errors import SettingsError
from contracts.notices import (
    ApprovalNotice,
    Asked,
    Completed,
    CompletedNotice,
    Failed,
    FailedNotice,
    FailedStep,
    Notice,
    TrialNotice,
)
from notifier.people import reachable
from notifier.settings import NotifierSettings
from notifier.targets.email import server_of
from notifier.targets.target import NotDeliveredError, Told
from notifier.targets.webhook import headers_of, key_of
from yaa.embedded.ports import free_port

from .conftest import PASSWORD, Post, Web, now

MAIL = {"email_from": "yaa <yaa@yaa.example>", "email_to": "minji@yaa.example, jun@yaa.example"}
KAKAO = {"kakaowork_app_key": "key-of-a-bot", "kakaowork_conversation_id": "42"}


def completed(topic: str = "비는 왜 내릴까") -> CompletedNotice:
    data = Completed(run_id="r1", channel_id="science", topic=topic, duration_s=300)
    return CompletedNotice(timestamp=now(), data=data)


def question() -> ApprovalNotice:
    data = Asked(
        run_id="r2",
        channel_id="science",
        topic="구름은 왜 하얄까",
        step="publish",
        round=1,
        risk="high",
        expires_at=now(),
        on_expiry="reject",
    )
    return ApprovalNotice(timestamp=now(), data=data)


async def send(name: str, *notices: Notice, **said: object) -> None:
    async with reachable(NotifierSettings(notify=(name,), **said)) as targets:
        await targets[name].send([Told(f"id.{n}", each) for n, each in enumerate(notices)])


async def test_slack_is_given_text_in_which_nothing_is_a_mention(web: Web) -> None:
    await send("slack", completed("<!channel> & <@U1>"), slack_url=f"{web.url}/T1/B2/secret")

    (letter,) = web.letters
    assert letter.path == "/T1/B2/secret"
    assert letter.headers["Content-Type"] == "application/json"
    assert letter.said == {
        "text": "Done: “&lt;!channel&gt; &amp; &lt;@\u200bU1&gt;” (science), in 5 min"
    }


async def test_what_is_too_much_for_a_message_is_counted(web: Web) -> None:
    await send("slack", *(completed() for _ in range(12)), slack_url=web.url)

    (text,) = web.texts()
    assert text.count("Done") == 10
    assert text.endswith("\n\nand 2 more")


async def test_a_message_is_no_longer_than_whoever_is_like_slack_takes(web: Web) -> None:
    error = FailedStep(step="media", error="Error", message="<p> " * 100)
    data = Failed(run_id="r1", channel_id="science", topic="비", duration_s=1, errors=(error,))
    failure = FailedNotice(timestamp=now(), data=data)

    await send("slack", *(failure for _ in range(10)), slack_url=web.url)

    (text,) = web.texts()
    assert len(text) < 2000
    assert text.count("Failed") == 2
    assert text.endswith("and 8 more")


async def test_a_bot_of_kakaowork_writes_into_its_conversation(web: Web) -> None:
    web.answers.append((200, {}, '{"success": true, "message": {"id": "1"}}'))

    await send("kakaowork", completed(), kakaowork_url=web.url, notify_language="ko", **KAKAO)

    (letter,) = web.letters
    assert letter.path == "/v1/messages.send"
    assert letter.headers["Authorization"] == "Bearer key-of-a-bot"
    assert letter.said == {
        "conversation_id": "42",
        "text": "완료됐어요: “비는 왜 내릴까” (science), 5분 걸렸어요",
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"success": false, "error": {"code": "conversation_not_found"}}',
            (
                'KakaoWork did not take it: {"success": false, "error": {"code": '
                '"conversation_not_found"}}'
            ),
        ),
        ("", "KakaoWork did not take it: nothing more"),
    ],
)
async def test_kakaowork_may_refuse_in_a_good_answer(web: Web, body: str, said: str) -> None:
    web.answers.append((200, {}, body))

    with pytest.raises(NotDeliveredError) as refused:
        await send("kakaowork", completed(), kakaowork_url=web.url, **KAKAO)

    assert str(refused.value) == said


async def test_a_webhook_is_signed_and_has_the_notice_as_it_is(web: Web) -> None:
    key = base64.b64encode(b"0" * 32).decode()
    await send("webhook", completed(), webhook_url=web.url, webhook_secret=f"whsec_{key}")

    (letter,) = web.letters
    assert letter.said["type"] == "run.completed"
    assert letter.said["data"]["topic"] == "비는 왜 내릴까"
    assert letter.headers["webhook-id"] == "id_0"
    expected = headers_of("id_0", int(letter.headers["webhook-timestamp"]), letter.body, b"0" * 32)
    assert letter.headers["webhook-signature"] == expected["webhook-signature"]


def test_a_signature_is_the_one_of_standard_webhooks() -> None:
    """Of the example that the libraries of Standard Webhooks are tested with."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', key)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_webhook_without_a_secret_is_not_signed(web: Web) -> None:
    await send("webhook", TrialNotice(timestamp=now()), webhook_url=web.url)

    assert "webhook-signature" not in web.letters[0].headers


async def test_nobody_is_followed_elsewhere(web: Web) -> None:
    web.refuses(307, Location=f"{web.url}/elsewhere")

    with pytest.raises(NotDeliveredError, match="answered 307"):
        await send("webhook", completed(), webhook_url=web.url)

    assert len(web.letters) == 1


async def test_who_is_not_there_is_named_without_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}/T1/B2/secret"

    with pytest.raises(NotDeliveredError) as refused:
        await send("slack", completed(), slack_url=url)

    assert str(refused.value) == "Slack cannot be reached (ConnectError)"


async def test_what_an_answer_repeats_of_a_secret_address_is_not_shown(web: Web) -> None:
    address = f"{web.url}/hook/5f1c-SECRET-PATH?token=abcd1234"
    web.refuses(404, "<pre>Cannot POST /hook/5f1c-SECRET-PATH?token=abcd1234</pre>")

    with pytest.raises(NotDeliveredError) as refused:
        await send("webhook", completed(), webhook_url=address)

    assert str(refused.value) == "the webhook answered 404: <pre>Cannot POST …</pre>"


async def test_an_answer_that_does_not_come_is_not_waited_for(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.targets.web.TIMEOUT_S", 0.3)
    web.may_answer.clear()

    with pytest.raises(NotDeliveredError, match="Slack did not answer"):
        await send("slack", completed(), slack_url=web.url)


async def test_an_answer_that_is_no_text_is_no_error_of_ours(web: Web) -> None:
    web.refuses(500, "x" * 100_000, Content_Type="text/plain; charset=base64", Retry_After="soon")

    with pytest.raises(NotDeliveredError) as refused:
        await send("slack", completed(), slack_url=web.url)

    assert str(refused.value) == f"Slack answered 500: {'x' * 200}"
    assert refused.value.retry_after_s == 0


async def test_until_when_somebody_wants_to_be_left_alone_may_be_a_date(web: Web) -> None:
    web.refuses(503, Retry_After=format_datetime(now() + timedelta(seconds=90)))

    with pytest.raises(NotDeliveredError) as refused:
        await send("slack", completed(), slack_url=web.url)

    assert 60 < refused.value.retry_after_s <= 90


async def test_how_long_somebody_wants_to_be_left_alone_is_heeded(web: Web) -> None:
    web.refuses(429, "slow down", Retry_After="17")

    with pytest.raises(NotDeliveredError) as refused:
        await send("slack", completed(), slack_url=web.url)

    assert refused.value.retry_after_s == 17


async def test_a_mail_goes_to_all_and_says_in_its_subject_what_it_is_about(post: Post) -> None:
    await send("email", question(), completed(), smtp_url=post.url, **MAIL)
    await send("email", question(), completed(), smtp_url=post.url, **MAIL)
    await send("email", question(), smtp_url=post.url, notify_language="ko", **MAIL)

    assert [mail["To"] for mail in post.mails] == ["minji@yaa.example", "jun@yaa.example"] * 3
    first, again, korean = post.mails[::2]
    assert first["Subject"] == "[yaa] 1 waiting for you, 0 failed, 1 done"
    assert first["Auto-Submitted"] == "auto-generated"
    text = first.get_content().replace("\r\n", "\n")
    assert text.startswith("Waits for you: publish of “구름은 왜 하얄까” (science)\nhigh risk")
    assert "\n\nDone: “비는 왜 내릴까”" in text
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Message-ID"].endswith("@yaa.example>")
    assert korean["Subject"] == "[yaa] 승인을 기다려요: “구름은 왜 하얄까”의 publish 단계 (science)"
    assert korean["Message-ID"] != first["Message-ID"]


async def test_a_mail_that_one_of_several_cannot_get_goes_to_the_others(post: Post) -> None:
    post.refusals["jun"] = "450 jun@yaa.example is nobody here yet"

    with pytest.raises(NotDeliveredError) as refused:
        await send("email", completed(), smtp_url=post.url, **MAIL)

    assert [mail["To"] for mail in post.mails] == ["minji@yaa.example"]
    assert str(refused.value) == "the mail server refused 1 of 2 mails: 450: … is nobody here yet"


async def test_whom_the_server_refuses_for_good_is_given_up_while_it_takes_others(
    post: Post,
) -> None:
    post.full = "minji"
    async with reachable(NotifierSettings(notify=("email",), smtp_url=post.url, **MAIL)) as targets:
        await targets["email"].send([Told("id.1", completed())])
        await targets["email"].send([Told("id.1", completed())])
        with pytest.raises(NotDeliveredError, match="1 of 2 mails: 552: the mailbox is full"):
            await targets["email"].send([Told("trial.1", TrialNotice(timestamp=now()))])

    assert [mail["To"] for mail in post.mails] == ["jun@yaa.example"] * 2


async def test_who_had_his_mail_when_the_server_broke_off_does_not_get_it_again(
    post: Post,
) -> None:
    post.breaks_off = "<jun@"
    async with reachable(NotifierSettings(notify=("email",), smtp_url=post.url, **MAIL)) as targets:
        with pytest.raises(NotDeliveredError, match="SMTPServerDisconnected"):
            await targets["email"].send([Told("id.1", completed())])
        post.breaks_off = ""
        await targets["email"].send([Told("id.1", completed())])

    assert [mail["To"] for mail in post.mails] == ["minji@yaa.example", "jun@yaa.example"]


async def test_a_mail_that_nobody_can_get_is_not_delivered(post: Post) -> None:
    post.refusals["yaa.example"] = "550 nobody of that name"

    with pytest.raises(NotDeliveredError, match="refused 2 of 2 mails: 550: nobody of that name"):
        await send("email", completed(), smtp_url=post.url, **MAIL)

    assert post.mails == []


async def test_a_mail_that_was_taken_is_delivered_however_the_server_says_good_bye(
    post: Post,
) -> None:
    post.good_bye = "421 too many connections"

    await send("email", completed(), smtp_url=post.url, **MAIL)

    assert len(post.mails) == 2


async def test_a_topic_in_a_subject_is_what_it_is(post: Post) -> None:
    await send("email", completed("=?utf-8?q?a=0d=0aBcc:_x=40y.z?="), smtp_url=post.url, **MAIL)

    (subject,) = {mail["Subject"] for mail in post.mails}
    assert subject == "[yaa] Done: “= ?utf-8?q?a=0d=0aBcc:_x=40y.z?=” (science), in 5 min"


async def test_a_password_is_not_told_in_the_clear_to_another_machine(post: Post) -> None:
    elsewhere = Post(host="127.0.0.2", port=post.port)

    async with await asyncio.start_server(elsewhere.serve, elsewhere.host, elsewhere.port):
        with pytest.raises(NotDeliveredError, match="does not encrypt"):
            await send("email", completed(), smtp_url=elsewhere.url, **MAIL)

    assert not any("AUTH" in line for line in elsewhere.heard)


NO_SERVER = (
    "YAA_SMTP_URL cannot be used: write smtp://user:password@host:587, or smtps:// with port 465"
)


@pytest.mark.parametrize(
    ("target", "said", "sentence"),
    [
        (
            "slack",
            {},
            "YAA_NOTIFY names 'slack', and YAA_SLACK_URL is not set: set it, or take 'slack' out",
        ),
        (
            "email",
            {"smtp_url": "smtp://a", "email_to": "a@b"},
            "YAA_NOTIFY names 'email', and YAA_EMAIL_FROM is not set: set it, or take 'email' out",
        ),
        (
            "slack",
            {"slack_url": "hooks.slack.com/secret"},
            "YAA_SLACK_URL cannot be used: write an address that begins with https://",
        ),
        (
            "webhook",
            {"webhook_url": "http://a", "webhook_secret": "whsec_c2hvcnQ="},
            (
                "YAA_WEBHOOK_SECRET cannot be used: write whsec_ and then 24 to 64 random bytes in "
                "base64"
            ),
        ),
        (
            "email",
            MAIL | {"smtp_url": "smtp://a", "email_to": "minji@yaa.example, jun"},
            (
                "YAA_EMAIL_TO is 'minji@yaa.example, jun': write an address such as "
                "yaa@example.com, or several with commas between them"
            ),
        ),
        ("email", MAIL | {"smtp_url": "mail.example:587"}, NO_SERVER),
        ("email", MAIL | {"smtp_url": "smtp://a:b@c:port"}, NO_SERVER),
        ("email", MAIL | {"smtp_url": "smtp://a:b@mail..example"}, NO_SERVER),
        (
            "email",
            MAIL | {"smtp_url": "smtp://a:%EB%B9%84@mail.example"},
            (
                "YAA_SMTP_URL cannot be used: its user or password has letters that are not ASCII, "
                "which mail servers are not told: choose another password"
            ),
        ),
        (
            "email",
            MAIL | {"smtp_url": "smtp://a", "email_from": "yaa\n@yaa.example"},
            (
                "YAA_EMAIL_FROM is 'yaa\\n@yaa.example': write an address such as "
                "yaa@example.com, or several with commas between them"
            ),
        ),
        (
            "kakaowork",
            KAKAO | {"kakaowork_app_key": "열쇠"},
            "YAA_KAKAOWORK_APP_KEY cannot be used: it is no key of a bot",
        ),
    ],
)
async def test_what_cannot_be_used_is_named_at_the_start(
    target: str, said: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        async with reachable(NotifierSettings(notify=(target,), **said)):
            pass

    assert str(refused.value) == sentence


def test_a_password_may_have_what_an_address_cannot() -> None:
    server = server_of("smtps://minji%40yaa.example:a%3Ab%2Fc@mail.example")

    assert server == ("mail.example", 465, True, "minji@yaa.example", "a:b/c")
    assert server_of(f"smtp://a:{PASSWORD}@mail.example").port == 587
