"""Publishes to streams: many at once, with one inbox for all that the broker answers.

nats-py's own `publish` waits for each answer in a way that takes twice the processor time, and its
`publish_async` never hears of a refusal.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any
from uuid import uuid4

import orjson
from nats.aio.client import Client
from nats.errors import TimeoutError as NoAnswerError
from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import APIError, NoStreamResponseError

from agentkit.inbox import Inbox, inbox_of
from agentkit.wire import Message
from contracts import subjects

NO_RESPONDERS = "503"
BATCH_ID = "Nats-Batch-Id"
BATCH_SEQUENCE = "Nats-Batch-Sequence"
BATCH_COMMIT = "Nats-Batch-Commit"

BATCH = 500
"""So many messages at most are stored at once; the broker takes a thousand."""

type Answer = asyncio.Future[PubAck]
type Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Message:
    subject: str
    payload: bytes
    headers: Headers | None
    timeout_s: float


class Acks:
    """What the broker answers to what one connection publishes to streams."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._inbox: Inbox | None = None

    async def send(
        self, subject: str, payload: bytes, headers: dict[str, str] | None, timeout_s: float
    ) -> Answer:
        """Publish and return what will be answered.

        That raises APIError when the broker refuses, NoStreamResponseError when no stream takes
        the subject now, and TimeoutError when there is no answer in `timeout_s`.
        """
        if (inbox := self._inbox) is None:
            inbox = self._inbox = await inbox_of(self._connection)
        awaited = _Awaited(inbox, timeout_s)
        try:
            await self._connection.publish(subject, payload, reply=awaited.reply, headers=headers)
        except BaseException:
            awaited.leave()
            raise
        return awaited.answer

    async def send_all(self, messages: Sequence[_Message]) -> Answer:
        """Publish as one batch, of which all is stored or nothing; see `send`."""
        batch_id = uuid4().hex
        for number, each in enumerate(messages[:-1], 1):
            place = {BATCH_ID: batch_id, BATCH_SEQUENCE: str(number)}
            await self._connection.publish(
                each.subject, each.payload, headers={**(each.headers or {}), **place}
            )
        last = messages[-1]
        place = {BATCH_ID: batch_id, BATCH_SEQUENCE: str(len(messages)), BATCH_COMMIT: "1"}
        headers = {**(last.headers or {}), **place}
        return await self.send(last.subject, last.payload, headers, last.timeout_s)


class GroupCommit:
    """Appends at once what is published at the same time: the broker then syncs its disk once.

    A batch of which a message is refused is refused as a whole, and its messages go one by one: on
    a stream with one message a subject that is harmless.
    """

    def __init__(self, acks: Acks) -> None:
        self._acks = acks
        self._queued = list[tuple[_Message, Answer]]()
        self._committing: asyncio.Task[None] | None = None

    def send(
        self, subject: str, payload: bytes, headers: Headers | None, timeout_s: float
    ) -> Answer:
        """Publish with whatever else is; see `Acks.send`."""
        answer: Answer = asyncio.get_running_loop().create_future()
        self._queued.append((_Message(subject, payload, headers, timeout_s), answer))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())
        return answer

    async def _commit(self) -> None:
        while self._queued:
            queued, self._queued = self._queued[:BATCH], self._queued[BATCH:]
            messages, answers = [each for each, _ in queued], [answer for _, answer in queued]
            if len(queued) == 1 or not await self._commit_all(messages, answers):
                await asyncio.gather(*starmap(self._commit_one, queued))

    async def _commit_all(self, messages: Sequence[_Message], answers: Sequence[Answer]) -> bool:
        try:
            ack = await (await self._acks.send_all(messages))
        except Exception:  # noqa: BLE001 -- each is told what keeps it when it goes alone
            return False
        first = ack.seq - len(answers) + 1
        for seq, answer in enumerate(answers, first):
            if not answer.done():
                answer.set_result(PubAck(stream=ack.stream, seq=seq))
        return True

    async def _commit_one(self, message: _Message, answer: Answer) -> None:
        try:
            ack = await (
                await self._acks.send(
                    message.subject, message.payload, message.headers, message.timeout_s
                )
            )
        except Exception as error:  # noqa: BLE001 -- whoever waits is told, or waits for ever
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(ack)


class JetStream(JetStreamContext):
    """nats-py's own, but for what it publishes."""

    def __init__(
        self,
        connection: Client,
        acks: Acks,
        group: GroupCommit | None = None,
        **options: Any,  # noqa: ANN401 -- nats-py's own
    ) -> None:
        super().__init__(connection, **options)
        self._acks = acks
        self._group = group

    async def publish(  # noqa: PLR0913, PLR0917 -- nats-py's own signature
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float | None = None,  # noqa: ASYNC109 -- the same
        stream: str | None = None,
        headers: Mapping[str, Any] | None = None,
        msg_ttl: float | None = None,
    ) -> PubAck:
        if stream is not None or msg_ttl is not None:
            given = None if headers is None else dict(headers)
            return await super().publish(subject, payload, timeout, stream, given, msg_ttl)
        return await (
            await self.send(subject, payload, headers=headers, timeout_s=timeout or self._timeout)
        )

    async def send(
        self, subject: str, payload: bytes, *, headers: Mapping[str, Any] | None, timeout_s: float
    ) -> Answer:
        """Publish and return what will be answered, see `Acks.send`."""
        sent = None if headers is None else dict(headers)
        if self._group is not None and subject.startswith(subjects.RUN_PREFIX):
            return self._group.send(subject, payload, sent, timeout_s)
        return await self._acks.send(subject, payload, sent, timeout_s)


class _Awaited:
    """One answer of the broker, for which there is a time."""

    __slots__ = ("_inbox", "_timer", "answer", "reply")

    def __init__(self, inbox: Inbox, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._inbox = inbox
        self.answer: Answer = loop.create_future()
        self.reply = inbox.expect(self._hear)
        self._timer = loop.call_later(timeout_s, self._expire)

    def leave(self) -> None:
        """Wait no more."""
        self._forget()
        self.answer.cancel()

    def _hear(self, message: Message) -> None:
        self._forget()
        if self.answer.done():
            return
        try:
            self.answer.set_result(_ack_in(message))
        except (APIError, NoStreamResponseError) as error:
            self.answer.set_exception(error)

    def _expire(self) -> None:
        self._forget()
        if not self.answer.done():
            self.answer.set_exception(NoAnswerError())

    def _forget(self) -> None:
        self._inbox.forget(self.reply)
        self._timer.cancel()


def _ack_in(message: Message) -> PubAck:
    if message.status == NO_RESPONDERS:
        raise NoStreamResponseError
    told = orjson.loads(message.data)
    if "error" in told:
        APIError.from_error(told["error"])
    return PubAck(stream=told["stream"], seq=told["seq"], duplicate=told.get("duplicate"))
