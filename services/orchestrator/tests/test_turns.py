"""Whose turn it is, for any queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.admission import RISES_MS, Caps, Ledger
from contracts.subjects import Place
from orchestrator.turns import next_turn

CHANNELS = ("cats", "dogs", "seas")
NOW = 100


def place(run: int, *, channel: str = "cats", rank: int = 1, since: int | None = None) -> Place:
    return Place(rank, channel, run if since is None else since, f"r{run}")


def order_of(ledger: Ledger, waiting: list[Place]) -> list[str]:
    """Return the runs in the order they begin when each ends before the next begins."""
    waiting, order = list(waiting), list[str]()
    while (turn := next_turn(ledger, waiting, NOW)) is not None:
        waiting.remove(turn)
        order.append(turn.run_id)
    return order


def test_nobody_begins_while_all_slots_are_taken() -> None:
    full = Ledger(caps=Caps(total=1)).with_run("r0", "dogs")

    assert next_turn(full, [place(1)], NOW) is None


def test_a_full_channel_lets_others_pass() -> None:
    ledger = Ledger(caps=Caps(total=9, per_channel=1)).with_run("r0", "cats")

    turn = next_turn(ledger, [place(1, channel="cats"), place(2, channel="dogs")], NOW)

    assert turn == place(2, channel="dogs")


def test_priority_goes_before_age() -> None:
    waiting = [place(1, rank=2), place(2, rank=1), place(3, rank=0)]

    assert order_of(Ledger(), waiting) == ["r3", "r2", "r1"]


@pytest.mark.parametrize("rank", [1, 2])
def test_who_waits_long_goes_before_what_is_urgent_and_has_just_come(rank: int) -> None:
    waits, now = place(1, rank=rank, since=0), rank * RISES_MS
    urgent = [place(run, channel="dogs", rank=0, since=now) for run in range(2, 9)]

    assert next_turn(Ledger(), [*urgent, waits], now - 1) == urgent[0]
    assert next_turn(Ledger(), [*urgent, waits], now) == waits


def test_the_channel_with_the_fewest_active_runs_goes_first() -> None:
    ledger = Ledger(caps=Caps(total=3)).with_run("r0", "cats")

    turn = next_turn(ledger, [place(1, channel="cats"), place(2, channel="dogs")], NOW)

    assert turn == place(2, channel="dogs")


@given(
    st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=40),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_no_channel_starves_and_no_cap_is_passed(
    channels: list[str], total: int, per_channel: int
) -> None:
    waiting = [place(run, channel=channel) for run, channel in enumerate(channels)]
    ledger = Ledger(caps=Caps(total=total, per_channel=per_channel))

    while (turn := next_turn(ledger, waiting, NOW)) is not None:
        behind = [p for p in waiting if p.channel_id != turn.channel_id]
        fewest = min((ledger.of_channel(p.channel_id) for p in behind), default=total)
        assert ledger.of_channel(turn.channel_id) <= fewest
        ledger = ledger.with_run(turn.run_id, turn.channel_id)
        waiting.remove(turn)

    assert len(ledger.active) <= total
    assert all(ledger.of_channel(channel) <= per_channel for channel in CHANNELS)
    assert not waiting or not all(ledger.has_room_for(p.channel_id) for p in waiting)
