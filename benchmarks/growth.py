"""Whether a run costs the same after a million of them as after a thousand.

Two whole stacks run beside each other, one on a short history and one on a long one, and take
turns: what the machine does in the meantime meets both. Prints a table and, as the last line, the
figures as JSON. The history is written once into the folder that `--keep` names.

    python benchmarks/growth.py [--runs N] [--short N] [--rounds N] [--keep FOLDER]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asyncpg
import engine_load
import history
from growth_stack import Stack, stack

from agentkit.direct import direct_get
from agentkit.nats import connected
from agentkit.settings import Settings
from agentkit.testing import wait_until
from agentkit.wire import Connection
from contracts import subjects
from gateway import checkpoint

LONG, SHORT, ROUNDS = 1_000_000, 1000, 6
TOGETHER, ALONE, WARM = 150, 20, 30
MAX_RATIO = 1.15
MAX_START_S = 2.0
CAUGHT_UP_S = 60.0
OLD = 50
"""So many runs of the history are read again."""
KEPT = "SELECT runs, pg_database_size(current_database()) FROM gateway.totals"


@dataclass(slots=True)
class Figures:
    """What was measured on one history, a figure each round."""

    cpu_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    alone_ms: list[float] = field(default_factory=list[float])

    def add(self, spent_s: Mapping[str, float], alone_ms: Sequence[float]) -> None:
        self.alone_ms += alone_ms
        for name, spent in spent_s.items():
            self.cpu_ms.setdefault(name, []).append(spent * 1000 / TOGETHER)


def main() -> int:
    options = _options()
    with ExitStack() as running:
        folder = options.keep or Path(running.enter_context(tempfile.TemporaryDirectory()))
        stacks = {
            runs: running.enter_context(stack(folder / str(runs), runs))
            for runs in (options.short, options.runs)
        }
        figures = {runs: Figures() for runs in stacks}
        for _ in range(options.rounds):
            for runs, each in stacks.items():
                asyncio.run(_round(each, figures[runs]))
        told = {
            runs: _told(each, figures[runs]) | asyncio.run(_kept(each, runs))
            for runs, each in stacks.items()
        }
    short, long = told.values()
    print(f"{'after so many runs':<28}{options.short:>14,}{options.runs:>14,}{'ratio':>10}")
    for name, value in short.items():
        ratio = long[name] / value if value else 0
        print(f"{name:<28}{value:>14,.2f}{long[name]:>14,.2f}{ratio:>10.2f}")
    print(json.dumps({str(runs): values for runs, values in told.items()}))
    grown = long["cpu_ms_all"] / short["cpu_ms_all"], long["p50_ms"] / short["p50_ms"]
    starts = (long["start_s_orchestrator"], long["start_s_projector"])
    return 0 if max(grown) <= MAX_RATIO and max(starts) <= MAX_START_S else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=LONG)
    parser.add_argument("--short", type=int, default=SHORT)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


async def _round(running: Stack, figures: Figures) -> None:
    settings = Settings(nats_url=running.nats_url, nats_keys_dir=running.keys)
    session = await asyncpg.connect(running.database_url)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        await _together(connection, session, WARM)
        alone_ms = await engine_load.alone(connection, engine_load.requests(ALONE))
        await _together(connection, session, WARM)
        before = running.cpu_s()
        await _together(connection, session, TOGETHER)
        after = running.cpu_s()
    await session.close()
    figures.add({name: after[name] - before[name] for name in after}, alone_ms)


async def _together(connection: Connection, session: asyncpg.Connection, count: int) -> None:
    """Let so many runs go from their request to the tables, and nothing else be under way."""

    async def last_is_projected() -> bool:
        end = (await connection.jetstream().stream_info(subjects.RUNS)).state.last_seq
        return await checkpoint.last_seq(session) == end

    await wait_until(last_is_projected, timeout_s=CAUGHT_UP_S)
    await engine_load.together(connection, engine_load.requests(count))
    await wait_until(last_is_projected, timeout_s=CAUGHT_UP_S)


def _told(running: Stack, figures: Figures) -> dict[str, float]:
    cpu_ms = {name: median(values) for name, values in figures.cpu_ms.items()}
    return {
        "cpu_ms_all": median(map(sum, zip(*figures.cpu_ms.values(), strict=True))),
        **{f"cpu_ms_{name}": value for name, value in cpu_ms.items()},
        "p50_ms": median(figures.alone_ms),
        **{f"start_s_{name}": value for name, value in running.start_s.items()},
        **{f"rss_mib_{name}": value for name, value in running.rss_mib().items()},
    }


async def _kept(running: Stack, runs: int) -> dict[str, float]:
    """Return what is kept on the disk for each run, and how long one of long ago takes to read."""
    settings = Settings(nats_url=running.nats_url, nats_keys_dir=running.keys)
    session = await asyncpg.connect(running.database_url)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        log = (await connection.jetstream().stream_info(subjects.RUNS)).state.bytes
        read_ms = [await _read_ms(connection, runs * n // OLD) for n in range(OLD)]
    known, tables = await session.fetchrow(KEPT)
    await session.close()
    return {
        "read_old_run_ms": median(read_ms),
        "log_bytes_a_run": log / known,
        "database_bytes_a_run": tables / known,
    }


async def _read_ms(connection: Connection, number: int) -> float:
    began = time.perf_counter()
    run_id = history.values_of(number)[b"run"].decode()
    await direct_get(connection, subjects.RUNS, [subjects.of_run(run_id)])
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
