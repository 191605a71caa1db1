"""How fast the gateway reads a million runs, takes new ones and tells a thousand browsers.

Two databases are filled, one with a thousand runs and one with as many as wanted. A gateway is
started on each, as in production, beside a real broker, and asked by a client in a process of
its own. Both are asked in turn, so that a busy machine slows down both. Prints a table, the
verdict on each target and, as the last line, the figures as JSON.

    python benchmarks/api.py [--runs N] [--check] [--keep FOLDER]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from api_client import Answers, pressing, steadily, walk
from api_servers import FEW, Gateway, Servers, servers
from api_tables import QUIET_CHANNEL
from api_watchers import Plan, watched

RUNS = 1_000_000
READ_RATE = 50.0
ROUNDS, ROUND_S = 5, 4.0
PRESS_S = 3.0
ACCEPT_S = 10.0
CONNECTIONS = 16
SENDERS = 64
PAGE = 100
ASKED_FOR = 500
ORDERS = 50_000
WATCHERS, WATCHED, EVENT_RATE, WATCH_S = 1000, 100, 500.0, 20.0

SUMMARY = "/api/v1/dashboard/summary"
TRENDS = "/api/v1/dashboard/trends"
LIBRARY = "/api/v1/library"
LIST = "/api/v1/pipeline/runs"
RUN = "/api/v1/pipeline/run"
FILTERS = {
    "status": "status=failed",
    "channel": "channel_id=channel-07",
    "both": "status=completed&channel_id=channel-07",
    "nothing": f"status=failed&channel_id={QUIET_CHANNEL}",
}
"""Each is a page of runs; of the last there are none, which is the hardest to know."""
HEADS = ("p50 ms", "p95 ms", "p99 ms", "a second", "cpu ms")


@dataclass(frozen=True, slots=True)
class Goal:
    """Between what a figure must be."""

    what: str
    figure: str
    least: float = 0.0
    most: float = float("inf")

    def verdict(self, value: float) -> str:
        bound = f">= {self.least:g}" if self.least else f"<= {self.most:g}"
        met = "met" if self.least <= value <= self.most else "missed"
        return f"{self.what:<46}{value:>12,.2f}{bound:>10}  {met}"


GOALS = (
    Goal("summary p95, ms", "summary_p95_ms", most=15),
    Goal(f"summary p95, as many times that of {FEW:,} runs", "summary_ratio", most=1.3),
    *(
        Goal(f"list {name} p95, ms", f"list_{name}_p95_ms", most=30)
        for name in ("first", "deep", *FILTERS)
    ),
    Goal("runs accepted a second", "accept_rate", least=800),
    Goal("event to browser p99, ms", "watch_p99_ms", most=100),
    Goal("browsers that missed or mixed up an event", "watch_wrong", most=0),
    Goal("returns of a browser to an active run", "watch_left", least=50),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """Asks the gateways from another process and keeps what comes of it."""

    servers: Servers
    client: ProcessPoolExecutor
    figures: dict[str, float] = field(default_factory=dict)

    def ask[**P, T](self, what: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        return self.client.submit(what, *given, **named).result()

    def press(
        self, gateway: Gateway, requests: Sequence[bytes], connections: int, seconds: float
    ) -> tuple[Answers, float]:
        """Ask as fast as it can; return processor time an answer as well, in milliseconds."""
        before = gateway.cpu_s()
        answers = self.ask(pressing, gateway.target, requests, connections, seconds)
        return answers, (gateway.cpu_s() - before) * 1000 / len(answers.took_ms)

    def put(self, name: str, took: Answers, rate: float, cpu_ms: float) -> None:
        told = {f"p{percent}_ms": took.percentile(percent) for percent in (50, 95, 99)}
        told |= {"rate": rate, "cpu_ms": cpu_ms}
        self.figures.update({f"{name}_{what}": round(value, 2) for what, value in told.items()})
        print(f"{name:<20}" + "".join(f"{value:>12,.2f}" for value in told.values()), flush=True)

    def read(self, name: str, paths: Sequence[str]) -> None:
        """Ask at a steady rate for the times, then as fast as it can."""
        many = self.servers.many
        requests = [many.target.get(path) for path in paths]
        took = self.ask(steadily, many.target, requests, READ_RATE, ROUNDS * ROUND_S)
        pressed, cpu_ms = self.press(many, requests, CONNECTIONS, PRESS_S)
        self.put(name, took, pressed.rate, cpu_ms)

    def compare(self, name: str, path: str) -> None:
        """Ask both gateways in turn, and tell how much longer many runs take than few."""
        kinds = {f"{name}_few": self.servers.few, name: self.servers.many}
        took = {kind: list[Answers]() for kind in kinds}
        for _ in range(ROUNDS):
            for kind, gateway in kinds.items():
                requests = [gateway.target.get(path)]
                answers = self.ask(steadily, gateway.target, requests, READ_RATE, ROUND_S)
                took[kind].append(answers)
        for kind, gateway in kinds.items():
            requests = [gateway.target.get(path)]
            pressed, cpu_ms = self.press(gateway, requests, CONNECTIONS, PRESS_S)
            self.put(kind, sum(took[kind], Answers()), pressed.rate, cpu_ms)
        few, many = (median(each.percentile(95) for each in took[kind]) for kind in kinds)
        self.figures[f"{name}_ratio"] = round(many / few, 2)


def main() -> int:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder,
        servers(options.keep or Path(folder), options.runs) as running,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as client,
    ):
        bench = Bench(running, client)
        print(f"load {os.getloadavg()[0]:<15.1f}" + "".join(f"{head:>12}" for head in HEADS))
        reads(bench, options.runs)
        accepts(bench)
        watches(bench)
    verdicts = [goal.verdict(bench.figures[goal.figure]) for goal in GOALS]
    print("", *verdicts, json.dumps(bench.figures), sep="\n")
    is_missed = any(verdict.endswith("missed") for verdict in verdicts)
    return 1 if is_missed and options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    parser.add_argument("--keep", type=Path, help="keep the database in this folder and use it")
    return parser.parse_args()


def reads(bench: Bench, runs: int) -> None:
    """Go to the middle of the list as a reader does, page by page, and ask from there."""
    bench.compare("summary", SUMMARY)
    half = max(1, runs // 2 // PAGE)
    ids, cursors = bench.ask(walk, bench.servers.many.target, f"{LIST}?limit={PAGE}", half)
    if len(set(ids)) != len(ids):
        raise SystemExit("a run is on two pages: a list must have each once")
    bench.read("list_first", [LIST])
    bench.read("list_deep", [f"{LIST}?cursor={cursor}" for cursor in cursors[-PAGE:]])
    for name, query in FILTERS.items():
        bench.read(f"list_{name}", [f"{LIST}?{query}"])
    step = max(1, len(ids) // ASKED_FOR)
    bench.read("trends_month", [TRENDS])
    bench.read("trends_year", [f"{TRENDS}?from={datetime.now(UTC).date() - timedelta(days=365)}"])
    bench.read("library", [LIBRARY])
    bench.read("library_channel", [f"{LIBRARY}?channel_id=channel-07"])
    bench.read("detail", [f"{LIST}/{run_id}" for run_id in ids[::step]])


def accepts(bench: Bench) -> None:
    """Ask for runs, then for runs with an idempotency key each."""
    few, now = bench.servers.few, time.time_ns()
    orders = [{"topic": f"why is the sky blue, {n}"} for n in range(ORDERS)]
    keys = [{"Idempotency-Key": f"{now}-{n}"} for n in range(ORDERS)]
    plain = [few.target.post(RUN, order) for order in orders]
    keyed = [few.target.post(RUN, order, key) for order, key in zip(orders, keys, strict=True)]
    for name, requests in (("accept", plain), ("accept_keyed", keyed)):
        answers, cpu_ms = bench.press(few, requests, SENDERS, ACCEPT_S)
        bench.put(name, answers, answers.rate, cpu_ms)


def watches(bench: Bench) -> None:
    few = bench.servers.few
    before = few.cpu_s()
    plan = Plan(bench.servers.nats_url, WATCHERS, WATCHED, EVENT_RATE, WATCH_S)
    seen = bench.ask(watched, few.target, plan)
    cpu_ms = (few.cpu_s() - before) * 1000 / len(seen.delivered.took_ms)
    bench.put("watch", seen.delivered, seen.delivered.rate, cpu_ms)
    bench.figures.update(watch_wrong=seen.wrong, watch_left=seen.left)


if __name__ == "__main__":
    sys.exit(main())
