"""A connection as nats-py makes it, in four respects not as it leaves it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from nats.aio.client import PING_PROTO, Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.errors import ConnectionClosedError, ProtocolError
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

_CRLF = b"\r\n"
_STATUS = b"NATS/1.0 "
_VERSION = "NATS/1.0\r\n"
_TOKENS = 9
"""Of the subject by which a delivery is acknowledged, unless it names a domain and an account."""


class Raw(NamedTuple):
    """A message as it came over the wire; `headers` is empty when there are none."""

    subject: bytes
    reply: bytes
    data: bytes
    headers: bytes


type Take = Callable[[Raw], None]


class Message(Msg):
    """A message whose headers, and what its reply says of a delivery, are read when asked for."""

    def __init__(self, client: Client, sid: int, raw: Raw) -> None:
        self._client = client
        self._sid = sid
        self._raw_headers = raw.headers
        self.subject = raw.subject.decode()
        self.reply = raw.reply.decode()
        self.data = raw.data

    @property
    def headers(self) -> dict[str, str] | None:  # type: ignore[override]  # nobody sets them
        if not self._raw_headers:
            return None
        lines = self._raw_headers.decode(errors="replace").split("\r\n")
        status = dict(zip(("Status", "Description"), lines[0].split(" ", 2)[1:], strict=False))
        pairs = (line.partition(":") for line in lines[1:] if line)
        return status | {name: value.strip() for name, _, value in pairs}

    @property
    def status(self) -> str:
        """What the broker says in place of a message, such as 404; empty for a message."""
        headers = self._raw_headers
        return headers[len(_STATUS) :][:3].decode() if headers.startswith(_STATUS) else ""

    @property
    def metadata(self) -> Msg.Metadata:
        if self._metadata is None:
            self._metadata = _metadata_in(self.reply) or super().metadata
        return self._metadata


type Hear = Callable[[Message], None]


class Connection(Client):
    """Connects again although what it has sent last never arrives, and hands messages out at once.

    nats-py 2.16 waits for that before it reconnects, which takes the kernel a quarter of an hour
    to give up when the network is gone. And of each message it makes an object with its headers,
    which goes through a queue to a task: that takes several times as long as reading it. What it
    sends with headers takes it three times as long as without. And it pings past what waits to be
    sent, so that a flush has ended before the broker knows of a subscription that was made first.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ps = WholeParser(self)
        self._raw = dict[int, Take]()
        self._hearing = dict[int, Hear]()

    async def subscribe_raw(self, subject: str, take: Take) -> Subscription:
        """Call `take` with each message on `subject`, in the order of arrival."""
        subscription = await self.subscribe(subject, cb=_nothing)
        self._raw[subscription._id] = take  # noqa: SLF001 -- there is no other way
        return subscription

    async def subscribe_directly(self, subject: str, hear: Hear) -> Subscription:
        """Call `hear` with each message on `subject` as it arrives; it must not raise."""
        subscription = await self.subscribe(subject, cb=_nothing)
        self._hearing[subscription._id] = hear  # noqa: SLF001 -- there is no other way
        return subscription

    async def acknowledge(self, messages: Sequence[Msg]) -> None:
        """Acknowledge deliveries that were not yet given back, all in one write.

        Raises:
            nats.errors.ConnectionClosedError: nobody hears it any more.
        """
        if self.is_closed:
            raise ConnectionClosedError
        acks = (f"PUB {message.reply} 0\r\n\r\n" for message in messages if not message.is_acked)
        await self._send_command("".join(acks).encode())
        await self._flush_pending()

    def hand_out(self, sid: int, raw: Raw) -> bool:
        """Give a message to whom it is for, unless nats-py does that."""
        if (hear := self._hearing.get(sid)) is not None:
            hear(Message(self, sid, raw))
        elif (take := self._raw.get(sid)) is not None:
            take(raw)
        else:
            return False
        return True

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        if not self.hand_out(sid, Raw(subject, reply, data, headers or b"")):
            await super()._process_msg(sid, subject, reply, data, headers)

    async def _send_publish(
        self,
        subject: str,
        reply: str,
        payload: bytes,
        payload_size: int,
        headers: dict[str, Any] | None,
    ) -> None:
        if headers is None or not (block := _block_of(headers)):
            await super()._send_publish(subject, reply, payload, payload_size, headers)
            return
        size = len(block)
        line = f"HPUB {subject} {reply} {size} {size + payload_size}\r\n".encode()
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += payload_size
        await self._send_command(b"".join((line, block, payload, _CRLF)))
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        self._pongs.append(asyncio.Future() if future is None else future)
        self._pending.append(PING_PROTO)
        self._pending_data_size += len(PING_PROTO)
        await self._flush_pending()

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        super()._remove_sub(sid, max_msgs)
        self._raw.pop(sid, None)
        self._hearing.pop(sid, None)

    async def _attempt_reconnect(self) -> None:
        if isinstance(self._transport, TcpTransport) and self._transport._io_writer:  # noqa: SLF001 -- there is no other way
            self._transport._io_writer.transport.abort()  # noqa: SLF001 -- the same
        await super()._attempt_reconnect()


