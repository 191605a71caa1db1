"""How long `yaa up` takes on a fresh data folder, and what the idle stack weighs.

Prints a small table and, as the last line, the same as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

SETTLE_S = 5.0
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
MAX_READY_S = 8.0
MAX_RSS_MB = 800.0


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder:
        data = Path(folder, "data")
        figures = {**measure(data, fresh=True), **measure(data, fresh=False)}
    for name, value in figures.items():
        print(f"{name:<22}{value:>10.1f}")
    print(json.dumps(figures))
    good = figures["ready_s"] < MAX_READY_S and figures["rss_mb"] < MAX_RSS_MB
    return 0 if good else 1


def measure(data: Path, *, fresh: bool) -> dict[str, float]:
    """Return the figures of one start; those of a second one are named `again_…`."""
    began = time.monotonic()
    stack = start(data)
    try:
        until_ready(stack, data)
        ready = time.monotonic() - began
        time.sleep(SETTLE_S)
        weights = [weight(process) for process in tree(stack.pid)]
    finally:
        began = time.monotonic()
        stack.send_signal(signal.SIGINT)
        stack.wait(STOP_TIMEOUT_S)
    prefix = "" if fresh else "again_"
    return {
        f"{prefix}ready_s": round(ready, 2),
        f"{prefix}rss_mb": round(sum(rss for rss, _ in weights), 1),
        f"{prefix}pss_mb": round(sum(pss for _, pss in weights), 1),
        f"{prefix}processes": len(weights),
        f"{prefix}stop_s": round(time.monotonic() - began, 2),
    }


def start(data: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "yaa", "up", "--port", "0", "--data-dir", str(data)]
    return subprocess.Popen([*argv, *sys.argv[1:]], stdout=subprocess.DEVNULL)  # noqa: S603 -- our own command


def until_ready(stack: subprocess.Popen[bytes], data: Path) -> None:
    """Wait for the record that stands while everything is ready."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (data / "run" / "yaa.json").exists():
        if stack.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the stack did not get ready: start it with `yaa up` to see why")
        time.sleep(0.02)


def tree(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def weight(process: psutil.Process) -> tuple[float, float]:
    """Return (RSS, PSS) in MB: what is shared counts in every RSS and only once in all PSS."""
    memory = process.memory_full_info() if os.name == "posix" else process.memory_info()
    rss = memory.rss / 1e6
    return rss, getattr(memory, "pss", memory.rss) / 1e6


if __name__ == "__main__":
    sys.exit(main())
