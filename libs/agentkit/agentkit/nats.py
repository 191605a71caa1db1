"""The log as one connection sees it: append a fact once, read a whole run."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cached_property, partial
from typing import Any

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import PubAck, RawStreamMsg
from nats.js.errors import APIError, NotFoundError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential

from agentkit.direct import TooManyError, direct_get, direct_page, sequence_of, subject_of
from agentkit.failing import unreadable_outcome
from agentkit.keys import key_file
from agentkit.outage import is_transient, survives_outage
from agentkit.publishing import Acks, GroupCommit, JetStream
from agentkit.settings import Settings
from agentkit.wire import Connection
from contracts import subjects
from contracts.events import RunEvent, StepCompleted, StepFailed, StepOutcome

STORE_FAILED = 10077
"""The broker's code for every message that it could not store, whatever the reason."""
ALREADY_RECORDED = "maximum messages per subject exceeded"
"""The one reason that is no failure: the fact is on the log."""
PING_S = 10
"""A broker that is silent twice as long is taken for gone, where nats-py waits four minutes."""
CLOSE_S = 5.0
PATIENCE_S = 300.0
"""For what took work or money: giving up on recording it means to do or to buy it again."""
LAG_S = 0.01
WHOLE = 200
"""A run of fewer events is read whole, whatever of it is known."""
READ_TIMEOUT_S = 30.0
DENIED = re.compile("violation|authorization", re.IGNORECASE)
WRONG_LAST_SEQUENCE = frozenset({10071, 10164})


class _Connection(Connection):
    """Publishes to streams otherwise than nats-py does."""

    commits_groups = False

    def jetstream(self, **options: Any) -> JetStream:  # noqa: ANN401 -- nats-py's own
        return JetStream(self, self._acks, self._group, **options)

    @cached_property
    def _acks(self) -> Acks:
        return Acks(self)

    @cached_property
    def _group(self) -> GroupCommit | None:
        return GroupCommit(self._acks) if self.commits_groups else None


async def connect(settings: Settings, *, name: str) -> _Connection:
    """Return a connection that reconnects for ever.

    `name` is who it is to the broker: its key, and what it may do.

    Raises:
        SettingsError: it has no key.
        OSError, nats.errors.Error: no server answers at `settings.nats_url` now.
    """
    key = key_file(settings, name)
    connection = _Connection()
    try:
        await connection.connect(
            settings.nats_servers,
            name=name,
            nkeys_seed=None if key is None else str(key),
            inbox_prefix=subjects.inbox_of(name),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # type: ignore[arg-type]  # it is slept as it is given
            allow_reconnect=True,
            ping_interval=PING_S,
            error_cb=log_error,
        )
    except asyncio.CancelledError:  # who is not let in tries for ever, until somebody has enough
        await close(connection)
        raise
    connection.commits_groups = settings.nats_group_commit
    return connection


@asynccontextmanager
async def connected(settings: Settings, *, name: str) -> AsyncIterator[_Connection]:
    connection = await connect(settings, name=name)
    try:
        yield connection
    finally:
        await close(connection)


