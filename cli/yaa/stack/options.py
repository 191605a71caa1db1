"""What a stack is started with, and what its services are told of it."""

import os
from dataclasses import dataclass
from pathlib import Path

from yaa.address import KEY_VARIABLE
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import HOST, Ports
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import MARK

GATEWAY = "gateway"
SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True)
class Options:
    """`data_dir` is absolute. `processes` gives every service a process of its own."""

    data_dir: Path
    port: int
    processes: bool = False

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def keys(self) -> Path:
        return self.data_dir / "keys"

    @property
    def logs(self) -> Path:
        return self.data_dir / "log"


def tell_services(options: Options, nats: NatsServer, postgres: Postgres, ports: Ports) -> None:
    """Put where everything is into the environment, where all settings come from."""
    simulator_port = ports.of(SIMULATOR)
    os.environ[MARK] = str(options.data_dir)
    os.environ.pop(KEY_VARIABLE, None)  # that of another yaa, and no business of any service
    os.environ.setdefault("YAA_PUBLIC_URL", options.url)
    os.environ.update(
        YAA_DATA_DIR=str(options.data_dir),
        YAA_NATS_URL=nats.url,
        YAA_NATS_KEYS_DIR=str(options.keys),
        YAA_DATABASE_URL=postgres.url,
        YAA_SIMULATOR_URL=f"http://{HOST}:{simulator_port}",
        YAA_SIMULATOR_HOST=HOST,
        YAA_SIMULATOR_PORT=str(simulator_port),
        YAA_HTTP_HOST=HOST,
        YAA_HTTP_PORT=str(options.port),
    )
