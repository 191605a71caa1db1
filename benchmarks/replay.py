"""How fast the projection is rebuilt and verified from a log of a million events.

Writes the log into a real broker, then runs `yaa projections rebuild` and `verify` on it and on a
real PostgreSQL. The floor is measured in the same run: the same log read in the same pages, and
nothing done with it. Prints a small table and, as the last line, the same as JSON.

    python benchmarks/replay.py [EVENTS]
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import replay_log

from agentkit.accounts import config_of
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.replay import Replay
from agentkit.settings import Settings
from contracts import subjects
from gateway.settings import ProjectorSettings
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.postgres import Postgres
from yaa.embedded.running import Running

EVENTS = 1_000_000
MAX_RATIO = 25.0
"""So many times what reading an event costs may be spent on applying it, in time of one core."""
MAX_RSS_MB = 400.0
KB_PER_MB = 1000
FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took: of the clock, of one core, and of memory at its largest."""

    wall_s: float
    cpu_s: float
    rss_mb: float


def main() -> int:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder, servers(Path(folder)) as urls:
        began = time.monotonic()
        events = asyncio.run(write(urls["YAA_NATS_URL"], wanted))
        figures: dict[str, float] = {"events": events, "write_s": time.monotonic() - began}
        floor = spent([__file__, FLOOR], urls)
        rebuild = spent(["-m", "yaa", "projections", "rebuild"], urls)
        verify = spent(["-m", "yaa", "projections", "verify"], urls)
    for name, took in ((FLOOR, floor), ("rebuild", rebuild), ("verify", verify)):
        figures |= told(name, took, events)
    figures["ratio"] = rebuild.cpu_s / floor.cpu_s
    rounded = {name: round(value, 1) for name, value in figures.items()}
    for name, value in rounded.items():
        print(f"{name:<24}{value:>12,}")
    print(json.dumps(rounded))
    return 0 if figures["ratio"] < MAX_RATIO and figures["rebuild_rss_mb"] < MAX_RSS_MB else 1


@contextmanager
def servers(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run a broker and a database with everything in place; yield the variables that name them."""
    keys = folder / "keys"
    os.environ["YAA_NATS_KEYS_DIR"] = str(keys)
    nats = Running(NatsServer(folder / "nats", free_port(), config_of(keys, [])))
    postgres = Running(Postgres(folder / "postgres", free_port()))
    nats.start()
    try:
        postgres.start()
        try:
            for package in packages():
                migrate(postgres.server.url, package)
            yield {"YAA_NATS_URL": nats.server.url, "YAA_DATABASE_URL": postgres.server.url}
        finally:
            postgres.stop()
    finally:
        nats.stop()


async def write(nats_url: str, events: int) -> int:
    async with connected(Settings(nats_url=nats_url), name=subjects.OPERATOR) as connection:
        await provision(connection, [])
        return await replay_log.write(connection, events)


def spent(arguments: list[str], urls: Mapping[str, str]) -> Spent:
    """Run a command of ours to its end and return what it took."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **urls})  # noqa: S603 -- our own command
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return Spent(
        wall_s=time.monotonic() - began,
        cpu_s=usage.ru_utime + usage.ru_stime,
        rss_mb=usage.ru_maxrss / KB_PER_MB,
    )


def told(name: str, took: Spent, events: int) -> dict[str, float]:
    return {
        f"{name}_s": took.wall_s,
        f"{name}_cpu_s": took.cpu_s,
        f"{name}_events_per_s": round(events / took.wall_s),
        f"{name}_rss_mb": took.rss_mb,
    }


async def read_everything() -> None:
    """Read the whole log as the projector does and forget it."""
    size, last = ProjectorSettings().projector_batch, 0
    async with (
        connected(ProjectorSettings(), name=subjects.PROJECTIONS) as connection,
        Replay(connection, subjects.RUNS) as replay,
    ):
        while page := await replay.after(last, size):
            last = page[-1].seq


if __name__ == "__main__":
    if sys.argv[1:] == [FLOOR]:
        asyncio.run(read_everything())
    else:
        sys.exit(main())