class WholeParser(Parser):
    """Takes the messages that have arrived as a whole out of what arrived, one after the other.

    Whatever else there is, and a message of which a part has arrived, is left to nats-py.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection = connection

    async def parse(self, data: bytes = b"") -> None:
        if self.state != AWAITING_CONTROL_LINE:
            missing = self.needed + len(_CRLF) - len(self.buf)
            await super().parse(data[:missing])
            data = data[missing:]
        if self.state == AWAITING_CONTROL_LINE:
            if self.buf:
                data = bytes(self.buf) + data
                self.buf.clear()
            data = await self._take_whole(data)
        if data:
            await super().parse(data)

    async def _take_whole(self, data: bytes) -> bytes:
        """Hand the messages out at the beginning of `data`; return what follows them."""
        at, length, connection = 0, len(data), self._connection
        while (line_end := data.find(_CRLF, at)) >= 0:
            kind, *told = data[at:line_end].split(b" ")
            has_headers = kind == b"HMSG"
            if not has_headers and kind != b"MSG":
                break
            try:
                sid, size = int(told[1]), int(told[-1])
                headers_size = int(told[-2]) if has_headers else 0
            except (IndexError, ValueError) as error:
                raise ProtocolError(f"a message begins with {data[at:line_end]!r}") from error
            begin = line_end + 2
            end = begin + size
            if end + 2 > length:
                break
            at = end + 2
            reply = told[2] if len(told) > (4 if has_headers else 3) else b""
            body = begin + headers_size
            raw = Raw(told[0], reply, data[body:end], data[begin:body])
            if not connection.hand_out(sid, raw):
                await connection._process_msg(sid, *raw)  # noqa: SLF001 -- the same parser calls it
        return data[at:]


def ours(connection: Client) -> Connection:
    """Return a connection as what it is.

    Raises:
        TypeError: somebody else made it.
    """
    if not isinstance(connection, Connection):
        raise TypeError("take a connection of agentkit.nats")
    return connection


def _block_of(headers: dict[str, Any]) -> bytes:
    """Return headers as they are sent, nothing when nats-py has to look into them first."""
    # of a name that nats-py has in an enumeration, strip() gives the name itself
    lines = [f"{name.strip()}: {value.strip()}\r\n" for name, value in headers.items()]
    block = "".join((_VERSION, *lines, "\r\n"))
    is_plain = block.count("\n") == block.count("\r") == len(lines) + 2
    return block.encode() if is_plain else b""


def _metadata_in(reply: str) -> Msg.Metadata | None:
    """Read what the reply of a delivery says, None when it is of the longer form.

    Past the constructors, which take ten times as long for setting what is frozen.
    """
    tokens = reply.split(".")
    if len(tokens) != _TOKENS or not reply.startswith("$JS.ACK."):
        return None
    _, _, stream, consumer, delivered, seq, delivery, at_ns, pending = tokens
    sequence = object.__new__(Msg.Metadata.SequencePair)
    vars(sequence).update(consumer=int(delivery), stream=int(seq))
    about = object.__new__(Msg.Metadata)
    vars(about).update(
        sequence=sequence,
        num_pending=int(pending),
        num_delivered=int(delivered),
        timestamp=datetime.fromtimestamp(int(at_ns) / 1_000_000_000, UTC),
        stream=stream,
        consumer=consumer,
        domain=None,
    )
    return about


async def _nothing(_: Msg) -> None:
    """Stand in for what is never called."""
