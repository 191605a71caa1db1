"""Whether the log takes what it is given: a broker that answers may have no room left."""

import asyncio

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from agentkit.nats import WRONG_LAST_SEQUENCE, is_recorded, last_on, unless_moved
from contracts import subjects

ANSWER_S = 2.0
REFUSED = "the event log stores nothing ({}): is the disk of the broker full?"
"""nats-server 2.15 does not even answer what it cannot write, and goes on so until it is started
again, whatever room there is by then."""


class Appending:
    """Asks by publishing what is on the log already, which adds nothing to it.

    Whoever could store it says that its subject has its message. It is asked with the sequence of
    that message, so that it is not stored either when somebody has purged the run meanwhile.
    """

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._subject, self._seq = "", 0

    async def missing(self) -> list[str]:
        """Return what keeps the log from growing, as sentences; of an empty log nobody can tell."""
        if not self._connection.is_connected:
            return []  # that is somebody else's to say
        try:
            async with asyncio.timeout(ANSWER_S):
                if not self._subject:
                    await self._find()
                if self._subject:
                    await self._publish()
        except APIError as error:
            if error.err_code in WRONG_LAST_SEQUENCE:
                self._subject = ""
            elif not is_recorded(error):
                return [REFUSED.format(error.description)]
        except (NatsError, TimeoutError):
            return [REFUSED.format("no answer")]
        return []

    async def _find(self) -> None:
        found = await last_on(self._connection, subjects.RUNS, subjects.beginning_of("*"))
        if found is not None:
            self._subject, self._seq = found.subject or "", found.seq or 0

    async def _publish(self) -> None:
        headers = unless_moved(self._subject, self._seq)
        await self._connection.jetstream().publish(
            self._subject, b"", headers=headers, timeout=ANSWER_S
        )
