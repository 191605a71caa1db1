"""Dead letters: requests that the broker gave up delivering, as its advisories tell of them.

The letter itself stays on RUNS; stream DEAD holds what the broker says of it. Which attempt it
is comes from its subject: the payload may be the very thing that nobody could read.
"""

from dataclasses import dataclass
from typing import Literal

from loguru import logger
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pydantic import AwareDatetime, ValidationError

from contracts import subjects
from contracts.base import Frozen

TERMINATED = "io.nats.jetstream.advisory.v1.terminated"


class Advisory(Frozen):
    """What the broker says of a message that it will not deliver again."""

    type: Literal[
        "io.nats.jetstream.advisory.v1.max_deliver", "io.nats.jetstream.advisory.v1.terminated"
    ]
    timestamp: AwareDatetime
    stream: str
    consumer: str
    stream_seq: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One attempt that its agent never ended. `id` is the advisory's place in stream DEAD."""

    id: int
    at: AwareDatetime
    duration_ms: int
    run_id: str
    step: str
    attempt: int
    agent: str
    deliveries: int
    is_terminated: bool

    @property
    def reason(self) -> str:
        """Why it is dead, in one sentence with the way out."""
        way_out = f"look at its log, then redrive with yaa dead redrive {self.id}"
        if self.is_terminated:
            return f"agent {self.agent!r} refused this attempt for good: {way_out}"
        times = "once" if self.deliveries == 1 else f"{self.deliveries} times"
        return (
            f"agent {self.agent!r} was given this attempt {times} and died or fell silent "
            f"each time: {way_out}"
        )


async def dead_letter(js: JetStreamContext, sequence: int, payload: bytes) -> DeadLetter | None:
    """Return the dead letter that an advisory speaks of; None when it speaks of none.

    Advisories of other readers than agents are none, nor is one whose request was deleted with
    its run. One that cannot be understood is logged.

    Raises:
        nats.errors.Error, TimeoutError: the broker does not answer.
    """
    try:
        advisory = Advisory.model_validate_json(payload)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]["msg"]
        logger.error("advisory cannot be read", seq=sequence, problem=problem)
        return None
    if advisory.stream != subjects.RUNS or not subjects.agent_of(advisory.consumer):
        return None
    try:
        # of whoever leads the log: a copy that lags behind would lose the letter
        message = await js.get_msg(subjects.RUNS, advisory.stream_seq)
        requested = subjects.requested_by(message.subject or "")
    except NotFoundError:
        logger.debug("the run of a dead letter was deleted", seq=sequence)
        return None
    except ValueError:
        logger.error("dead letter is of no request", seq=sequence)
        return None
    sent_at = message.time or advisory.timestamp
    return DeadLetter(
        id=sequence,
        at=advisory.timestamp,
        duration_ms=max(0, round((advisory.timestamp - sent_at).total_seconds() * 1000)),
        **requested._asdict(),
        deliveries=advisory.deliveries,
        is_terminated=advisory.type == TERMINATED,
    )
