"""Erases messages of a stream by their sequences.

Not by subject: on nats-server 2.15 a purge counts anew what waits for each consumer, for which it
goes through every subject of the stream, 18 ms at 280,000 of them. A message that is deleted by its
sequence takes 0.1 ms in a stream of any size.
"""

import asyncio
from collections.abc import Iterable
from itertools import batched

from nats.aio.client import Client
from nats.js.errors import APIError

from agentkit.api import ask
from agentkit.outage import survives_outage

AT_ONCE = 100
_FAILED = 10057
_GONE = frozenset({"no message found", "stream store EOF"})


async def erase(connection: Client, stream: str, sequences: Iterable[int]) -> None:
    """Erase messages, in no order. What is gone already is no error.

    Raises:
        nats.js.errors.APIError: the stream cannot erase them.
        TimeoutError, nats.errors.Error: the broker does not answer.
    """
    for some in batched(sequences, AT_ONCE, strict=False):
        await asyncio.gather(*(_erase(connection, stream, seq) for seq in some))


@survives_outage
async def _erase(connection: Client, stream: str, seq: int) -> None:
    try:
        await ask(connection, f"STREAM.MSG.DELETE.{stream}", {"seq": seq, "no_erase": True})
    except APIError as error:
        if error.err_code != _FAILED or error.description not in _GONE:
            raise
