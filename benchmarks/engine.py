"""How many runs of six steps a second the engine moves, how fast one is alone, what it takes.

Orchestrators and agents are processes of their own, the agent is one as any author writes it, and
the broker keeps every event before the next step. The floor beside it, broker and client library
alone, is measured on the same broker in the same minute. Prints a table and, as the last line, the
figures as JSON.

    python benchmarks/engine.py [--runs N] [--alone N]
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

import engine_floor
import engine_load
from engine_stack import ALWAYS, DEFAULT_SYNC, Engine, engine

from agentkit.nats import connected
from agentkit.settings import Settings
from contracts import subjects

RUNS, ALONE, WARM = 5000, 200, 50
CASES = ((DEFAULT_SYNC, 1), (DEFAULT_SYNC, 2), (ALWAYS, 1), (ALWAYS, 2))
HEADS = ("runs/s", "floor", "ratio", "p50 ms", "p95 ms", "p99 ms", "cpu s/1000", "rss MiB")


def main() -> int:
    options = _options()
    print(f"{'sync, replicas':<16}" + "".join(f"{head:>12}" for head in HEADS))
    figures = dict[str, list[float]]()
    for sync, replicas in CASES:
        with (
            tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder,
            engine(Path(folder), sync=sync, replicas=replicas) as running,
        ):
            row = asyncio.run(
                measured(running, options.runs, options.alone, in_groups=sync == ALWAYS)
            )
        figures[f"{sync}, {replicas}"] = [round(value, 2) for value in row]
        print(f"{sync + ', ' + str(replicas):<16}" + "".join(f"{each:>12,.2f}" for each in row))
    print(json.dumps({case: dict(zip(HEADS, row, strict=True)) for case, row in figures.items()}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--alone", type=int, default=ALONE)
    return parser.parse_args()


async def measured(running: Engine, runs: int, alone: int, *, in_groups: bool) -> list[float]:
    settings = Settings(nats_url=running.nats_url)
    async with connected(settings, name=subjects.OPERATOR) as connection:
        await engine_load.together(connection, engine_load.requests(WARM))
        took_ms = await engine_load.alone(connection, engine_load.requests(alone))
        before = running.cpu_s()
        took_s = await engine_load.together(connection, engine_load.requests(runs))
        cpu_s, rss_mib = running.cpu_s() - before, running.rss_mib()
        floor = runs / await engine_floor.together(connection, runs, in_groups=in_groups)
    rate, at = runs / took_s, quantiles(took_ms, n=100, method="inclusive")
    return [rate, floor, rate / floor, at[49], at[94], at[98], cpu_s * 1000 / runs, rss_mib]


if __name__ == "__main__":
    sys.exit(main())
