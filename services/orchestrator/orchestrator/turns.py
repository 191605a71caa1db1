"""Whose turn it is: pure, so that every replica chooses the same run."""

from collections.abc import Sequence

from agentkit.admission import Ledger, rank_at
from contracts.subjects import Place


def next_turn(ledger: Ledger, waiting: Sequence[Place], now_ms: int) -> Place | None:
    """Return the run that may begin now; None when none may.

    The highest priority goes first, then the channel with the fewest active runs, then whoever
    waits longest: a channel that asks for much holds up nobody but itself. Who waits rises in
    priority, so that this is so of a channel that asks for much that is urgent, too.
    """
    free = [
        place
        for place in waiting
        if place.run_id not in ledger.active and ledger.has_room_for(place.channel_id)
    ]
    return min(free, key=lambda place: _order(ledger, place, now_ms), default=None)


def _order(ledger: Ledger, place: Place, now_ms: int) -> tuple[int, int, int, str]:
    active = ledger.of_channel(place.channel_id)
    return (rank_at(place, now_ms), active, place.since_ms, place.run_id)
