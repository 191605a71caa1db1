"""The instances of a step that runs for each item of a list, ten thousand of them at most.

Whatever happens to one instance costs the same however many there are: the counts are kept, and
the attempts lie in rows of which one is made anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.artifacts import ArtifactRef
from contracts.events import StepCompleted, StepError, StepOutcome, StepPlanned, StepRequested
from contracts.pipeline import RetryPolicy
from orchestrator.attempts import Attempts

ROW = 128


@dataclass(frozen=True, slots=True)
class Instances:
    """Where the instances stand in the `round` for whose list they were planned.

    Those before `next` were requested; `left` have not ended. `failing` are those that wait for
    another attempt; `lost_at` is the first, by its index, that has none left.
    """

    round: int
    planned_at: datetime
    items: ArtifactRef | None
    count: int
    left: int
    rows: tuple[tuple[Attempts, ...], ...]
    next: int = 0
    in_flight: int = 0
    failing: Mapping[int, Attempts] = field(default_factory=dict[int, Attempts])
    lost_at: int | None = None
    simulated: bool = False

    def at(self, index: int) -> Attempts:
        """Return the attempts of an instance, which begin anew with a round.

        As long as an instance waits, a replica may have decided on its next attempt without its
        being on the log yet: with each round that begins, that number is left out.
        """
        known = self.rows[index // ROW][index % ROW]
        rounds = self.round - known.round
        if not rounds:
            return known
        may_be_decided = known.status in {"waiting", "failing"}
        used = known.last + rounds - (0 if may_be_decided else 1)
        return known.anew(self.round, used=used)

    @property
    def outputs(self) -> tuple[ArtifactRef | None, ...]:
        """What the instances gave, in the order of the items."""
        return tuple(self.at(index).output for index in range(self.count))

    @property
    def error(self) -> StepError | None:
        return None if self.lost_at is None else self.at(self.lost_at).error

    @property
    def is_untouched(self) -> bool:
        """Tell whether no instance was requested in this round."""
        return self.next == 0 and self.left == self.count and not self.in_flight + len(self.failing)

    def after(
        self, index: int, event: StepRequested | StepOutcome, retry: RetryPolicy
    ) -> "Instances":
        """Return the instances after an event of the one at `index`."""
        if index >= self.count:
            return self
        before = self.at(index)
        news = before.after(event, retry)
        if news is before:
            return self
        in_flight = (news.status == "requested") - (before.status == "requested")
        moved = replace(
            self,
            rows=_with(self.rows, index, news),
            left=self.left + before.has_ended - news.has_ended,
            in_flight=self.in_flight + in_flight,
            failing=self._failing_with(index, news),
            lost_at=self._lost_with(index, news),
            simulated=self.simulated or (isinstance(event, StepCompleted) and event.simulated),
        )
        return _with_next(moved)

    def due(self, concurrency: int) -> Iterator[tuple[int, Attempts]]:
        """Yield every instance that may be requested as soon as its back-off is over."""
        yield from sorted(self.failing.items())
        free = concurrency - self.in_flight - len(self.failing)
        index = self.next
        while free > 0 and index < self.count:
            if (attempts := self.at(index)).status == "waiting":
                yield index, attempts
                free -= 1
            index += 1

    def _failing_with(self, index: int, news: Attempts) -> Mapping[int, Attempts]:
        if news.status == "failing":
            return {**self.failing, index: news}
        if index not in self.failing:
            return self.failing
        return {known: attempts for known, attempts in self.failing.items() if known != index}

    def _lost_with(self, index: int, news: Attempts) -> int | None:
        if news.status != "failed":
            return self.lost_at
        return index if self.lost_at is None else min(index, self.lost_at)


def planned(before: Instances | None, round_: int, event: StepPlanned) -> Instances | None:
    """Return the instances of a new round, as they were when the step is to run once."""
    count = event.count
    if count is None:
        return before
    rows = () if before is None else before.rows
    missing = max(0, -(-count // ROW) - len(rows))
    fresh = (Attempts(round=round_),) * ROW
    return Instances(round_, event.at, event.items, count, count, rows + (fresh,) * missing)


def _with(
    rows: tuple[tuple[Attempts, ...], ...], index: int, news: Attempts
) -> tuple[tuple[Attempts, ...], ...]:
    number, place = divmod(index, ROW)
    row = rows[number]
    changed = (*row[:place], news, *row[place + 1 :])
    return (*rows[:number], changed, *rows[number + 1 :])


def _with_next(instances: Instances) -> Instances:
    index = instances.next
    while index < instances.count and instances.at(index).status != "waiting":
        index += 1
    return instances if index == instances.next else replace(instances, next=index)
