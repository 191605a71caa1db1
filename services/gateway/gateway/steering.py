"""What a person wants of a run that is under way: recorded once, and only while it can heed it."""

import asyncio
from collections.abc import Callable, Sequence

from nats.aio.client import Client

from agentkit.nats import append, latest_at, read_run
from contracts import subjects
from contracts.base import Message
from contracts.events import RUN_ENDS, CancelRequested, RunAdmitted, RunEvent, RunRequested
from gateway.fold import fold, fold_all
from gateway.state import ENDED, RunState

LOOKS = 16
PAUSE_S = 0.02
"""Between two looks: a copy of the log that lags behind catches up meanwhile."""
APPEND_TIMEOUT_S = 1.0

_TURNS: tuple[type[Message], ...] = (RunRequested, RunAdmitted, CancelRequested, *RUN_ENDS)
"""What lies on the subjects of `subjects.turns_of`."""

type Wanted = Callable[[RunState, Sequence[RunEvent]], RunEvent | None]
"""What is to be recorded for a run with these events, None when it has been."""


class RunEndedError(Exception):
    """The run has ended; its argument is how."""


async def steer(connection: Client, run_id: str, wanted: Wanted) -> RunState | None:
    """Record what is `wanted` of a run; return how the run stands, None when there is none.

    The run is read as it is now, whoever answers: of a copy that lags behind, a run that is
    paused would go on already, and nobody would hear of it any more. Nothing is recorded behind
    the end of a run, and what `wanted` saw of its beginning, cancel and end still holds when its
    event is appended: else the run is read and asked about again.

    Raises:
        TimeoutError, nats.errors.Error: the log does not answer, or the run moves on faster
            than it can be read; the same may be wanted again.
    """
    for look in range(LOOKS):
        await asyncio.sleep(min(look, 1) * PAUSE_S)
        history = await read_run(connection, run_id, until=await latest_at(connection, run_id))
        events = [event for _, event in history]
        run = fold_all(events)
        if run is None:
            return None
        event = wanted(run, events)
        if event is None:
            return run
        if await append(
            connection.jetstream(),
            event,
            timeout_s=APPEND_TIMEOUT_S,
            expected_last_seq=max(seq for seq, event in history if isinstance(event, _TURNS)),
            among=subjects.turns_of(run_id),
        ):
            return fold(run, event)
    raise TimeoutError(f"run {run_id} went on {LOOKS} times while something was wanted of it")


def refuse_ended(run: RunState) -> None:
    """Refuse a run that nothing can be wanted of any more.

    Raises:
        RunEndedError: it has ended.
    """
    if run.status in ENDED:
        raise RunEndedError(run.status)
