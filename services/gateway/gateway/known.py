"""Runs that need not be read from the tables again, because this process has just written them."""

from collections.abc import Iterable, Mapping
from itertools import islice

from gateway.state import ENDED, RunState, replace

KEPT = 6000


class KnownRuns:
    """Unfinished runs as they were written last.

    They stand for the tables only as long as nobody else has written to those: then the
    checkpoint is where it was left.
    """

    def __init__(self) -> None:
        self._runs = dict[str, RunState]()
        self._last_seq = -1

    def at(self, last_seq: int) -> Mapping[str, RunState]:
        """Return the runs that are known when the checkpoint is at `last_seq`."""
        if self._last_seq != last_seq:
            self._runs.clear()
        return self._runs

    def keep(self, runs: Iterable[RunState], deleted: Iterable[str], last_seq: int) -> None:
        """Know `runs` as they were written with the checkpoint at `last_seq`."""
        for run_id in deleted:
            self._runs.pop(run_id, None)
        for run in runs:
            self._runs.pop(run.run_id, None)
            if run.status not in ENDED:
                self._runs[run.run_id] = replace(run, instances={}, approvals={}, errors=())
        for run_id in list(islice(self._runs, max(0, len(self._runs) - KEPT))):
            del self._runs[run_id]
        self._last_seq = last_seq
