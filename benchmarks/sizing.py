"""What so many runs a day need, out of what a run was seen to take.

Takes the last line of `make bench-growth`. Every part may be busy for `BUSY` of its time at the
peak, when `PEAK` times the average is asked for; everything is kept for `KEPT_DAYS`.

    python benchmarks/growth.py --keep FOLDER | tail -1 | python benchmarks/sizing.py
"""

import json
import math
import sys
from collections.abc import Mapping

A_DAY_S = 86_400
PEAK, BUSY, KEPT_DAYS = 5, 0.6, 30
SHARD_MIB = 8 * 1024
"""So much memory the broker may need for the subjects of one stream: it starts in a minute."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
PARTS = ("orchestrator", "projector", "broker", "database")
HEADS = ("runs a day", "peak runs/s", *PARTS, "broker MiB", "log GB", "tables GB", "shards")


def main() -> int:
    figures = {int(runs): values for runs, values in json.loads(sys.stdin.read()).items()}
    print("| " + " | ".join(HEADS) + " |")
    print("|" + "---:|" * len(HEADS))
    for runs in SIZES:
        print("| " + " | ".join(_row(runs, figures)) + " |")
    return 0


def _row(a_day: int, figures: Mapping[int, Mapping[str, float]]) -> list[str]:
    short, long = sorted(figures)
    at = figures[long]
    peak, kept = a_day / A_DAY_S * PEAK, a_day * KEPT_DAYS
    cores = [peak * at[f"cpu_ms_{part}"] / 1000 / BUSY for part in PARTS]
    grown = at["rss_mib_broker"] - figures[short]["rss_mib_broker"]
    memory_mib = figures[short]["rss_mib_broker"] + kept * grown / (long - short)
    disk = (kept * at[f"{what}_bytes_a_run"] / 1e9 for what in ("log", "database"))
    return [
        *(f"{a_day:,}", f"{peak:,.1f}", *(f"{each:,.2f}" for each in cores)),
        *(f"{memory_mib:,.0f}", *(f"{each:,.1f}" for each in disk)),
        str(math.ceil(memory_mib / SHARD_MIB)),
    ]


if __name__ == "__main__":
    sys.exit(main())
