"""What deployment must know of each service: read from where the service is declared.

A service is an entry point of its package (`yaa.services`, `yaa.agents`); a table beside it,
`[tool.yaa.deploy.<name>]`, says what differs from the defaults below. Needs nothing but Python:
images are built with it.
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
MEMBERS = ("libs/*", "services/*", "cli", "simulator")
AGENTS, SERVICES = "yaa.agents", "yaa.services"
HEALTH_PORT = 8401
"""Where a service that has no port of its own serves health and metrics."""

IMAGES = ("core", "media", "memory")
OPS = "ops"
"""The image of people and jobs: what the command line and migrations need."""
TARGETS = (*IMAGES, OPS)
"""All hold all of our own code; they differ in what it can import."""
ALSO = {"media": {"simulator"}, OPS: {"cli"}}
"""What is no service and needs more than `core` as well, by its image."""
PEERS = ("nats", "postgres", "providers", "web", "people")
NEEDS = (*PEERS, "retention")
SIZES = {"Mi": 1, "Gi": 1024}


class DeployError(Exception):
    """A table of a service says what cannot be. The message names it and the way out."""


@dataclass(frozen=True)
class Table:
    """`[tool.yaa.deploy.<name>]` as it is written. Every key has a default."""

    image: str = "core"
    memory: str = "256Mi"
    cpu: str = "1"
    needs: tuple[str, ...] = ()
    """`nats`, `postgres`, `providers` (of models, or the simulator), `web` (the internet), `people`
    (chats, mail and webhooks, and the secrets of each).

    `retention` is the key of whoever deletes what ended long ago.
    """
    volume: str = ""
    """What outlives the container; it is mounted at /data."""
    port: int = HEALTH_PORT
    """Another than that is what people reach it at; the health is there as well."""


@dataclass(frozen=True)
class Service(Table):
    """One service. `member` is the folder of its package, from the root of the repository."""

    name: str = ""
    member: str = ""
    is_agent: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        return ("python", "-m", "agentkit", self.name)

    @property
    def schema(self) -> str:
        """Its package, and the schema in the database that is the package's own."""
        return Path(self.member).name.replace("-", "_")

    @property
    def peers(self) -> tuple[str, ...]:
        """Whom it talks to."""
        return tuple(need for need in self.needs if need in PEERS)

    @property
    def is_public(self) -> bool:
        return self.port != HEALTH_PORT

    @property
    def memory_mib(self) -> int:
        return int(self.memory[:-2]) * SIZES[self.memory[-2:]]


def services(root: Path = ROOT) -> tuple[Service, ...]:
    """Return all services, by name.

    Raises:
        DeployError: a table says what cannot be.
    """
    found = (each for member in _members(root) for each in _services_of(root, member))
    return tuple(sorted(found, key=lambda service: service.name))


def projects_of(target: str, root: Path = ROOT) -> tuple[str, ...]:
    """Return the `pyproject.toml` of every package whose dependencies the image needs.

    Raises:
        DeployError: there is no such image.
    """
    if target not in TARGETS:
        raise DeployError(f"there is no image {target!r}: name one of {', '.join(TARGETS)}")
    members = {each.member for each in services(root) if each.image in {"core", target}}
    return tuple(f"{each}/pyproject.toml" for each in sorted(members | ALSO.get(target, set())))


def _members(root: Path) -> Iterator[Path]:
    for pattern in MEMBERS:
        yield from sorted(path.parent for path in root.glob(f"{pattern}/pyproject.toml"))


def _services_of(root: Path, member: Path) -> Iterator[Service]:
    document = tomllib.loads((member / "pyproject.toml").read_text())
    points: dict[str, dict[str, str]] = document["project"].get("entry-points", {})
    tables: dict[str, dict[str, Any]] = document.get("tool", {}).get("yaa", {}).get("deploy", {})
    kinds = {name: group for group in (SERVICES, AGENTS) for name in points.get(group, {})}
    for name in sorted(kinds.keys() | tables.keys()):
        where = f"[tool.yaa.deploy.{name}] of {member.relative_to(root)}/pyproject.toml"
        if name not in kinds:
            raise DeployError(f"{where} is of no service: name one of {', '.join(kinds) or 'none'}")
        is_agent = kinds[name] == AGENTS
        needs = ("nats", "providers") if is_agent else ("nats",)
        yield Service(
            name=name,
            member=str(member.relative_to(root)),
            is_agent=is_agent,
            **({"needs": needs} | _checked(tables.get(name, {}), where)),
        )


def _checked(said: dict[str, Any], where: str) -> dict[str, Any]:
    known = {field.name: field.type for field in fields(Table)}
    for key, value in said.items():
        if key not in known:
            raise DeployError(f"{where} has {key!r}: it may have {', '.join(known)}")
        problem = _problem(key, value)
        if problem:
            raise DeployError(f"{where} says {key} = {value!r}: {problem}")
    return said | ({"needs": tuple(said["needs"])} if "needs" in said else {})


def _problem(key: str, value: object) -> str:
    if key == "image" and value not in IMAGES:
        return f"use one of {', '.join(IMAGES)}"
    if key == "needs" and not (isinstance(value, list) and set(value) <= set(NEEDS)):
        return f"use a list of {', '.join(NEEDS)}"
    if key == "memory" and not (
        isinstance(value, str) and value[-2:] in SIZES and value[:-2].isdigit()
    ):
        return "write it as 256Mi or 2Gi"
    if key == "port" and not (isinstance(value, int) and 0 < value < 1 << 16):
        return "use a number below 65536"
    if key in {"cpu", "volume"} and not isinstance(value, str):
        return "write it in quotes"
    return ""


if __name__ == "__main__":
    try:
        print(*projects_of("".join(sys.argv[1:2])))  # noqa: T201 -- it is asked by the Dockerfile
    except DeployError as error:
        sys.exit(str(error))
