"""The journal of paid calls: what was bought once is never bought again."""

import base64
import hashlib
import json
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from loguru import logger
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from agentkit.nats import PATIENCE_S, publish_once
from agentkit.outage import survives_outage
from agentkit.providers.base import Found, Request, Written
from contracts import subjects
from contracts.calls import CallMeta, CallRecord

_DIGEST_CHARS = 32


@dataclass(frozen=True, slots=True)
class PaidCall:
    """One entry: `meta` bills it, `record` answers it.

    `found_at` is its subject when it was looked up, empty when it was bought just now.
    """

    meta: CallMeta
    record: CallRecord
    found_at: str = field(default="", compare=False)


class JournalError(Exception):
    """The journal contradicts itself for now; trying again helps."""


class Journal(Protocol):
    """Paid calls by their subject; for each subject the first entry recorded stands."""

    async def find(self, subject: str) -> PaidCall | None: ...
    async def append(self, subject: str, call: PaidCall) -> PaidCall: ...
    async def note_saved(self, subject: str, meta: CallMeta) -> None: ...


class NatsJournal:
    """The journal on stream CALLS, one message a call."""

    def __init__(self, connection: Client) -> None:
        self._js = connection.jetstream()

    @survives_outage
    async def find(self, subject: str) -> PaidCall | None:
        """Return the entry of `subject`; before it is none, whoever leads the journal says so.

        A copy of the journal that lags behind does not know what was paid for a moment ago.
        """
        for is_direct in (True, False):
            with suppress(NotFoundError):
                message = await self._js.get_last_msg(subjects.CALLS, subject, direct=is_direct)
                meta = (message.headers or {})[subjects.CALL_META_HEADER]
                return PaidCall(
                    CallMeta.model_validate_json(meta),
                    CallRecord.model_validate_json(message.data or b""),
                )
        return None

    async def append(self, subject: str, call: PaidCall) -> PaidCall:
        """Record `call` unless its subject has an entry; return the one that stands."""
        stored = await publish_once(
            self._js,
            subjects.CALLS,
            subject,
            call.record.model_dump_json().encode(),
            headers={subjects.CALL_META_HEADER: call.meta.model_dump_json()},
            patience_s=PATIENCE_S,
        )
        if stored:
            return call
        if (first := await self.find(subject)) is None:
            raise JournalError(f"the journal refused {subject} but shows no entry for it yet")
        return first

    async def note_saved(self, subject: str, meta: CallMeta) -> None:
        """Record that a call was not paid again; a step does not fail for want of this note."""
        headers = {subjects.CALL_META_HEADER: meta.model_dump_json()}
        try:
            await publish_once(self._js, subjects.CALLS, subject, b"", headers=headers)
        except (NatsError, TimeoutError) as error:
            logger.warning("saved call is not counted", error=type(error).__name__)


def digest_of(provider: str, request: Request) -> str:
    """Return what names a request: equal requests, and only they, have equal digests."""
    content = [provider, request.model_dump(mode="json")]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_CHARS]


def json_of(content: Written | Found | Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return an answer as the journal keeps it: vectors as base64 of 32-bit floats."""
    if isinstance(content, Written | Found):
        return content.model_dump(mode="json")
    packed = [base64.b64encode(array("f", vector).tobytes()).decode() for vector in content]
    return {"vectors": packed}


def vectors_of(content: Mapping[str, Any]) -> list[list[float]]:
    """Return the vectors that `json_of` packed."""
    return [array("f", base64.b64decode(packed)).tolist() for packed in content["vectors"]]
