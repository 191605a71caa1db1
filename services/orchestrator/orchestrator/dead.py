"""Ends what an agent could not: a dead letter fails its attempt, and so its run.

Idempotent and shared by all replicas: the first outcome of an attempt stands, so an agent that
answered after all is right, and an advisory that comes again changes nothing.
"""

import asyncio
from collections.abc import Sequence

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from agentkit import metrics
from agentkit.dead import DeadLetter, dead_letter
from agentkit.direct import direct_get
from agentkit.nats import NatsOutcomes
from contracts import subjects
from contracts.events import StepError, StepFailed

ERROR = "DeliveriesExhausted"
CONCURRENT_LETTERS = 16
RETRY_DELAY_S = 2.0


class Undertaker:
    """Reads the broker's advisories of one replica's share."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._js = connection.jetstream()
        self._outcomes = NatsOutcomes(connection)
        self._slots = asyncio.Semaphore(CONCURRENT_LETTERS)

    async def handle(self, batch: Sequence[Msg]) -> None:
        async with asyncio.TaskGroup() as group:
            for message in batch:
                group.create_task(self._bury_alone(message))

    async def _bury_alone(self, message: Msg) -> None:
        """Handle one advisory; when that cannot be now, it comes again, and only it."""
        try:
            await self._bury(message)
        except Exception as error:  # noqa: BLE001 -- the boundary: one letter never holds up another
            logger.opt(exception=error).error("advisory cannot be handled, tried again")
            await message.nak(delay=RETRY_DELAY_S)

    async def _bury(self, message: Msg) -> None:
        async with self._slots:
            sequence = message.metadata.sequence.stream
            letter = await dead_letter(self._js, sequence, message.data)
            if letter is not None and not await self._has_ended(letter.run_id):
                await self._fail(letter)

    async def _has_ended(self, run_id: str) -> bool:
        return bool(await direct_get(self._connection, subjects.RUNS, subjects.ends_of(run_id)))

    async def _fail(self, letter: DeadLetter) -> None:
        try:
            failure = failure_of(letter)
        except ValidationError:
            logger.error("dead letter is of no step", seq=letter.id)
            return
        stands = await self._outcomes.record(failure)
        if stands != failure:
            return
        metrics.DEAD_LETTERS.labels(letter.agent).inc()
        logger.error(
            "attempt is a dead letter",
            run_id=letter.run_id,
            step=letter.step,
            attempt=letter.attempt,
            agent=letter.agent,
            dead_letter=letter.id,
        )


def failure_of(letter: DeadLetter) -> StepFailed:
    """Return the outcome of a dead letter; the same from every replica.

    Raises:
        pydantic.ValidationError: what the letter names cannot be a step of a run.
    """
    error = StepError(
        error=ERROR,
        message=letter.reason,
        retryable=False,
        step=letter.step,
        attempt=letter.attempt,
        agent=letter.agent,
    )
    return StepFailed(
        run_id=letter.run_id,
        at=letter.at,
        step=letter.step,
        attempt=letter.attempt,
        agent=letter.agent,
        error=error,
        duration_ms=letter.duration_ms,
    )
