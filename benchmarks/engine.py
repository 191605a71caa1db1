"""How many runs of six steps a second the engine moves, how fast one is alone, what it takes.

Orchestrators and agents are processes of their own, the agent is one as any author writes it, and
the broker keeps every event before the next step. In the last row the projector and the usage
service read along. The floor beside it, broker and client library alone, is measured on the same
broker in the same minute. Prints a table and, as the last line, the figures as JSON.

    python benchmarks/engine.py [--runs N] [--alone N]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import engine_floor
import engine_load
from engine_stack import ALWAYS, DEFAULT_SYNC, Engine, engine

from agentkit.nats import connected
from agentkit.settings import Settings
from contracts import subjects

RUNS, ALONE, WARM = 5000, 200, 50
READ = "read"
CASES = (
    (DEFAULT_SYNC, 1, ""),
    (DEFAULT_SYNC, 2, ""),
    (ALWAYS, 1, ""),
    (ALWAYS, 2, ""),
    (DEFAULT_SYNC, 1, READ),
)
HEADS = (
    *("runs/s", "floor", "ratio", "p50 ms", "p95 ms", "p99 ms", "floor ms", "cpu s/1000"),
    *("floor cpu", "rss MiB"),
)


def main() -> int:
    options = _options()
    print(f"{'sync, replicas':<16}" + "".join(f"{head:>12}" for head in HEADS))
    figures = dict[str, dict[str, float]]()
    for sync, replicas, read in CASES:
        case = ", ".join(filter(None, (sync, str(replicas), read)))
        with (
            tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder,
            engine(Path(folder), sync=sync, replicas=replicas, read=bool(read)) as running,
        ):
            row = asyncio.run(
                measured(running, options.runs, options.alone, in_groups=sync == ALWAYS)
            )
        figures[case] = dict(zip(HEADS, (round(value, 2) for value in row), strict=True))
        print(f"{case:<16}" + "".join(f"{each:>12,.2f}" for each in row), flush=True)
    print(json.dumps(figures))
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
        async with engine_floor.floor(connection, in_groups=in_groups) as floor:
            floor_ms = [await floor.move(1) * 1000 for _ in range(alone)]
            before, own = running.cpu_s(), time.process_time()
            floor_s = await floor.move(runs)
            floor_cpu_s = running.cpu_s() - before + time.process_time() - own
    rate, floor_rate, at = runs / took_s, runs / floor_s, quantiles(took_ms, n=100)
    return [
        *(rate, floor_rate, rate / floor_rate, at[49], at[94], at[98], median(floor_ms)),
        *(cpu_s * 1000 / runs, floor_cpu_s * 1000 / runs, rss_mib),
    ]


if __name__ == "__main__":
    sys.exit(main())
