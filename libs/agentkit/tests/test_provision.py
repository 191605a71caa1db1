"""What is created on a broker, on one node and on a cluster."""

import pytest
from nats.aio.client import Client

from agentkit.nats import connected
from agentkit.provision import buckets, provision, streams
from agentkit.settings import Settings
from contracts import subjects
from yaa.testing import NatsClusterUnderTest

STREAMS = (
    *(config.name or "" for config in streams()),
    *(f"KV_{config.bucket}" for config in buckets()),
    f"OBJ_{subjects.ARTIFACTS_BUCKET}",
)


async def copies_of(connection: Client) -> dict[str, int | None]:
    """Ask for each by name: a list leaves out whoever is busy making copies."""
    js = connection.jetstream()
    copies = dict[str, int | None]()
    for name in STREAMS:
        copies[name] = (await js.stream_info(name)).config.num_replicas
    return copies


@pytest.mark.timeout(60)
async def test_a_cluster_keeps_a_copy_of_everything_on_each_node(
    nats_cluster: NatsClusterUnderTest,
) -> None:
    async with connected(Settings(nats_url=nats_cluster.url), name="test") as connection:
        await provision(connection, ["writer"])
        alone = await copies_of(connection)
        await provision(connection, ["writer"], replicas=3)
        together = await copies_of(connection)
        await provision(connection, ["writer"])
        forgotten = await copies_of(connection)

    assert set(alone.values()) == {1}
    assert set(together.values()) == {3}
    assert together == forgotten
