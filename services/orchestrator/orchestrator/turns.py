"""Whose turn it is: pure, so that every replica chooses the same run."""

from collections.abc import Sequence

from agentkit.admission import Ledger
from contracts.subjects import Place


def next_turn(ledger: Ledger, waiting: Sequence[Place]) -> Place | None:
    """Return the run that may begin now; None when none may.

    The highest priority goes first, then the channel with the fewest active runs, then whoever
    waits longest: a channel that asks for much holds up nobody but itself.
    """
    free = [
        place
        for place in waiting
        if place.run_id not in ledger.active and ledger.has_room_for(place.channel_id)
    ]
    return min(free, key=lambda place: _rank(ledger, place), default=None)


def _rank(ledger: Ledger, place: Place) -> tuple[int, int, int, str]:
    return (place.rank, ledger.of_channel(place.channel_id), place.since_ms, place.run_id)
