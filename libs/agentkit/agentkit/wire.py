"""A connection as nats-py makes it, in two respects not as it leaves it."""

from collections.abc import Callable
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport


class Raw(NamedTuple):
    """A message as it came over the wire; `headers` is empty when there are none."""

    subject: bytes
    reply: bytes
    data: bytes
    headers: bytes


type Take = Callable[[Raw], None]
type Hear = Callable[[Msg], None]


class Connection(Client):
    """Connects again although what it has sent last never arrives, and hands messages out at once.

    nats-py 2.16 waits for that before it reconnects, which takes the kernel a quarter of an hour
    to give up when the network is gone. And of each message it makes an object with its headers,
    which goes through a queue to a task: that takes several times as long as reading it.
    """

    def __init__(self) -> None:
        super().__init__()
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

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        if (hear := self._hearing.get(sid)) is not None:
            told = await self._process_headers(headers)
            hear(self._build_message(sid, subject, reply, data, told))
        elif (take := self._raw.get(sid)) is not None:
            take(Raw(subject, reply, data, headers or b""))
        else:
            await super()._process_msg(sid, subject, reply, data, headers)

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        super()._remove_sub(sid, max_msgs)
        self._raw.pop(sid, None)
        self._hearing.pop(sid, None)

    async def _attempt_reconnect(self) -> None:
        if isinstance(self._transport, TcpTransport) and self._transport._io_writer:  # noqa: SLF001 -- there is no other way
            self._transport._io_writer.transport.abort()  # noqa: SLF001 -- the same
        await super()._attempt_reconnect()


def ours(connection: Client) -> Connection:
    """Return a connection as what it is.

    Raises:
        TypeError: somebody else made it.
    """
    if not isinstance(connection, Connection):
        raise TypeError("take a connection of agentkit.nats")
    return connection


async def _nothing(_: Msg) -> None:
    """Stand in for what is never called."""