async def close(connection: Client) -> None:
    """Close a connection in a bounded time, whatever state it is in."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await connection.close()
    except Exception as error:  # noqa: BLE001 -- nats-py writes what is unsent to a socket that is gone
        logger.warning("connection was not closed in order", error=type(error).__name__)


class UnsettledError(NatsError):
    """A message was refused for another one on its subject that is not there, or not yet.

    A broker that has lost its lead refuses what it has in hand itself, and then drops that.
    """


async def publish_once(  # noqa: PLR0913 -- patience is a part of its own
    js: JetStreamContext,
    stream: str,
    subject: str,
    payload: bytes,
    *,
    headers: dict[str, str] | None = None,
    timeout_s: float = 2,
    patience_s: float | None = None,
) -> bool:
    """Publish to a stream with the one-message-per-subject rule.

    nats-py does not retry and the first publish after a reconnect often times out; the
    rule makes another try harmless. It is tried for `patience_s`, else for ten times `timeout_s`,
    and until the subject is seen to have a message.

    Returns:
        True when the message was stored (perhaps by an earlier try of this very call that
        lost its answer: then False), False when the subject was taken.
    """
    publish = partial(_publish, js, stream, subject, payload, headers, timeout_s)
    try:
        return await publish()
    except (NatsError, TimeoutError) as error:
        if not is_transient(error):
            raise
    stored = False
    async for attempt in AsyncRetrying(  # a third of the time of a publish: only when it failed
        retry=retry_if_exception(is_transient),
        wait=wait_exponential(0.1, max=2),
        stop=stop_after_delay(timeout_s * 10 if patience_s is None else patience_s),
        reraise=True,
    ):
        with attempt:
            stored = await publish()
    return stored


async def _publish(  # noqa: PLR0913, PLR0917 -- those of `publish_once`
    js: JetStreamContext,
    stream: str,
    subject: str,
    payload: bytes,
    headers: dict[str, str] | None,
    timeout_s: float,
) -> bool:
    try:
        await js.publish(subject, payload, timeout=timeout_s, headers=headers)
    except APIError as error:
        if error.err_code in WRONG_LAST_SEQUENCE:
            return False
        if not is_recorded(error):
            raise
        if not await _is_there(js, stream, subject):
            raise UnsettledError(f"{subject} was refused and has no message yet") from None
        return False
    return True


async def _is_there(js: JetStreamContext, stream: str, subject: str) -> bool:
    """Tell whether a subject has its message; a copy that lags behind says no for a while."""
    try:
        await js.get_last_msg(stream, subject, direct=True)
    except NotFoundError:
        return False
    return True


def is_recorded(error: APIError) -> bool:
    """Tell whether the subject has its message; a full disk has the same code and is none."""
    return error.err_code == STORE_FAILED and error.description == ALREADY_RECORDED


async def append(
    js: JetStreamContext,
    event: RunEvent,
    *,
    timeout_s: float = 2,
    expected_last_seq: int | None = None,
    among: str = "",
) -> bool:
    """Append `event` to the log; False when it is already there.

    With `expected_last_seq`, the sequence of the run's last event when it was read, it is
    False as well when anything has happened to the run since: read it again. `among` narrows
    both to the events on the subjects that match it.
    """
    payload = event.model_dump_json().encode()
    headers = None
    if expected_last_seq is not None:
        headers = unless_moved(among or subjects.of_run(event.run_id), expected_last_seq)
    subject = subjects.of_event(event)
    return await publish_once(
        js, subjects.RUNS, subject, payload, headers=headers, timeout_s=timeout_s
    )


async def append_soon(
    js: JetStreamContext, event: RunEvent, *, expected_last_seq: int, timeout_s: float = 2
) -> asyncio.Future[PubAck]:
    """Append `event` without waiting for what becomes of it, as long as nothing else happens first.

    What is returned raises APIError when it is refused: it is there, or the run went on.
    """
    if not isinstance(js, JetStream):
        raise TypeError("take the jetstream of a connection that agentkit made")
    headers = unless_moved(subjects.of_run(event.run_id), expected_last_seq)
    payload = event.model_dump_json().encode()
    return await js.send(subjects.of_event(event), payload, headers=headers, timeout_s=timeout_s)


def unless_moved(subjects_matched: str, last_seq: int) -> dict[str, str]:
    """Return the headers of a message that is refused when a later one matches already."""
    return {
        "Nats-Expected-Last-Subject-Sequence": str(last_seq),
        "Nats-Expected-Last-Subject-Sequence-Subject": subjects_matched,
    }


async def read_run(
    connection: Client, run_id: str, *, after: int = 0, until: int = 0, known: int = 0
) -> list[tuple[int, RunEvent]]:
    """Return (stream sequence, event) of what was recorded for a run, oldest first.

    Only what is behind the sequence `after`, up to which there are `known` events: few are read
    again, for the broker finds what is behind a sequence by looking at all that came since, of
    whatever run. A copy of the log that lags behind is asked again
    until it knows of `until`, an event of the run; before a run is said to be unknown, whoever
    leads the log says so.

    Raises:
        TimeoutError: it does not come to know of it, or does not answer.
    """
    history = list[tuple[int, RunEvent]]()
    async with asyncio.timeout(READ_TIMEOUT_S):
        while True:
            is_short = known < WHOLE
            for message in await recorded(
                connection, subjects.of_run(run_id), after, is_short=is_short
            ):
                if (seq := sequence_of(message)) <= after:
                    continue
                after, known = seq, known + 1
                if (event := _event_in(message)) is not None:
                    history.append((after, event))
            until = until or after or await begun_at(connection, run_id)
            if after >= until:
                return history
            await asyncio.sleep(LAG_S)


async def latest_at(connection: Client, run_id: str) -> int:
    """Return the sequence of a run's newest event, 0 when there is no such run.

    Whoever leads the log says so: read up to there, a run is as it is now.
    """
    newest = await last_on(connection, subjects.RUNS, subjects.of_run(run_id))
    return 0 if newest is None else newest.seq or 0


async def begun_at(connection: Client, run_id: str) -> int:
    """Return the sequence of a run's first event, 0 when there is no such run."""
    first = await last_on(connection, subjects.RUNS, subjects.beginning_of(run_id))
    return 0 if first is None else first.seq or 0


