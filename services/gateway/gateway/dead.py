"""Dead letters as stream DEAD holds them."""

import asyncio

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from agentkit.dead import DeadLetter, dead_letter
from contracts import subjects
from gateway.log import read_page

PAGE = 200


async def newest(connection: Client, limit: int) -> list[DeadLetter]:
    """Return up to `limit` dead letters, newest first."""
    js = connection.jetstream()
    state = (await js.stream_info(subjects.DEAD)).state
    letters = list[DeadLetter]()
    last = state.last_seq
    while last >= max(1, state.first_seq) and len(letters) < limit:
        first = max(1, state.first_seq, last - PAGE + 1)
        page = await read_page(connection, first, last - first + 1, stream=subjects.DEAD)
        found = await asyncio.gather(
            *(dead_letter(js, each.seq, each.payload) for each in page if each.seq <= last)
        )
        letters += [letter for letter in reversed(found) if letter is not None]
        last = first - 1
    return letters[:limit]


async def find(connection: Client, sequence: int) -> DeadLetter | None:
    js = connection.jetstream()
    try:
        advisory = await js.get_msg(subjects.DEAD, sequence, direct=True)
    except NotFoundError:
        return None
    return await dead_letter(js, sequence, advisory.data or b"")
