"""The disk of the broker is full, and then it is not: what tells, and what helps."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
import yaml
from nats.aio.client import Client

from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from gateway.appending import REFUSED, Appending

from .compose import ROOT, docker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

DISK = "64m"
IMAGE = os.environ.get("NATS_IMAGE", "nats:2-alpine")
BROKER = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["nats"]
"""As compose has it."""
BALLAST = "/data/ballast"


class Broker:
    """A broker on a disk of its own, which another container keeps while it is started again."""

    def __init__(self, name: str, accounts: Path) -> None:
        self.name = name
        size = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", f"o=size={DISK},mode=1777")
        docker("volume", "create", *size, name)
        disk = f"--mount=type=volume,source={name},target=/data,volume-nocopy"
        docker("run", "--detach", f"--name={name}-disk", disk, IMAGE, "sleep", "infinity")
        docker("run", "--detach", f"--name={name}-nats", disk, f"--user={BROKER['user']}",
               "--publish=127.0.0.1::4222", "--env=YAA_NATS_ROOM=50GB",
               f"--volume={ROOT / 'deploy/nats/nats-server.conf'}:/etc/yaa/nats-server.conf:ro",
               f"--volume={accounts}:/etc/yaa/nats-accounts.conf:ro",
               IMAGE, *BROKER["command"])  # fmt: skip

    @property
    def url(self) -> str:
        return f"nats://{docker('port', f'{self.name}-nats', '4222')}"

    def fill(self) -> None:
        fill = f"dd if=/dev/zero of={BALLAST} bs=4k 2>/dev/null; test -s {BALLAST}"
        docker("exec", f"{self.name}-disk", "sh", "-c", fill)

    def free(self) -> None:
        docker("exec", f"{self.name}-disk", "sh", "-c", f": >{BALLAST}")

    def restart(self) -> None:
        docker("restart", f"{self.name}-nats")

    def is_healthy(self) -> bool:
        """Tell what the healthcheck of compose says."""
        _, *probe = BROKER["healthcheck"]["test"]
        command = ["docker", "exec", f"{self.name}-nats", *probe]
        return not subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603 -- of ours

    def remove(self) -> None:
        docker("rm", "--force", f"{self.name}-nats", f"{self.name}-disk")
        docker("volume", "rm", self.name)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    accounts = tmp_path_factory.mktemp("broker") / "nats-accounts.conf"
    accounts.touch()
    accounts.parent.chmod(0o755)
    broker = Broker(f"yaa-disk-{uuid4().hex[:6]}", accounts)
    try:
        yield broker
    finally:
        broker.remove()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connection(broker: Broker) -> AsyncIterator[Client]:
    await wait_until(broker.is_healthy)
    async with connected(Settings(nats_url=broker.url), name=subjects.OPERATOR) as connection:
        await provision(connection, ())
        yield connection


async def test_a_full_disk_is_told_until_the_broker_is_started_again(
    broker: Broker, connection: Client
) -> None:
    appending, js = Appending(connection), connection.jetstream()
    await js.publish(subjects.beginning_of("a"), b"{}")
    told = [(await appending.missing(), broker.is_healthy())]
    broker.fill()
    with pytest.raises(TimeoutError):
        [await js.publish(subjects.beginning_of(f"b{n}"), os.urandom(4096)) for n in count()]
    told.append((await appending.missing(), broker.is_healthy()))
    broker.free()
    told.append((await appending.missing(), broker.is_healthy()))
    broker.restart()
    await wait_until(broker.is_healthy)
    async with connected(Settings(nats_url=broker.url), name=subjects.OPERATOR) as again:
        told.append((await Appending(again).missing(), broker.is_healthy()))
        await again.jetstream().publish(subjects.beginning_of("c"), b"{}")

    refused = ([REFUSED.format("no answer")], False)
    assert told == [([], True), refused, refused, ([], True)]
