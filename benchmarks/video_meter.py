"""Measures seconds, processor seconds and memory of this process and all that it starts."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

_SAMPLE_S = 0.05
_MIB = 2**20


@dataclass(slots=True)
class Measured:
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_mib: float = 0.0


@contextmanager
def measured() -> Iterator[Measured]:
    """Yield what is filled in when the block ends. Children count when they have ended."""
    figures, done = Measured(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(figures, done))
    watcher.start()
    wall, cpu = time.monotonic(), _cpu_s()
    try:
        yield figures
    finally:
        figures.wall_s, figures.cpu_s = time.monotonic() - wall, _cpu_s() - cpu
        done.set()
        watcher.join()


def _cpu_s() -> float:
    return sum(os.times()[:4])


def _watch(figures: Measured, done: threading.Event) -> None:
    this = psutil.Process()
    while not done.wait(_SAMPLE_S):
        tree = [this, *this.children(recursive=True)]
        figures.peak_rss_mib = max(figures.peak_rss_mib, sum(map(_rss, tree)) / _MIB)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
