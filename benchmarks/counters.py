"""What a run of six steps takes of broker and database, counted: messages, bytes, statements.

Unlike seconds, these are the same on every machine, so they are held to: whatever adds to them
ends `--check` with an error, and is put into `baseline.json` when it is worth it. How many events
the projector finds when it looks is up to the clock, so statements are counted at both ends: as
many as there can be, when each event comes alone, and as few, when all come at once.

    python benchmarks/counters.py [--check]
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

import engine_load
import psycopg
from engine_stack import DEFAULT_SYNC, Engine, database, engine

from agentkit import logging
from agentkit.nats import connected
from agentkit.settings import Settings
from agentkit.wire import Connection
from contracts import subjects
from gateway.database import open_pool
from gateway.projector import Projector
from gateway.settings import ProjectorSettings
from yaa.embedded.ports import HOST, free_port
from yaa.embedded.postgres import Postgres

ALL = 5000
BASELINE = Path(__file__).with_name("baseline.json")
RUNS, WARM = 100, 20
SPARE = 1.03
"""Readers ask anew for messages every few seconds, however many runs there are meanwhile."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    options, monitor = parser.parse_args(), free_port()
    logging.configure(subjects.PROJECTOR, level="WARNING")
    with (
        tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder,
        engine(Path(folder), sync=DEFAULT_SYNC, replicas=1, monitor=monitor) as running,
        database(Path(folder)) as postgres,
    ):
        with psycopg.connect(postgres.server.url, autocommit=True) as session:
            session.execute("ALTER DATABASE bench SET log_statement = 'all'")
        counted = asyncio.run(count(running, postgres.server, monitor))
    print(json.dumps(counted, indent=2))
    return told(counted, json.loads(BASELINE.read_text())) if options.check else 0


async def count(running: Engine, postgres: Postgres, monitor: int) -> dict[str, float]:
    """Return what each of many runs takes, one after the other."""
    settings = Settings(nats_url=running.nats_url)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        await engine_load.alone(connection, engine_load.requests(WARM))
        statements = {
            f"statements_{name}": await statements_by(connection, postgres, batch)
            for name, batch in (("one_by_one", 1), ("all_at_once", ALL))
        }
        before = counts(monitor)
        await engine_load.alone(connection, engine_load.requests(RUNS))
    each = {name: round((n - before[name]) / RUNS, 1) for name, n in counts(monitor).items()}
    return each | statements


async def statements_by(connection: Connection, postgres: Postgres, batch: int) -> float:
    """Return how many statements of each run project the log, `batch` events at a time."""
    settings, before = ProjectorSettings(), logged(postgres)
    async with open_pool(settings, size=1) as pool:
        await Projector(pool, connection, batch=batch).rebuild()
    return round((logged(postgres) - before) / WARM, 1)


def logged(postgres: Postgres) -> int:
    """Return how many statements the server says it was given."""
    return len(re.findall("LOG:  (?:statement|execute )", postgres.log.read_text()))


def counts(monitor: int) -> dict[str, int]:
    server, streams = (look(monitor, page) for page in ("varz", "jsz"))
    return {
        "messages_to_broker": server["in_msgs"],
        "messages_from_broker": server["out_msgs"],
        "bytes_to_broker": server["in_bytes"],
        "bytes_from_broker": server["out_bytes"],
        "messages_stored": streams["messages"],
        "bytes_stored": streams["bytes"],
    }


def look(monitor: int, page: str) -> dict[str, object]:
    with urlopen(f"http://{HOST}:{monitor}/{page}", timeout=5) as answer:
        return json.load(answer)


def told(counted: dict[str, float], baseline: dict[str, float]) -> int:
    """Say what is more than it was; return how many that are."""
    more = [name for name in counted if counted[name] > baseline[name] * SPARE]
    for name in more:
        print(f"{name}: {counted[name]:,} a run, and was {baseline[name]:,}")
    return len(more)


if __name__ == "__main__":
    sys.exit(main())
