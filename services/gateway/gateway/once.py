"""The same request with the same key is done once and answered alike, whatever crashes."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import BaseModel

from contracts import subjects
from contracts.base import Frozen

LAG_S = 0.05


class KeyReusedError(Exception):
    """An idempotency key was used before, for something else; its argument is the key."""


class _Kept(Frozen):
    """What the idempotency bucket keeps under a key.

    Whoever comes first chooses the `id` of what is made, so that everybody makes the same.
    `answer` is empty until it is made.
    """

    digest: str
    id: str = ""
    answer: str = ""


def digest_of(what: str, order: BaseModel) -> str:
    """Return what tells this request from every other one."""
    return hashlib.sha256(f"{what} {order.model_dump_json()}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What a request can be repeated with; `text` is empty without. Each `owner` has keys alone."""

    text: str = ""
    owner: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def made_under(self) -> str | None:
        """Return what tells whatever was made with this key by a try that was never answered."""
        return self.digest if self else None

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.owner} {self.text}".encode()).hexdigest()


async def once[A: BaseModel](  # noqa: PLR0913 -- a key, what it stands for, and how that is done
    connection: Client,
    key: RequestKey,
    digest: str,
    kind: type[A],
    make: Callable[[str], Awaitable[A]],
    *,
    new_id: str = "",
) -> A:
    """Return what `make` answers, or answered when the key was used before.

    `make` is given the id of what is to be made: `new_id`, or the one that was chosen by whoever
    came first. It must be repeatable: when several make it at once, or the first one crashed, it is
    done again with the same id. Without a key it is simply done.

    Raises:
        KeyReusedError: `key` stands for something else.
    """
    if not key:
        return await make(new_id)
    bucket = await connection.jetstream().key_value(subjects.IDEMPOTENCY_BUCKET)
    name = key.digest
    kept, revision = await _claim(bucket, name, _Kept(digest=digest, id=new_id))
    if kept.digest != digest:
        raise KeyReusedError(key.text)
    if not kept.answer:
        answer = (await make(kept.id)).model_dump_json()
        answered = kept.model_copy(update={"answer": answer})
        kept = await _settle(bucket, name, answered, revision)
    return kind.model_validate_json(kept.answer)


async def _claim(bucket: KeyValue, name: str, mine: _Kept) -> tuple[_Kept, int]:
    """Return what is kept, which is `mine` when there was nothing, and its revision."""
    try:
        return mine, await bucket.create(name, mine.model_dump_json().encode())
    except KeyWrongLastSequenceError:
        return await _kept(bucket, name)


async def _settle(bucket: KeyValue, name: str, answered: _Kept, revision: int) -> _Kept:
    """Keep an answer unless there is one; return the one that stands.

    A copy of the bucket that lags behind is asked again.
    """
    try:
        await bucket.update(name, answered.model_dump_json().encode(), last=revision)
    except KeyWrongLastSequenceError:
        while True:
            there, _ = await _kept(bucket, name)
            if there.answer:
                return there
            await asyncio.sleep(LAG_S)
    return answered


async def _kept(bucket: KeyValue, name: str) -> tuple[_Kept, int]:
    entry = await bucket.get(name)
    return _Kept.model_validate_json(entry.value or b""), entry.revision or 0
