"""Lets a provider know which trace a request is for, whatever SDK makes it."""

import httpx2

from agentkit import tracing


def carrying[C: httpx2.AsyncClient](client: C) -> C:
    """Return `client`, whose requests carry the trace context from now on."""
    client.event_hooks = {"request": [_carry]}
    return client


async def _carry(request: httpx2.Request) -> None:
    tracing.inject(request.headers)
