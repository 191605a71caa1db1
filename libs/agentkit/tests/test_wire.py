"""What comes over the wire is what was sent, however it is cut and whoever reads it."""

from itertools import batched

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ProtocolError

from agentkit.inbox import inbox_of
from agentkit.wire import Connection, Message, Raw, WholeParser

HEADERS = b"NATS/1.0\r\nOne: 1\r\nTwo:two words\r\n\r\n"
REPLY = "$JS.ACK.RUNS.orchestrator.2.70.31.1764470000123456789.5"
LONG_REPLY = "$JS.ACK.hub.ACCOUNT.RUNS.orchestrator.2.70.31.1764470000123456789.5.random"
SENT = (
    (1, Raw(b"a", b"", b"bare", b"")),
    (2, Raw(b"a.b", b"reply", b"with\r\nMSG a 1 3\r\nin it", b"")),
    (1, Raw(b"a", b"", b"", b"")),
    (3, Raw(b"a", b"", b"told", HEADERS)),
    (3, Raw(b"a", b"reply", b"", HEADERS)),
    (4, Raw(b"a", b"", b"x" * 5000, b"")),
)
OTHERS = b"+OK\r\n"


class Heard(Connection):
    """Remembers what is for anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.messages = list[tuple[int, Raw]]()

    def hand_out(self, sid: int, raw: Raw) -> bool:
        self.messages.append((sid, raw))
        return True


def on_the_wire(sid: int, raw: Raw) -> bytes:
    place = b" ".join(filter(None, (raw.subject, b"%d" % sid, raw.reply)))
    whole = len(raw.headers) + len(raw.data)
    if not raw.headers:
        return b"MSG %b %d\r\n%b\r\n" % (place, whole, raw.data)
    return b"HMSG %b %d %d\r\n%b%b\r\n" % (place, len(raw.headers), whole, raw.headers, raw.data)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 61, 1000, 5000, 100_000])
async def test_messages_are_the_same_wherever_what_arrives_is_cut(size: int) -> None:
    heard = Heard()
    parser = WholeParser(heard)
    messages = [on_the_wire(*each) for each in SENT]
    stream = b"".join((*messages, OTHERS.join(messages), OTHERS))

    for some in batched(stream, size, strict=False):
        await parser.parse(bytes(some))

    assert heard.messages == [*SENT, *SENT]


@pytest.mark.parametrize("line", [b"MSG a\r\n", b"MSG a 1 many\r\n", b"HMSG a 1 x 9\r\n"])
async def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        await WholeParser(Heard()).parse(line)


@pytest.mark.parametrize("reply", [REPLY, LONG_REPLY])
def test_a_delivery_says_what_it_says_to_the_library(reply: str) -> None:
    told = Message(Heard(), 1, Raw(b"run.r1.requested", reply.encode(), b"", b"")).metadata

    assert told == Msg(_client=Client(), reply=reply).metadata
    assert (told.sequence.stream, told.sequence.consumer, told.num_delivered) == (70, 31, 2)


@pytest.mark.parametrize(
    ("block", "headers"),
    [
        (b"", None),
        (HEADERS, {"One": "1", "Two": "two words"}),
        (b"NATS/1.0 404 No Messages\r\n\r\n", {"Status": "404", "Description": "No Messages"}),
        (b"NATS/1.0 503\r\n\r\n", {"Status": "503"}),
        (
            b"NATS/1.0 100 Idle\r\nNats-Last-Stream: 7\r\n\r\n",
            {"Status": "100", "Description": "Idle", "Nats-Last-Stream": "7"},
        ),
    ],
)
def test_headers_are_read_when_they_are_asked_for(
    block: bytes, headers: dict[str, str] | None
) -> None:
    assert Message(Heard(), 1, Raw(b"a", b"", b"", block)).headers == headers


@pytest.mark.parametrize(
    "headers",
    [None, {}, {"One": "1", "Two": " two words "}, {"Many": "first\r\nInjected: second"}],
)
async def test_whoever_reads_it_finds_the_same_headers(
    connection: Connection, headers: dict[str, str] | None
) -> None:
    heard = list[Msg]()
    inbox = await inbox_of(connection)
    subscription = await connection.subscribe(subject := inbox.expect(heard.append))

    await connection.publish(subject, b"data", headers=headers)
    await connection.flush()

    message = await subscription.next_msg()
    assert (message.headers or {}) == (heard[0].headers or {})
    assert set(message.headers or {}) == set(headers or {})
