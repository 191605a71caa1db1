"""Requests to the broker's API for which nats-py has no call, or not with all that can be asked."""

import json
from collections.abc import Mapping
from typing import Any

from nats.aio.client import Client
from nats.js.errors import APIError

TIMEOUT_S = 5.0


async def ask(connection: Client, request: str, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return the answer to a request such as `STREAM.INFO.RUNS`.

    Raises:
        nats.js.errors.APIError: the broker refuses.
        TimeoutError, nats.errors.Error: it does not answer.
    """
    message = await connection.request(
        f"$JS.API.{request}", json.dumps(asked).encode(), timeout=TIMEOUT_S
    )
    answer: dict[str, Any] = json.loads(message.data)
    if error := answer.get("error"):
        APIError.from_error(error)  # raises the one of its kind
    return answer