@survives_outage
async def last_on(connection: Client, stream: str, subject: str) -> RawStreamMsg | None:
    """Return the last message on a subject, of whoever leads the stream: it knows all of it."""
    try:
        return await connection.jetstream().get_last_msg(stream, subject)
    except NotFoundError:
        return None


def _event_in(message: Msg) -> RunEvent | None:
    """Return the event that a message of the log is.

    An outcome that is none holds up nobody's run: it is a failure of the agent that may write
    there, or nothing when it is not even of a step.
    """
    subject = subject_of(message)
    try:
        return subjects.event_on(subject, message.data)
    except ValueError as error:
        if not subjects.is_outcome(subject):
            raise
        logger.error(
            "outcome cannot be read",
            run_id=subjects.run_id_of(subject),
            subject=subject,
            reason=type(error).__name__,
        )
    with suppress(ValueError):
        return unreadable_outcome(subject)
    return None


async def recorded(
    connection: Client, subject: str, after: int = 0, *, is_short: bool = True
) -> list[Msg]:
    """Return all that matches behind `after`: page by page, or when it is short all at once.

    Then what is before `after` is there too.
    """
    if is_short or not after:
        with suppress(TooManyError):
            return await direct_get(connection, subjects.RUNS, [subject])
    messages = list[Msg]()
    while True:
        page = await direct_page(connection, subjects.RUNS, subject, after=after)
        messages += page.messages
        if not page.more or not page.messages:
            return messages
        after = sequence_of(page.messages[-1])


class NatsOutcomes:
    """Outcomes on the RUNS stream: for each attempt the first one recorded stands."""

    def __init__(self, connection: Client) -> None:
        self._js = connection.jetstream()

    async def of(self, run_id: str, step: str, attempt: int, agent: str) -> StepOutcome | None:
        subject = subjects.outcome_of(run_id, step, attempt, agent)
        payload = await self._on(subject)
        event = None if payload is None else subjects.event_on(subject, payload)
        return event if isinstance(event, StepCompleted | StepFailed) else None

    async def has_ended(self, run_id: str) -> bool:
        """Tell whether the run is over: nobody waits for the outcome of a step of it."""
        ends = await asyncio.gather(*map(self._on, subjects.ends_of(run_id)))
        return any(end is not None for end in ends)

    @survives_outage
    async def _on(self, subject: str) -> bytes | None:
        """Return what is on one subject, asked for in the one form that the broker can restrict."""
        try:
            message = await self._js.get_last_msg(subjects.RUNS, subject, direct=True)
        except NotFoundError:
            return None
        return message.data or b""

    async def record(self, outcome: StepOutcome) -> StepOutcome:
        """Append `outcome` unless the attempt has one; return the one that stands."""
        stored = await publish_once(
            self._js,
            subjects.RUNS,
            subjects.of_event(outcome),
            outcome.model_dump_json().encode(),
            patience_s=PATIENCE_S,
        )
        if stored:
            return outcome
        return await self._first(outcome)

    async def _first(self, outcome: StepOutcome) -> StepOutcome:
        """Return the outcome that is there; a copy of the log that lags is asked again."""
        async with asyncio.timeout(READ_TIMEOUT_S):
            while True:
                first = await self.of(outcome.run_id, outcome.step, outcome.attempt, outcome.agent)
                if first is not None:
                    return first
                await asyncio.sleep(LAG_S)


async def log_error(error: Exception) -> None:
    """Tell what went wrong with a connection. Who is denied something else only sees no answer."""
    sentence = f"{type(error).__name__}: {error}"
    if DENIED.search(sentence):
        logger.error("nats permission denied", error=sentence)
    else:
        logger.warning("nats connection error", error=sentence)
