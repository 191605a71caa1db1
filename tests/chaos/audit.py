"""What must hold when all is quiet again. Every miss is a sentence."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.errors import Error as NatsError

from agentkit.admission import AdmissionBook
from chaos.agents import steps_of
from chaos.balance import Balance
from chaos.bill import AWAY, Books
from chaos.crash import Crash
from chaos.load import Load
from chaos.matrix import Cell
from chaos.receiver import Receiver
from chaos.shop import sales
from chaos.stack import Stack
from chaos.witness import RunSeen, Witness
from contracts import subjects

QUIET_TIMEOUT_S = 150.0
LOOK_S = 0.25
SHOWN = 5
STREAMS = (subjects.RUNS, subjects.CALLS, subjects.TIMERS, subjects.DEAD)
SPOILT_AT_LEAST = 0.07
"""Of the calls to the providers one in ten is to go wrong; chance may take some of that."""
SLOT_TIMEOUT_S = 90.0
"""A slot that a crash left behind is freed by the next sweep."""


@dataclass(slots=True)
class Verdict:
    """The figures of all runs so far, and what is wrong with them."""

    accepted: int = 0
    ended: int = 0
    scheduled: int = 0
    cancelled: int = 0
    watched: int = 0
    effects: int = 0
    repeated: int = 0
    balance: Balance = field(default_factory=Balance)
    misses: list[str] = field(default_factory=list[str])


class Audit:
    """Looks at everything a stack has left behind."""

    def __init__(  # noqa: PLR0913, PLR0917 -- it looks at everything
        self,
        stack: Stack,
        load: Load,
        witness: Witness,
        receiver: Receiver,
        books: Books,
        connection: Client,
    ) -> None:
        self._stack = stack
        self._load = load
        self._witness = witness
        self._receiver = receiver
        self._books = books
        self._js = connection.jetstream()
        self._book = AdmissionBook(connection)
        self._balance = Balance()

    async def of(self, crashes: Sequence[Crash]) -> Verdict:
        """Return the verdict on all runs so far, and tell each crash what became of its runs."""
        verdict = Verdict()
        verdict.misses += await self._unquiet()
        if left := await _settled(self._stack.unready):
            verdict.misses.append(left)
        verdict.misses += self._load.strange + self._witness.unread
        self._look_at_runs(verdict)
        if left := await _settled(self._has_no_slots, SLOT_TIMEOUT_S):
            verdict.misses.append(left)
        self._look_at_views(verdict)
        self._look_at_effects(verdict)
        await self._look_at_bill(verdict, [crash.cell for crash in crashes])
        await self._look_at_projection(verdict)
        for crash in crashes:
            self._look_at_runs_of(crash)
        return verdict

    def _look_at_runs_of(self, crash: Crash) -> None:
        crash.ended = sum(bool(self._seen(run_id).ended) for run_id in crash.runs)
        came = [self._receiver.came.get(key, 0) for key in self._effects_of(crash.runs)]
        crash.effects = sum(times > 0 for times in came)
        crash.came_again = sum(times - 1 for times in came if times)

    async def _unquiet(self) -> list[str]:
        """Wait until every reader has read everything; return what they still have in hand."""
        deadline = time.monotonic() + QUIET_TIMEOUT_S
        left = ["nothing was asked"]
        while left and time.monotonic() < deadline:
            left = await self._in_hand()
            await asyncio.sleep(LOOK_S)
        return left

    async def _in_hand(self) -> list[str]:
        left = list[str]()
        try:
            for stream in STREAMS:
                for each in await self._js.consumers_info(stream):
                    pending, unacked = each.num_pending or 0, each.num_ack_pending or 0
                    if each.config.durable_name and (pending or unacked):
                        left.append(
                            f"{each.name}: {pending} unread and {unacked} unacknowledged "
                            f"messages of {stream}"
                        )
        except (NatsError, TimeoutError) as error:
            left.append(f"the broker does not answer: {type(error).__name__}")
        return left

    def _look_at_runs(self, verdict: Verdict) -> None:
        accepted = self._load.accepted
        verdict.accepted = len(accepted)
        verdict.ended = sum(bool(self._seen(each).ended) for each in accepted)
        verdict.scheduled = len(self._load.planned)
        runs_of = self._witness.scheduled
        verdict.misses += _some(
            f"schedule {each} has made {len(runs_of.get(each, ()))} runs"
            for each in sorted(self._load.planned)
            if len(runs_of.get(each, ())) != 1
        )
        verdict.cancelled = len(self._load.people.cancelled)
        verdict.misses += _some(
            f"run {run_id} was to be {self._due(run_id)} and is "
            f"{self._seen(run_id).ended or 'not ended'}: {self._seen(run_id).errors}"
            for run_id in sorted(accepted)
            if self._seen(run_id).ended != self._due(run_id)
        )
        verdict.misses += _some(
            f"run {run_id} was completed without a slot"
            for run_id in sorted(accepted)
            if self._seen(run_id).ended == "completed" and not self._seen(run_id).admitted
        )
        verdict.misses += _some(
            f"run {run_id} is on the log and nobody was told that it was accepted"
            for run_id in sorted(self._witness.runs.keys() - accepted)
        )

    def _due(self, run_id: str) -> str:
        """Return how a run has to end: a cancel that was accepted wins."""
        return "cancelled" if run_id in self._load.people.cancelled else "completed"

    def _seen(self, run_id: str) -> RunSeen:
        return self._witness.run(run_id)

    async def _has_no_slots(self) -> str:
        held = (await self._book.ledger()).active
        waiting = await self._book.waiting()
        if not held and not waiting:
            return ""
        return f"slots are held by {sorted(held)[:SHOWN]} and {len(waiting)} runs wait for one"

    def _look_at_views(self, verdict: Verdict) -> None:
        seen = self._load.viewers.seen
        verdict.watched = len(seen)
        verdict.misses += _some(
            f"a viewer of run {run_id} saw {ids} of {self._seen(run_id).seqs}"
            for run_id, ids in seen.items()
            if not self._seen(run_id).was_watched(ids)
        )

    def _look_at_effects(self, verdict: Verdict) -> None:
        possible = self._effects_of(self._load.accepted)
        wanted = self._effects_of(self._load.accepted - self._load.people.cancelled)
        came = self._receiver.came
        verdict.effects = len(possible & came.keys())
        verdict.repeated = sum(count - 1 for count in came.values())
        verdict.misses += _some(f"no effect of {key}" for key in sorted(wanted - came.keys()))
        verdict.misses += _some(f"unknown effect {key}" for key in sorted(came.keys() - possible))
        verdict.misses += _some(
            f"effect {key} came again with another content"
            for key in sorted(self._receiver.contradicted)
        )

    def _effects_of(self, runs: Iterable[str]) -> set[str]:
        """Return the keys of all effects that runs may have; each that is not cancelled has all."""
        return {
            f"{run_id}/{step}" for run_id in runs for step in steps_of(self._seen(run_id).topic)
        }

    async def _look_at_bill(self, verdict: Verdict, cells: Sequence[Cell]) -> None:
        """Hold the bill against the provider's books.

        A process that dies or sleeps may lose the answers it was just given, which is the one
        known way to pay for what is not on the bill.
        """
        before, workers = self._balance, int(os.environ["YAA_WORKERS"])
        may_be_lost = sum(cell.losers for cell in cells) * workers
        may_be_doubled = sum(cell.doublers for cell in cells) * workers

        async def is_right() -> str:
            self._balance = await self._books_and_bill()
            return "; ".join(self._balance.misses(before, may_be_lost, may_be_doubled))

        for check in (self._is_billed, is_right):
            if left := await _settled(check):
                verdict.misses.append(left)
        verdict.balance = self._balance
        if (share := self._balance.sales.spoilt_share) < SPOILT_AT_LEAST:
            verdict.misses.append(f"only {share:.1%} of the calls were spoilt")
        if rejected := await self._books.rejected():
            verdict.misses.append(f"{rejected} calls cannot be billed")
        kept, events, runs = _thirds(await self._books.totals())
        if not kept == events == runs:
            verdict.misses.append(f"totals {kept}, of events {events}, of runs {runs}")

    async def _books_and_bill(self) -> Balance:
        sold = await sales(self._stack.simulator_url)
        _, (calls, tokens, _), _ = _thirds(await self._books.totals())
        unknown = await self._books.unknown()
        return Balance(sold, calls - unknown, tokens, unknown)

    async def _is_billed(self) -> str:
        on_record, noted = await self._books.calls_on_record(), await self._books.noted()
        return "" if on_record == noted else f"{on_record} calls on record, {noted} in the tables"

    async def _look_at_projection(self, verdict: Verdict) -> None:
        if left := await _settled(self._is_projected):
            verdict.misses.append(left)
            return
        statuses = await self._books.statuses()
        wrong = [
            f"run {run_id} is {seen.ended!r} on the log and {statuses.get(run_id)!r} in the table"
            for run_id, seen in self._witness.runs.items()
            if statuses.get(run_id) != seen.ended
        ]
        verdict.misses += _some(wrong)
        await _yaa(verdict, "verify")
        before = await self._books.checksums()
        await _yaa(verdict, "rebuild")
        if left := await _settled(self._is_projected):
            verdict.misses.append(left)
        await _yaa(verdict, "verify")
        after = await self._books.checksums()
        verdict.misses += [
            f"table {table} is another one after a rebuild"
            for table in before
            if before[table] != after[table]
        ]

    async def _is_projected(self) -> str:
        projected = await self._books.projected()
        if projected == self._witness.last_seq:
            return ""
        return f"event {self._witness.last_seq} was recorded, {projected} is projected"


async def _yaa(verdict: Verdict, command: str) -> None:
    """Run `yaa projections`, which ends with 1 when the projection differs from the log."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yaa", "projections", command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        told = [line for line in said.decode().splitlines() if " OK" not in line]
        verdict.misses.append(f"yaa projections {command}: {' '.join(' '.join(told).split())}")


async def _settled(check: Callable[[], Awaitable[str]], timeout_s: float = QUIET_TIMEOUT_S) -> str:
    """Return what is wrong when it does not get right in time."""
    deadline = time.monotonic() + timeout_s
    wrong = "nothing was asked"
    while wrong and time.monotonic() < deadline:
        try:
            wrong = await check()
        except AWAY as error:
            wrong = f"the database does not answer: {type(error).__name__}"
        await asyncio.sleep(LOOK_S)
    return wrong


def _some(misses: Iterable[str]) -> list[str]:
    """Return the first misses of a kind and how many more there are."""
    every = list(misses)
    more = [f"… and {len(every) - SHOWN} more of these"] if len(every) > SHOWN else []
    return every[:SHOWN] + more


def _thirds[T](values: Sequence[T]) -> tuple[Sequence[T], Sequence[T], Sequence[T]]:
    return values[:3], values[3:6], values[6:]
