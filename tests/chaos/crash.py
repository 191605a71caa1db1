"""One crash at one moment: hold a process there, strike, and see how long its work takes."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no types

from chaos.bill import Books
from chaos.load import Load
from chaos.matrix import Cell
from chaos.shop import sales
from chaos.stack import Stack
from chaos.witness import Witness
from contracts import subjects

HELD_TIMEOUT_S = 60.0
STARTED_TIMEOUT_S = 30.0
STOPPED_S = 20.0
DRAIN_S = 30.0
"""What Kubernetes gives a process that is told to stop."""
RECOVERY_TIMEOUT_S = 180.0
POLL_S = 0.02


@dataclass(slots=True)
class Crash:
    """What became of one cell. `runs` were under way when it struck."""

    cell: Cell
    runs: set[str] = field(default_factory=set[str])
    process: str = ""
    in_hand: str = ""
    recovery_s: float | None = None
    sold_again: int = 0
    ended: int = 0
    effects: int = 0
    came_again: int = 0
    misses: list[str] = field(default_factory=list[str])


class Striker:
    """Carries out cells on a stack that is under load."""

    def __init__(self, stack: Stack, load: Load, witness: Witness, books: Books) -> None:
        self._stack = stack
        self._load = load
        self._witness = witness
        self._books = books

    async def strike(self, cell: Cell) -> tuple[Crash, asyncio.Task[None]]:
        """Strike; return what is known, and a task that ends when the work in hand is done."""
        crash = Crash(cell)
        held = await self._hold(cell)
        if held is None:
            crash.misses.append(f"nobody came to {cell.point} in {HELD_TIMEOUT_S:.0f} s")
            return crash, asyncio.create_task(asyncio.sleep(0))
        holder = int(held.name.rpartition("@")[2])
        victims = await self._there(cell.victim) if cell.is_server else [holder]
        if not any(map(psutil.pid_exists, victims)):
            crash.misses.append(f"there was no {cell.victim} to be struck")
        crash.process = " ".join(map(self._stack.name_of, victims))
        crash.in_hand = held.read_text().strip()
        crash.runs = self._load.under_way
        is_done = self._done(crash)
        struck = time.monotonic()
        blow = asyncio.create_task(self._blow(cell, victims, held, crash))
        return crash, asyncio.create_task(self._recover(crash, is_done, struck, blow))

    async def _hold(self, cell: Cell) -> Path | None:
        """Arm the point and return the file of the process that came there."""
        folder = self._stack.failpoints
        armed = folder / cell.point
        armed.touch()
        deadline = time.monotonic() + HELD_TIMEOUT_S
        while time.monotonic() < deadline:
            for held in folder.glob(f"{cell.point}@*"):
                if held.read_text().endswith("\n"):
                    return held
            await asyncio.sleep(POLL_S)
        armed.unlink(missing_ok=True)
        return None

    async def _there(self, server: str) -> list[int]:
        """Return the processes of a server, which may be about to start again."""
        deadline = time.monotonic() + STARTED_TIMEOUT_S
        while time.monotonic() < deadline:
            pids = [pid for pid in await self._stack.pids_of(server) if psutil.pid_exists(pid)]
            if pids:
                return pids
            await asyncio.sleep(POLL_S)
        return []

    async def _recover(
        self,
        crash: Crash,
        is_done: Callable[[], Awaitable[bool]],
        struck: float,
        blow: asyncio.Task[None],
    ) -> None:
        """Measure how long the work in hand takes from the blow on, and what is bought again."""
        again = (await sales(self._stack.simulator_url)).again
        deadline = struck + RECOVERY_TIMEOUT_S
        while not await is_done():
            if time.monotonic() > deadline:
                crash.misses.append(f"{crash.in_hand!r} not done after {RECOVERY_TIMEOUT_S:.0f} s")
                break
            await asyncio.sleep(POLL_S * 5)
        else:
            crash.recovery_s = time.monotonic() - struck
        await blow
        crash.sold_again = (await sales(self._stack.simulator_url)).again - again

    async def _blow(self, cell: Cell, pids: list[int], held: Path, crash: Crash) -> None:
        """Strike, and let go who is held: a process that is to drain, or who works with a server.

        The latter has to find the server gone, so it is held until then.
        """
        match cell.blow:
            case "kill":
                _send(signal.SIGKILL, pids, tree=len(pids) > 1)
                held.unlink()
            case "term":
                stop = signal.SIGINT if cell.victim == "postgres" else signal.SIGTERM
                _send(stop, pids, tree=False)
                if not cell.is_server:
                    held.unlink()
                for pid in pids:
                    await _end(pid, crash)
                held.unlink(missing_ok=True)
            case "stop":
                _send(signal.SIGSTOP, pids, tree=True)
                held.unlink()
                await asyncio.sleep(STOPPED_S)
                _send(signal.SIGCONT, pids, tree=True)

    def _done(self, crash: Crash) -> Callable[[], Awaitable[bool]]:
        """Return the check whether what was in hand is done."""
        match crash.cell.worker:
            case "gateway":
                return self._is_accepted(crash.in_hand)
            case "orchestrator":
                return self._has_moved(subjects.run_id_of(crash.in_hand))
            case "projector":
                return self._is_projected(self._witness.last_seq)
            case "scheduler":
                return self._is_made(crash.in_hand.rpartition(".")[2])
            case "usage":
                return self._books.is_billed(crash.in_hand)
            case _:
                return self._is_completed(*_step_of(crash.in_hand))

    def _is_accepted(self, key: str) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            if key in self._load.orders:
                return bool(self._load.orders[key].run_id)
            return bool(self._witness.run(key).seqs)  # the run of a schedule

        return check

    def _is_made(self, schedule: str) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return schedule in self._witness.scheduled

        return check

    def _has_moved(self, run_id: str) -> Callable[[], Awaitable[bool]]:
        seen = self._witness.run(run_id)
        before = seen.news

        async def check() -> bool:
            return bool(seen.ended) or seen.news > before

        return check

    def _is_projected(self, seq: int) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return await self._books.projected() >= seq

        return check

    def _is_completed(self, run_id: str, step: str) -> Callable[[], Awaitable[bool]]:
        seen = self._witness.run(run_id)

        async def check() -> bool:
            return step in seen.completed or bool(seen.ended)  # a person may have cancelled it

        return check


async def _end(pid: int, crash: Crash) -> None:
    """Wait for a process that was told to stop; kill it when it does not."""
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid):
            return
        await asyncio.sleep(POLL_S * 5)
    crash.misses.append(f"{crash.process} did not stop {DRAIN_S:.0f} s after SIGTERM")
    _send(signal.SIGKILL, [pid], tree=False)


def _send(number: signal.Signals, pids: Iterable[int], *, tree: bool) -> None:
    """Signal processes, and with `tree` all below them as well."""
    every = list(pids)
    if tree:
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                every += [child.pid for child in psutil.Process(pid).children(recursive=True)]
    for pid in every:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _step_of(in_hand: str) -> tuple[str, str]:
    """Return run and step of the subject of a request, or of the key of a step."""
    if "/" in in_hand:
        run_id, _, step = in_hand.partition("/")
        return run_id, step
    requested = subjects.requested_by(in_hand)
    return requested.run_id, requested.step
