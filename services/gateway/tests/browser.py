"""What a browser does that watches run `a`, and what happens to the run meanwhile."""

from contextlib import asynccontextmanager

from agentkit.nats import append
from gateway.live import Frame, Hub
from gateway.past import Past

URL = "/api/v1/pipeline/runs/a/events"


@asynccontextmanager
async def watching(api, after: int | None = None):
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with api.sse(URL, headers=headers) as source:
        assert source.response.status_code == 200
        yield (event async for event in source if event.data)


async def collect(api, after: int | None = None) -> list[tuple[int, str]]:
    """Return (id, type) of everything until the stream ends by itself."""
    async with watching(api, after) as events:
        return [(int(event.id), event.event) async for event in events]


async def past(connection, hub: Hub) -> list[Frame]:
    """Return what a browser that comes now would be told of what was."""
    page = await Past(connection, hub, "a").begin()
    assert page is not None
    assert not page.more
    return list(page.frames)


async def append_all(js, events) -> None:
    for event in events:
        await append(js, event)


async def nothing() -> list[str]:
    return []
