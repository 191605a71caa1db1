"""What a way to reach people is."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from agentkit.redaction import redacted
from contracts.notices import Notice

SHOWN_CHARS = 200
HIDDEN = "…"
LEAST_CHARS = 4
"""What is shorter is no secret, and stands in many a word."""


class NotDeliveredError(Exception):
    """The message did not get there; it may when it is sent again.

    The sentence says who refused it and how, never where to: addresses are secrets.
    """

    def __init__(self, why: str, *, retry_after_s: float = 0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Told(NamedTuple):
    """A notice, and what stays the same of it however often it is sent."""

    id: str
    notice: Notice


class Target(Protocol):
    """`batch` notices at most go into one message, and between two messages pass `pause_s`."""

    batch: int
    pause_s: float

    async def send(self, told: Sequence[Told]) -> None:
        """Send what is in `told`, in this order.

        Raises:
            NotDeliveredError: it did not get there.
        """


def shown(answer: str, secrets: Iterable[str]) -> str:
    """Return what somebody answered as a line, without what he was told in confidence."""
    line = " ".join(answer.split())
    hidden = {secret for secret in secrets if len(secret) >= LEAST_CHARS}
    for secret in sorted(hidden, key=len, reverse=True):
        line = line.replace(secret, HIDDEN)
    return redacted(line)[:SHOWN_CHARS] or "nothing more"
