"""Wake-ups: the broker is asked for a message at a time, and cleaned up after when it came."""

from collections import OrderedDict
from contextlib import suppress

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from agentkit.nats import publish_once
from contracts import subjects
from contracts.events import Timer
from orchestrator.outputs import Wake

REMEMBERED = 20_000


class Timers:
    """The schedules of one replica's runs on stream TIMERS."""

    def __init__(self, connection: Client) -> None:
        self._js = connection.jetstream()
        self._set = OrderedDict[str, None]()

    async def schedule(self, wake: Wake, *, seq: int) -> None:
        """Ask for a message at `wake.at`, once; the same schedule of two replicas is one.

        `seq` is the newest event that was known: whoever is woken must know as much.
        """
        fires = subjects.timer_fired(wake.run_id, wake.name, wake.n)
        if fires in self._set:
            return
        self._remember(fires)
        try:
            await self._publish(wake, fires, Timer(run_id=wake.run_id, seq=seq))
        except BaseException:
            self._set.pop(fires, None)
            raise
        logger.info("wake-up scheduled", run_id=wake.run_id, name=wake.name, at=wake.at.isoformat())

    def fired(self, message: Msg) -> None:
        """Take note that a timer fired: on a clock that is slow it may have to be set again."""
        self._set.pop(message.subject, None)

    async def clear(self, message: Msg) -> None:
        """Remove a fired timer that was acted upon; one that is left behind is acknowledged."""
        with suppress(NatsError, TimeoutError):
            await self._js.delete_msg(subjects.TIMERS, message.metadata.sequence.stream)

    async def _publish(self, wake: Wake, fires: str, timer: Timer) -> None:
        await publish_once(
            self._js,
            subjects.TIMERS,
            subjects.timer(wake.run_id, wake.name, wake.n),
            timer.model_dump_json().encode(),
            headers={
                "Nats-Schedule": f"@at {wake.at.isoformat()}",
                "Nats-Schedule-Target": fires,
            },
        )

    def _remember(self, fires: str) -> None:
        self._set[fires] = None
        if len(self._set) > REMEMBERED:
            self._set.popitem(last=False)
