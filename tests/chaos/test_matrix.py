"""The matrix is whole, and what a seed chose can be chosen again."""

import pytest

from chaos.agents import AGENTS
from chaos.audit import Verdict
from chaos.crash import Crash
from chaos.matrix import BLOWS, MOMENTS, VICTIMS, cell, every_cell, long_parts, short_parts
from chaos.page import Result, page_of
from chaos.witness import RunSeen


def test_everybody_is_struck_by_everything_at_every_moment() -> None:
    struck = {
        (each.victim, each.blow, each.moment)
        for part in long_parts(1)
        for cells in part.rounds
        for each in cells
    }

    assert {(v, b, m) for v in VICTIMS for b in BLOWS for m in MOMENTS} <= struck
    assert {("leader", b, m) for b in BLOWS for m in MOMENTS} <= struck
    assert set(AGENTS) <= set(VICTIMS)


def test_the_short_form_kills_everybody_once() -> None:
    cells = [each for part in short_parts(3) for cells in part.rounds for each in cells]

    assert {each.victim for each in cells if each.blow == "kill"} == set(VICTIMS)
    assert {each.blow for each in cells} == set(BLOWS)


def test_the_same_seed_chooses_the_same() -> None:
    assert short_parts(5) == short_parts(5)
    assert short_parts(5) != short_parts(6)


def test_a_cell_is_found_by_its_name() -> None:
    assert all(cell(each.name) == each for each in every_cell())
    with pytest.raises(ValueError, match="there is no cell 'nobody:kill:before'"):
        cell("nobody:kill:before")


def test_a_miss_is_on_the_page() -> None:
    crash = Crash(cell("nats:kill:before"), runs={"r1", "r2"}, misses=["never came back"])
    result = Result("one", [crash], Verdict(misses=["run r1 was to be completed"]))

    page = page_of([result], seed=1, clients=2, seconds=60)

    assert "it found 2." in page
    assert "it was 2 at least." in page
    assert "| nats | kill | before | 2 | 0 | 0 | 0 | 0 | never | 1 |" in page


@pytest.mark.parametrize("ids", [[3, 5, 8], [3, 5, 8, 9]])
def test_who_saw_a_run_to_its_end_has_watched_it(ids: list[int]) -> None:
    assert RunSeen(seqs=[3, 5, 8, 9], to_end=3).was_watched(ids)


@pytest.mark.parametrize("ids", [[], [3, 5], [3, 8], [5, 3, 8], [3, 5, 5, 8], [3, 5, 8, 10]])
def test_who_missed_something_has_not(ids: list[int]) -> None:
    assert not RunSeen(seqs=[3, 5, 8, 9], to_end=3).was_watched(ids)


def test_nobody_has_watched_a_run_that_has_not_ended() -> None:
    assert not RunSeen(seqs=[3, 5]).was_watched([3, 5])
