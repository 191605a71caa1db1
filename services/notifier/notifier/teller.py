"""Tells the people at one target what happens, in its own time and until it is told."""

import asyncio
from collections.abc import Sequence

from loguru import logger
from nats.aio.msg import Msg

from contracts.notices import KINDS
from notifier.notices import Notices
from notifier.targets.target import NotDeliveredError, Target, Told

FIRST_S, LONGEST_S = 2.0, 30.0
"""How long a target is left alone that does not take a message: well below the time in which the
broker gives the message to another one."""
REMEMBERED = 1000
_RANK: dict[str, int] = {kind: number for number, kind in enumerate(KINDS)}


class Teller:
    """Handles batches of the log for one target; nobody else writes to it.

    What was sent is remembered for a while: the broker brings it again when it did not hear that.
    """

    def __init__(self, name: str, target: Target, notices: Notices) -> None:
        self._name = name
        self._target = target
        self._notices = notices
        self._failures = 0
        self._not_before = 0.0
        self._sent = dict[str, None]()

    async def handle(self, batch: Sequence[Msg]) -> None:
        """Send what is of use in a batch, as one message.

        Raises:
            NotDeliveredError: it did not get there.
            nats.errors.Error, TimeoutError: the broker does not answer.
        """
        found = await asyncio.gather(*(self._notices.of(message) for message in batch))
        new = {each.id: each for each in found if each is not None and each.id not in self._sent}
        if new:
            await self._send(sorted(new.values(), key=_urgency))

    async def _send(self, told: Sequence[Told]) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._not_before - loop.time()))
        try:
            await self._target.send(told)
        except Exception as error:
            wanted_s = error.retry_after_s if isinstance(error, NotDeliveredError) else 0
            wait_s = max(wanted_s, FIRST_S * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
            self._not_before = loop.time() + min(wait_s, LONGEST_S)
            raise
        self._failures = 0
        self._remember(told)
        logger.info("people were told", target=self._name, notices=len(told))

    def _remember(self, told: Sequence[Told]) -> None:
        self._sent |= dict.fromkeys(each.id for each in told)
        for old in list(self._sent)[:-REMEMBERED]:
            del self._sent[old]


def _urgency(told: Told) -> tuple[int, float]:
    return _RANK.get(told.notice.type, 0), told.notice.timestamp.timestamp()
