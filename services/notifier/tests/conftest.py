"""Runs on a real log, and a web server and a mail server that people read."""

import asyncio
import base64
import gzip
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from nats.aio.client import Client

from agentkit.nats import append, connected
from agentkit.provision import provision
from agentkit.settings import Settings
from contracts.artifacts import ArtifactRef
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
    StepError,
)
from contracts.pipeline import Pipeline
from notifier.__main__ import start
from notifier.settings import NotifierSettings

DIGEST = "0" * 64
PIPELINE = Pipeline.model_validate(
    {"pipeline": "video", "steps": [{"step": "publish", "agent": "publisher"}]}
)
PASSWORD = "s3cret-of-the-mailbox"  # noqa: S105 -- of a server of the test's own


@dataclass
class Letter:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


@dataclass
class Web:
    """Takes whatever is posted; `answers` are given in turn, then all is well."""

    url: str
    letters: list[Letter] = field(default_factory=list[Letter])
    answers: deque[tuple[int, dict[str, str], str]] = field(default_factory=deque)
    judge: Callable[[Any], int] = lambda _: 200
    """What it answers to what it is sent, when nothing else was said."""
    slow: Callable[[Any], bool] = lambda _: False
    """What it answers only after some time."""
    may_answer: threading.Event = field(default_factory=threading.Event)

    def refuses(self, status: int, text: str = "", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, text))

    def texts(self) -> list[str]:
        return [letter.said["text"] for letter in self.letters]


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            letter = Letter(self.path, dict(self.headers), body)
            usual = (web.judge(letter.said), {}, "ok")
            status, headers, text = web.answers.popleft() if web.answers else usual
            web.letters.append(letter)
            web.may_answer.wait(20)
            if web.slow(letter.said):
                time.sleep(1)
            said = text.encode()
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                said, headers = gzip.compress(said), headers | {"Content-Encoding": "gzip"}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            with suppress(OSError):  # who does not wait for it is gone
                self.wfile.write(said)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web = Web(f"http://127.0.0.1:{server.server_port}")
    web.may_answer.set()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield web
    web.may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Post:
    """A mail server that lets in who has the password, and the mail it took.

    `heard` is what was said to it but for the mail itself.
    """

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    heard: list[str] = field(default_factory=list[str])
    refusals: dict[str, str] = field(default_factory=dict[str, str])
    """By a part of an address, what is said to a mail for it."""
    good_bye: str = "221 bye"
    breaks_off: str = ""
    """At which words it is gone."""
    is_silent: bool = False
    """It takes a mail and never says so."""
    full: str = ""
    """To whom it says so only when it has the whole mail."""

    @property
    def url(self) -> str:
        return f"smtp://minji:{PASSWORD}@{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post.example\r\n")
        while line := (await reader.readline()).decode().strip():
            self.heard.append(line)
            if self.breaks_off and self.breaks_off in line:
                break
            writer.write(f"{await self._answer(line, reader, writer)}\r\n".encode())
            if line == "quit":
                break
        writer.close()

    async def _answer(
        self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        match line.split():
            case ["ehlo", _]:
                return "250-post.example\r\n250 AUTH PLAIN"
            case ["AUTH", "PLAIN", said]:
                good = base64.b64decode(said).split(b"\0")[1:] == [b"minji", PASSWORD.encode()]
                return "235 come in" if good else f"535 {self._password(said)} is wrong"
            case [*_, to] if to.startswith("to:"):
                return next((said for who, said in self.refusals.items() if who in to), "250 good")
            case ["data"]:
                writer.write(b"354 go on\r\n")
                read = await reader.readuntil(b"\r\n.\r\n")
                if self.is_silent:
                    await reader.read()
                return self._take(message_from_bytes(read[:-3], policy=default))
            case ["quit"]:
                return self.good_bye
            case _:
                return "250 good"

    def _take(self, mail: EmailMessage) -> str:
        if self.full and self.full in mail["To"]:
            return "552 the mailbox is full"
        self.mails.append(mail)
        return "250 taken"

    def _password(self, said: str) -> str:
        return base64.b64decode(said).split(b"\0")[-1].decode()


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    post = Post()
    async with await asyncio.start_server(post.serve, post.host, post.port) as server:
        post.port = server.sockets[0].getsockname()[1]
        yield post


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        yield connection


type Record = Callable[..., Awaitable[None]]


@pytest.fixture
def record(connection: Client) -> Record:
    """Append events to the log in the order given."""

    async def record(*events: RunEvent) -> None:
        for event in events:
            assert await append(connection.jetstream(), event)

    return record


def now() -> datetime:
    return datetime.now(UTC)


def begun(run_id: str = "r1", topic: str = "비는 왜 내릴까", **changes: object) -> RunRequested:
    brief = ArtifactRef(kind="Brief", sha256=DIGEST, size_bytes=2, inline={})
    event = RunRequested(
        run_id=run_id,
        at=now() - timedelta(minutes=5),
        pipeline=PIPELINE,
        brief=brief,
        channel_id="science",
        topic=topic,
    )
    return event.model_copy(update=changes)


def asked(run_id: str = "r1", **changes: object) -> ApprovalRequested:
    event = ApprovalRequested(
        run_id=run_id,
        at=now(),
        step="publish",
        round=1,
        risk="high",
        digest=DIGEST,
        agent="publisher",
        task="publish",
        shown={},
        expected_cost_usd_micro=120_000,
        expires_at=now() + timedelta(hours=24, minutes=1),
        on_expiry="reject",
    )
    return event.model_copy(update=changes)


def decided(run_id: str = "r1") -> ApprovalDecided:
    return ApprovalDecided(
        run_id=run_id, at=now(), step="publish", round=1, digest=DIGEST, decision="approve"
    )


def completed(run_id: str = "r1", **changes: object) -> RunCompleted:
    return RunCompleted(run_id=run_id, at=now(), outputs={}).model_copy(update=changes)


def failed(run_id: str = "r1", message: str = "no result in 600 s") -> RunFailed:
    error = StepError(
        error="StepTimeoutError",
        message=message,
        retryable=False,
        step="publish",
        attempt=3,
        agent="publisher",
    )
    return RunFailed(run_id=run_id, at=now(), errors=(error,))


type Serve = Callable[..., AbstractAsyncContextManager[Callable[[], Any]]]


@pytest.fixture
def serve(nats_url: str, connection: Client, web: Web) -> Serve:
    """Run the service; it tells `targets` from when the test says so."""

    @asynccontextmanager
    async def serve(*targets: str, **said: object) -> AsyncIterator[Callable[[], Any]]:
        settings = NotifierSettings(
            nats_url=nats_url,
            notify=targets,
            slack_url=f"{web.url}/slack",
            webhook_url=f"{web.url}/hook",
            **said,
        )
        await provision(connection, [], notify=settings.notify)
        async with start(settings) as missing:
            yield missing

    return serve


def mail_of(post: Post) -> dict[str, str]:
    to = "minji@yaa.example, jun@yaa.example"
    return {"smtp_url": post.url, "email_from": "yaa@yaa.example", "email_to": to}
