"""The whole system in containers, as one who operates it sees it."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import docker
from docker.models.containers import Container

from agentkit.service import agent_names, service_names
from yaa.client import KEY_HEADER

from .compose import Compose

LABEL = "com.docker.compose"
BROKER, DATABASE, SIMULATOR, PROVISION = "nats", "postgres", "simulator", "provision"
OPS = "ops"
GATEWAY = "gateway"
UP = ("up", "--detach", "--wait", "--no-build")
HEALTHY_TIMEOUT_S = 90.0
LOOK_S = 0.2
FETCH = """
import json, sys, urllib.request
urls = sys.argv[1:]
print(json.dumps([urllib.request.urlopen(url, timeout=10).read().decode() for url in urls]))
"""


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs. `key` opens everything at the gateway."""

    compose: Compose
    engine: docker.DockerClient
    project: str
    url: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {KEY_HEADER: self.key}

    @property
    def services(self) -> tuple[str, ...]:
        """Return the names of our own services; what they need to run is not among them."""
        return tuple(service_names())

    @property
    def agents(self) -> tuple[str, ...]:
        return tuple(agent_names())

    @property
    def victims(self) -> tuple[str, ...]:
        """Return everything that can be lost for a moment."""
        return (*self.services, SIMULATOR, BROKER, DATABASE)

    def containers(self, service: str = "") -> list[Container]:
        """Return the containers of one service, or all there are, as they are now."""
        labels = [f"{LABEL}.project={self.project}", f"{LABEL}.oneoff=False"]
        if service:
            labels.append(f"{LABEL}.service={service}")
        return self.engine.containers.list(all=True, filters={"label": labels}, ignore_removed=True)

    def container(self, service: str) -> Container:
        """Return the first replica of a service."""
        return min(self.containers(service), key=lambda each: str(each.name))

    def execute(self, service: str, *command: str) -> str:
        """Return what a command says inside a service's container."""
        code, said = self.container(service).exec_run(list(command))
        text = bytes(said).decode()
        if code:
            raise AssertionError(f"{' '.join(command)} in {service} ended with {code}: {text}")
        return text

    def fetch(self, service: str, *urls: str) -> list[str]:
        """Return what addresses answer that a service can reach, and nobody outside."""
        texts: list[str] = json.loads(self.execute(service, "python", "-c", FETCH, *urls))
        return texts

    def ask_database(self, query: str) -> str:
        """Return the one value that a query gives."""
        psql = 'psql --username "$POSTGRES_USER" --tuples-only --no-align --command "$0"'
        return self.execute(DATABASE, "sh", "-c", psql, query).strip()

    def yaa(self, *command: str) -> str:
        """Run a command of `yaa` as an operator does."""
        return self.compose.run("run", "--rm", "--no-deps", "-T", OPS, "yaa", *command)

    def replace(self, *services: str) -> None:
        """Put new containers in place of those of services, as a new release does."""
        self.compose.run(*UP, "--no-deps", "--force-recreate", *services)

    def scale(self, service: str, replicas: int) -> None:
        scale = f"{service}={replicas}"
        self.compose.run(*UP, "--no-deps", "--no-recreate", "--scale", scale, service)

    def down_and_up(self) -> str:
        """Remove all containers, start others on the data they left, and return what is said."""
        self.compose.make("compose-down")
        self.compose.rest()
        said = self.compose.make("compose-up")
        self.compose.follow()
        return said

    def lose_the_servers(self) -> None:
        """Remove broker and database, and all that they have kept."""
        self.compose.run("rm", "--stop", "--force", "room", BROKER, DATABASE)
        for volume in (BROKER, DATABASE):
            self.engine.volumes.get(f"{self.project}_{volume}").remove()

    def restore(self, backup: str) -> None:
        """Bring back what a backup has, for which all is stopped and started again."""
        began = datetime.now(UTC).isoformat()
        self.compose.make("restore", f"BACKUP={backup}")
        self.compose.rest()
        self.compose.follow(since=began)

    async def is_healthy(self, *services: str) -> None:
        """Return when services, or all, are healthy."""
        deadline = time.monotonic() + HEALTHY_TIMEOUT_S
        while ill := await asyncio.to_thread(self._ill, services or self.victims):
            if time.monotonic() > deadline:
                raise AssertionError(f"not healthy in {HEALTHY_TIMEOUT_S:.0f} s: {ill}")
            await asyncio.sleep(LOOK_S)

    def _ill(self, services: Sequence[str]) -> list[str]:
        return [
            f"{each.name} is {each.status}, {each.health}"
            for service in services
            for each in self.containers(service)
            if (each.status, each.health) != ("running", "healthy")
        ]
