"""What one watcher knows of a run, kept current by its events and by asking for its figures."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress

from httpx2 import ServerSentEvent, TransportError
from pydantic import ValidationError

from contracts.events import RUN_ENDS, RunEvent, parse_event
from contracts.live import LiveEvent, parse_live
from yaa.board import Board, heard, told
from yaa.client import Gateway, UnavailableError
from yaa.views import RunDetail

POLL_S = 1.0
SETTLING_POLL_S = 0.25
SETTLED_POLLS = 3
FIGURES_PATIENCE_S = 2.0
END_PATIENCE_S = 10.0
RETRY_S = (0.25, 0.5, 1.0, 2.0)
SILENCE_S = 60.0

type Listener = Callable[[RunEvent | LiveEvent, Board, Board], None]
"""Is given an event with the board before and after it."""


class Watch:
    """`trouble` is empty while the gateway answers, and a word to show while it does not."""

    def __init__(self, gateway: Gateway, detail: RunDetail) -> None:
        self.detail = detail
        self.board = told(Board(detail.run_id), detail)
        self.trouble = ""
        self._gateway = gateway
        self._last_id = ""
        self._answered_at = _now()
        self._ended = asyncio.Event()

    async def until_settled(self, listener: Listener | None = None) -> None:
        """Return when the run has ended and its figures stand still.

        Raises:
            UnavailableError: the gateway has not answered for a minute.
        """
        await alongside(self._ended.wait(), self._listen(listener), self._poll())
        await self._settle()

    async def _listen(self, listener: Listener | None) -> None:
        """Read the events to the end of the run, and pick up where a broken stream left off."""
        tries = 0
        while True:
            known = self._last_id
            with suppress(TransportError, UnavailableError):
                await self._read_events(listener)
            _heed_cancellation()
            tries = 0 if self._last_id != known else tries + 1
            await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])

    async def _read_events(self, listener: Listener | None) -> None:
        async with self._gateway.events(self.detail.run_id, after=self._last_id) as messages:
            async for message in messages:
                if (event := self._news_in(message)) is not None:
                    self._take(event, listener)

    def _news_in(self, message: ServerSentEvent) -> RunEvent | LiveEvent | None:
        try:
            if message.event.startswith("live."):
                return parse_live(message.data.encode())
            if not _is_newer(message.id, self._last_id):
                return None
            self._last_id = message.id
            return parse_event(message.data.encode())
        except ValidationError:
            return None

    def _take(self, event: RunEvent | LiveEvent, listener: Listener | None) -> None:
        before, self.board = self.board, heard(self.board, event)
        if listener is not None:
            listener(event, before, self.board)
        if isinstance(event, RUN_ENDS):
            self._ended.set()

    async def _poll(self) -> None:
        while not self.detail.has_ended:
            await asyncio.sleep(POLL_S)
            await self._refresh()
        await asyncio.sleep(POLL_S)
        self._ended.set()

    async def _settle(self) -> None:
        """Ask until the costs, which arrive a moment after the calls, stand still."""
        begun, alike = _now(), 0
        while alike < SETTLED_POLLS:
            known = self.detail.figures
            await self._refresh()
            alike = alike + 1 if self.detail.has_ended and self.detail.figures == known else 0
            patience = FIGURES_PATIENCE_S if self.detail.has_ended else END_PATIENCE_S
            if _now() - begun > patience:
                return
            await asyncio.sleep(SETTLING_POLL_S)

    async def _refresh(self) -> None:
        try:
            self.detail = await self._gateway.run(self.detail.run_id)
        except UnavailableError:
            _heed_cancellation()
            self.trouble = "reconnecting …"
            if _now() - self._answered_at > SILENCE_S:
                raise
            return
        self.trouble, self._answered_at = "", _now()
        self.board = told(self.board, self.detail)


async def alongside(main: Awaitable[object], *others: Coroutine[None, None, None]) -> None:
    """Run `others` until `main` is done. The first failure of any ends all and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(other) for other in others]
            await main
            for task in tasks:
                task.cancel()
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None


def _heed_cancellation() -> None:
    """End here when somebody asked for it: a closing connection may tell it as its own error."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _is_newer(event_id: str, last_id: str) -> bool:
    return not last_id or (event_id.isdigit() and int(event_id) > int(last_id))


def _now() -> float:
    return asyncio.get_running_loop().time()
