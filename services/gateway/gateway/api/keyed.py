"""Requests that make something: with an Idempotency-Key they can be repeated without fear."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel

from gateway.api.problems import away
from gateway.api.rights import Callers
from gateway.kit import Kit
from gateway.once import RequestKey, once

type _Header = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="The same request with the same key is done once, for a day.",
    ),
]


async def _key(caller: Callers, text: _Header = "") -> RequestKey:
    return RequestKey(text, caller.key.key_id)


type IdempotencyKey = Annotated[RequestKey, Depends(_key)]
"""The header Idempotency-Key, if it is there. What two callers call alike is not the same."""


async def answered_once[A: BaseModel](  # noqa: PLR0913 -- as `once` itself
    kit: Kit,
    key: RequestKey,
    digest: str,
    kind: type[A],
    make: Callable[[str], Awaitable[A]],
    *,
    new_id: str = "",
) -> A:
    """Return the answer of `make`, the first one when the key was used before.

    Raises:
        ProblemError: there is a key, and the log that keeps it is away.
        KeyReusedError: it stands for something else.
    """
    if key and not kit.connection.is_connected:
        raise away("the event log")
    return await once(kit.connection, key, digest, kind, make, new_id=new_id)
