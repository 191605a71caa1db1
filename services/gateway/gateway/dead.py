"""Dead letters as stream DEAD holds them, and how the work of one is started again."""

import asyncio
import uuid
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from agentkit.dead import DeadLetter, dead_letter
from agentkit.nats import append, direct_get
from contracts import subjects
from contracts.events import RunFailed, RunRequested, parse_event
from gateway.log import read_page

PAGE = 200
APPEND_TIMEOUT_S = 1.0
_REDRIVES = uuid.UUID("0b7f4f5e-9d0c-5b0e-8f0a-6f2f6d1f2c11")


class NotFailedError(Exception):
    """The run of a dead letter has not failed, so that there is nothing to start again."""


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


async def redrive(connection: Client, letter: DeadLetter, *, request_id: str) -> str:
    """Start the failed run of `letter` again as a new one; return the new run's id.

    The id follows from the failed run: it is started again once, however often and through
    whichever of its dead letters that is asked for.

    Raises:
        NotFailedError: the run goes on, or has ended otherwise.
        TimeoutError, nats.errors.Error: the log does not answer.
    """
    request = await _request_of_failed(connection, letter.run_id)
    run_id = str(uuid.uuid5(_REDRIVES, letter.run_id))
    again = {"run_id": run_id, "at": datetime.now(UTC), "request_id": request_id}
    event = request.model_copy(update=again)
    await append(connection.jetstream(), event, timeout_s=APPEND_TIMEOUT_S)
    return run_id


async def _request_of_failed(connection: Client, run_id: str) -> RunRequested:
    wanted = [subjects.beginning_of(run_id), *subjects.ends_of(run_id)]
    found = await direct_get(connection, subjects.RUNS, wanted)
    events = [parse_event(message.data) for message in found]
    request = next((event for event in events if isinstance(event, RunRequested)), None)
    if request is None or not any(isinstance(event, RunFailed) for event in events):
        raise NotFailedError
    return request
