"""The servers that tests of the whole repository stand on."""

import asyncpg
import pytest

from agentkit.nats import connected
from agentkit.settings import Settings
from yaa.testing import NatsUnderTest, PostgresUnderTest

pytestmark = pytest.mark.integration


def test_files_with_whole_stacks_are_begun_first(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    with_stacks = {item.path for item in items if item.get_closest_marker("slow")}

    is_slow = [item.path in with_stacks for item in items]

    assert is_slow == sorted(is_slow, reverse=True)


async def test_a_fresh_nats_keeps_its_streams_over_a_crash(fresh_nats: NatsUnderTest) -> None:
    settings = Settings(nats_url=fresh_nats.url)
    async with connected(settings, name="test") as connection:
        await connection.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await connection.jetstream().publish("kept", b"1")

    fresh_nats.kill()
    fresh_nats.start()

    async with connected(settings, name="test") as connection:
        assert (await connection.jetstream().stream_info("KEPT")).state.messages == 1


async def test_every_test_has_an_empty_nats(nats_url: str) -> None:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        assert await connection.jetstream().streams_info() == []


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_every_test_has_an_empty_database(database_url: str, turn: str) -> None:
    connection = await asyncpg.connect(database_url)

    await connection.execute("CREATE TABLE kept (turn text)")
    await connection.execute("INSERT INTO kept VALUES ($1)", turn)
    assert await connection.fetchval("SELECT count(*) FROM kept") == 1
    await connection.close()


async def test_postgres_asks_for_its_password(postgres_server: PostgresUnderTest) -> None:
    scheme, _, place = postgres_server.url.rpartition("@")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"{scheme.rpartition(':')[0]}:wrong@{place}")
