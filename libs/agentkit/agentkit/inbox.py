"""One inbox for all that a connection is answered: a subscription for each answer costs a lot."""

from weakref import WeakKeyDictionary

from nats.aio.client import Client

from agentkit.wire import Hear, Message, ours


class Inbox:
    """Hands each message to whoever expects it; what nobody expects any more is dropped."""

    def __init__(self, connection: Client) -> None:
        self._prefix = f"{connection.new_inbox()}."
        self._hearing = dict[str, Hear]()
        self._count = 0

    async def open(self, connection: Client) -> None:
        await ours(connection).subscribe_directly(f"{self._prefix}*", self._on_message)

    @property
    def expected(self) -> int:
        """How many answers somebody waits for."""
        return len(self._hearing)

    def expect(self, hear: Hear) -> str:
        """Return a subject; `hear` gets all that comes there until it is forgotten."""
        self._count += 1
        reply = f"{self._prefix}{self._count}"
        self._hearing[reply] = hear
        return reply

    def forget(self, reply: str) -> None:
        self._hearing.pop(reply, None)

    def _on_message(self, message: Message) -> None:
        if (hear := self._hearing.get(message.subject)) is not None:
            hear(message)


_inboxes: WeakKeyDictionary[Client, Inbox] = WeakKeyDictionary()


async def inbox_of(connection: Client) -> Inbox:
    """Return the inbox of a connection, which is opened when it is first asked for."""
    if (inbox := _inboxes.get(connection)) is None:
        inbox = _inboxes[connection] = Inbox(connection)
        await inbox.open(connection)
    return inbox
