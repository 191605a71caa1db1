"""What KEDA and the kubelet ask the broker, asked of a real one."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from agentkit.accounts import config_of
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.service import agent_names
from agentkit.settings import Settings
from contracts import subjects
from k8s.overlays import Overlay, overlay, probes_of
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.running import Running


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def monitor() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def nats_url(tmp_path: Path, keys: Path, monitor: str) -> Iterator[str]:
    """The address of an empty broker with accounts that tells at `monitor` how it stands."""
    access = f'http: "{monitor}"\n{config_of(keys, agent_names())}'
    running = Running(NatsServer(tmp_path / "nats", free_port(), access))
    running.start()
    yield running.server.url
    running.stop()


@pytest.mark.integration
async def test_what_waits_for_an_agent_is_what_keda_is_told(
    nats_url: str, keys: Path, monitor: str
) -> None:
    settings = Settings(nats_url=nats_url, nats_keys_dir=keys)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        await provision(connection, agent_names())
        for run in ("r1", "r2", "r3"):
            await connection.jetstream().publish(f"run.{run}.write.1.requested.writer", b"{}")

    lags = {
        name: await lag(monitor, scaled["spec"]["triggers"][0]["metadata"])
        for name, scaled in overlay("prod").of("ScaledObject").items()
    }

    assert lags == {"media": 0, "writer": 3}


async def lag(monitor: str, said: dict[str, str]) -> int:
    """Return what the scaler nats-jetstream of KEDA reckons from the same question."""
    asked = {"acc": said["account"], "consumers": "true", "config": "true"}
    async with httpx2.AsyncClient() as http:
        told = (await http.get(f"http://{monitor}/jsz", params=asked)).json()
    (found,) = [
        consumer["num_pending"] + consumer["num_ack_pending"]
        for account in told["account_details"]
        for stream in account["stream_detail"]
        for consumer in stream.get("consumer_detail", [])
        if (account["name"], stream["name"]) == (said["account"], said["stream"])
        and consumer["name"] == said["consumer"]
    ]
    return int(found)


@pytest.mark.integration
async def test_a_broker_that_works_passes_its_probes(
    nats_url: str, monitor: str, dev: Overlay
) -> None:
    assert nats_url
    async with httpx2.AsyncClient(base_url=f"http://{monitor}") as http:
        for probe in probes_of(dev.pods["nats"]):
            assert (await http.get(probe["httpGet"]["path"])).is_success
