"""What a batch of messages says of each run that it names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from loguru import logger
from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts import subjects
from contracts.events import Timer


@dataclass(slots=True)
class Call:
    """What a batch says of one run: it went on up to `seq`, or it is time to look at it.

    `deliveries` is how often the broker has said so, the oldest of `messages` counting. `heard` is
    the number of the newest of its deliveries from the log. `ended_at` is when its end was
    appended, if that is among them.
    """

    seq: int = 0
    heard: int = 0
    is_due: bool = False
    deliveries: int = 1
    ended_at: datetime | None = None
    messages: list[Msg] = field(default_factory=list[Msg])


def calls_in(batch: Iterable[Msg]) -> dict[str, Call]:
    """Return what `batch` says of each run that it names."""
    calls = dict[str, Call]()
    for message in batch:
        run_id, seq = _named_by(message)
        if not run_id:
            continue
        if (call := calls.get(run_id)) is None:
            call = calls[run_id] = Call()
        about = message.metadata
        call.seq = max(call.seq, seq)
        call.deliveries = max(call.deliveries, about.num_delivered)
        if is_timer(message):
            call.is_due = True
        else:
            call.heard = max(call.heard, about.sequence.consumer)
        if subjects.is_end(message.subject):
            call.ended_at = about.timestamp
        call.messages.append(message)
    return calls


def is_timer(message: Msg) -> bool:
    return message.subject.startswith("timer.")


def _named_by(message: Msg) -> tuple[str, int]:
    """Return the run that an event or a fired timer speaks of, and what must be known of it.

    The run is empty when it names none, or one that is deleted: nothing is left to be read of it.
    """
    if subjects.is_deletion(message.subject):
        return "", 0
    if not is_timer(message):
        return subjects.run_id_of(message.subject), message.metadata.sequence.stream
    try:
        timer = Timer.model_validate_json(message.data)
    except ValidationError:
        logger.error("timer cannot be read", subject=message.subject)
        return "", 0
    return timer.run_id, timer.seq
