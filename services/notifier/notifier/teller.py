"""Tells the people at one target what happens, in its own time and until it is told."""

import asyncio
import random
from collections.abc import Sequence

from loguru import logger
from nats.aio.msg import Msg

from agentkit.reader import TryLaterError
from contracts import subjects
from contracts.notices import KINDS
from notifier.notices import Notices
from notifier.targets.target import NotDeliveredError, Target, Told

FIRST_S, LONGEST_S = 2.0, 900.0
"""When a notice that was not taken is sent again: each time later."""
ALONE_S = 3600.0
"""So long at most is a target left alone that wants to be."""
REMEMBERED = 1000
_RANK: dict[str, int] = {kind: number for number, kind in enumerate(KINDS)}


class Teller:
    """Handles batches of the log for one target; nobody else writes to it.

    What is not taken comes again by itself, so that a notice that never will be holds up no other.
    What was sent is remembered for a while: the broker brings it again when it did not hear that.
    """

    def __init__(self, name: str, target: Target, notices: Notices) -> None:
        self._name = name
        self._target = target
        self._notices = notices
        self._not_before = 0.0
        self._sent = dict[str, None]()

    async def handle(self, batch: Sequence[Msg]) -> None:
        """Send what is of use in a batch, as one message.

        Raises:
            TryLaterError: it did not get there.
            nats.errors.Error, TimeoutError: the broker does not answer.
        """
        if (alone_s := self._not_before - asyncio.get_running_loop().time()) > 0:
            raise _later(f"{self._name} is left alone", batch, alone_s)
        found = await asyncio.gather(*(self._notices.of(message) for message in batch))
        new = {each.id: each for each in found if each is not None and each.id not in self._sent}
        if new:
            await self._send(sorted(new.values(), key=_urgency), batch)

    async def _send(self, told: Sequence[Told], batch: Sequence[Msg]) -> None:
        try:
            await self._target.send(told)
        except NotDeliveredError as error:
            self._leave_alone(error.retry_after_s)
            self._tell("notice is not taken", told)
            raise _later(str(error), batch, error.retry_after_s) from None
        except Exception as error:
            logger.opt(exception=error).error("message cannot be sent", target=self._name)
            raise _later(f"it cannot be sent ({type(error).__name__})", batch) from error
        self._sent |= dict.fromkeys(each.id for each in told)
        for old in list(self._sent)[:-REMEMBERED]:
            del self._sent[old]
        self._tell("notice sent", told)

    def _tell(self, what: str, told: Sequence[Told]) -> None:
        for each in told:
            logger.info(
                what, run_id=subjects.run_id_of(each.id), kind=each.notice.type, target=self._name
            )

    def _leave_alone(self, wanted_s: float) -> None:
        self._not_before = asyncio.get_running_loop().time() + min(wanted_s, ALONE_S)


def _later(why: str, batch: Sequence[Msg], at_least_s: float = 0) -> TryLaterError:
    """Spread what comes again: what was refused together may be taken one by one."""
    soonest_s = min(at_least_s, ALONE_S)
    delays_s = [soonest_s + _wait_s(message.metadata.num_delivered or 1) for message in batch]
    return TryLaterError(why, delays_s)


def _wait_s(tries: int) -> float:
    longest_s = min(FIRST_S * (1 << min(tries - 1, 10)), LONGEST_S)
    return longest_s * random.uniform(0.5, 1)  # noqa: S311 -- no secret


def _urgency(told: Told) -> tuple[int, float]:
    return _RANK.get(told.notice.type, 0), told.notice.timestamp.timestamp()
