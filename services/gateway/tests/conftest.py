"""A provisioned broker and a migrated database for each test, and runs to tell them."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

import pytest
from asyncpg import Pool
from httpx2 import AsyncClient
from nats.aio.client import Client

from agentkit.nats import append, connected
from agentkit.provision import provision
from contracts import subjects
from contracts.cards import AgentCard
from gateway import database, key_store
from gateway.__main__ import start
from gateway.keys import PlainKey, Scope
from gateway.projector import Projector
from gateway.settings import GatewaySettings, ProjectorSettings
from yaa.embedded.ports import free_port

from .story import PIPELINE_YAML, WIDE, Story
from .world import World


@pytest.fixture(scope="session")
def story() -> Callable[..., Story]:
    return Story


@pytest.fixture(scope="session")
def wide_story() -> Callable[[str], Story]:
    """Make stories of a pipeline with instances, a condition and an approval."""
    return partial(Story, pipeline=WIDE)


@pytest.fixture
def settings(nats_url: str, migrated_database_url: str, tmp_path: Path) -> GatewaySettings:
    (tmp_path / "video.yaml").write_text(PIPELINE_YAML)
    return GatewaySettings(
        nats_url=nats_url,
        database_url=migrated_database_url,
        http_port=free_port(),
        pipelines_dir=tmp_path,
    )


@pytest.fixture
def projector_settings(settings: GatewaySettings) -> ProjectorSettings:
    return ProjectorSettings(nats_url=settings.nats_url, database_url=settings.database_url)


@pytest.fixture
async def connection(settings: GatewaySettings) -> AsyncIterator[Client]:
    async with connected(settings, name="test") as connection:
        await provision(connection, ["writer", "media"])
        yield connection


@pytest.fixture
async def agents(connection: Client) -> None:
    """Every agent of the pipeline has introduced itself."""
    bucket = await connection.jetstream().key_value(subjects.AGENTS_BUCKET)
    for name in ("writer", "media"):
        card = AgentCard(agent=name, tasks=())
        await bucket.put(name, card.model_dump_json().encode())


@pytest.fixture
async def pool(settings: GatewaySettings) -> AsyncIterator[Pool]:
    async with database.open_pool(settings, size=4) as pool:
        yield pool


@pytest.fixture
def record(connection: Client) -> Callable[..., object]:
    """Append the events of stories to the log, in the order given."""

    async def record(*stories: Story) -> None:
        js = connection.jetstream()
        for event in (event for story in stories for event in story.events):
            assert await append(js, event)

    return record


@pytest.fixture
async def api(
    settings: GatewaySettings, connection: Client, key: Callable[..., Awaitable[str]]
) -> AsyncIterator[AsyncClient]:
    """A client of a gateway that serves as it does in production; its key may do everything."""
    assert connection.is_connected
    async with start(settings), client_of(settings.http_port, await key("admin")) as client:
        yield client


def client_of(port: int, key: str) -> AsyncClient:
    """Return a client of the gateway at `port` that sends `key` along, if there is one."""
    headers = {"X-API-Key": key} if key else {}
    url = f"http://127.0.0.1:{port}"
    return AsyncClient(base_url=url, headers=headers, trust_env=False, verify=certificates())


@cache
def certificates() -> ssl.SSLContext:
    """Return what no test needs: a client without would read them, for longer than many a test."""
    return ssl.create_default_context()


@pytest.fixture
def key(pool: Pool) -> Callable[..., Awaitable[str]]:
    """Make a key with the scopes that are given; its name is theirs unless there is another."""

    async def key(*scopes: Scope, name: str = "", expires_at: datetime | None = None) -> str:
        plain = PlainKey.new()
        await key_store.add_key(
            pool,
            plain,
            name=name or "+".join(scopes),
            scopes=scopes,
            created_by="test",
            expires_at=expires_at,
        )
        return plain.text

    return key


@pytest.fixture
async def as_key(
    settings: GatewaySettings, api: AsyncClient, key: Callable[..., Awaitable[str]]
) -> AsyncIterator[Callable[..., Awaitable[AsyncClient]]]:
    """Make clients of the gateway, each with a key of its own, as of `key`."""
    assert not api.is_closed
    async with AsyncExitStack() as stack:

        async def as_key(*scopes: Scope, **fields: object) -> AsyncClient:
            text = await key(*scopes, **fields)
            return await stack.enter_async_context(client_of(settings.http_port, text))

        yield as_key


@pytest.fixture
async def stranger(settings: GatewaySettings, api: AsyncClient) -> AsyncIterator[AsyncClient]:
    """A client of the gateway without a key."""
    assert not api.is_closed
    async with client_of(settings.http_port, "") as stranger:
        yield stranger


@pytest.fixture
def project(pool: Pool, connection: Client) -> Callable[[], Awaitable[None]]:
    """Bring the projection up to the log."""
    return Projector(pool, connection).catch_up


@pytest.fixture
def world(connection: Client, pool: Pool, project: Callable[[], Awaitable[None]]) -> World:
    return World(connection, pool, project)


@pytest.fixture
def recently() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)
