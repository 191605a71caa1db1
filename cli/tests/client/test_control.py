"""`yaa cancel`, `pause` and `resume`: what they send and say."""

import pytest

from .conftest import Stage, Yaa
from .story import RUN

ACCEPTED = {"run_id": RUN, "status": "running"}


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "minji")


def test_a_run_is_cancelled_with_a_reason(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/cancel", ACCEPTED, 202)

    said = yaa("cancel", RUN, "--reason", "wrong topic")

    assert (said.code, said.out) == (0, f"run {RUN} is being cancelled\n")
    assert stage.asked[0][2] == {"reason": "wrong topic", "requested_by": "minji"}


def test_a_run_that_was_cancelled_before_is_no_error(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/cancel", ACCEPTED | {"status": "cancelled"}, 202)

    said = yaa("cancel", RUN)

    assert (said.code, said.out) == (0, f"run {RUN} was cancelled already\n")


def test_a_run_is_paused_and_the_way_on_is_told(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/pause", ACCEPTED, 202)

    said = yaa("pause", RUN, "--reason", "prices")

    assert said.code == 0
    assert f"run {RUN} is paused" in said.out
    assert f"yaa resume {RUN}" in said.out
    assert stage.asked[0][2] == {"reason": "prices", "requested_by": "minji"}


def test_a_paused_run_goes_on(stage: Stage, yaa: Yaa) -> None:
    stage.answer(f"POST /pipeline/runs/{RUN}/resume", ACCEPTED | {"status": "of tomorrow"}, 202)

    said = yaa("resume", RUN)

    assert (said.code, said.out) == (0, f"run {RUN} goes on\n")
    assert stage.asked[0][2] == {"requested_by": "minji"}
