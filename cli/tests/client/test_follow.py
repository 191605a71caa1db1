"""A run is watched to its end: every step is told, a broken stream goes on where it broke."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest
from rich.console import Console

from yaa.follow import follow

from .conftest import Stage, Yaa
from .story import (
    RUN,
    TOPIC,
    bad_run,
    cancelled_detail,
    cancelled_run,
    completed_detail,
    detail,
    failed_detail,
    good_run,
    met,
    reviewed_run,
)


def test_a_run_is_told_line_by_line_and_ends_with_what_it_made(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    stage.details = [detail(), completed_detail()]

    said = yaa("watch", RUN)

    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert f"run {RUN} requested: {TOPIC}" in lines[0]
    assert lines[1] == "   0.0s  research  given to researcher, attempt 1"
    assert lines[2] == "   4.0s  research  completed in 4.2s (simulated)"
    assert "  video       library/demo/a-path/video.mp4" in lines
    assert f"  play        {stage.url}/api/v1/artifacts/{'2' * 64}?name=video.mp4" in lines
    assert "  조수 간만의 진짜 이유" in lines
    assert "completed · 41.0s · 10,536 tokens · $0.0369 · saved 1 call · simulated" in said.out


def test_what_waits_for_a_person_says_what_the_person_can_do(stage: Stage, yaa: Yaa) -> None:
    stage.events = reviewed_run()
    stage.details = [detail(), completed_detail()]

    said = yaa("watch", RUN)

    assert said.code == 0
    for line in (
        "   5.0s  is paused by jun: prices",
        "   6.0s  goes on",
        f"   9.0s  edit      waits for your approval: yaa approve {RUN}",
        "  12.0s  edit      sent back by ann: shorter",
        "  12.0s  script    given to writer, attempt 2",
        "  20.0s  edit      approved by ann",
    ):
        assert line in said.out.splitlines(), line


def test_progress_is_a_line_for_each_quarter_that_is_passed(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    stage.details = [detail(), completed_detail()]

    said = yaa("watch", RUN)

    assert [line.split("edit")[1].split()[0] for line in said.out.splitlines() if "% " in line] == [
        "25%",
        "75%",
    ]


def test_trouble_with_a_provider_is_a_line_of_its_own(stage: Stage, yaa: Yaa) -> None:
    busy = "anthropic is overloaded (529), asked again in 2 s"
    first, second, *others = good_run()
    stage.events = (first, second, met("research", 2, busy), met("research", 3, busy), *others)
    stage.details = [detail(), completed_detail()]

    said = yaa("watch", RUN)

    assert [line for line in said.out.splitlines() if "anthropic" in line] == [
        f"   2.0s  research  {busy}"
    ]


def test_a_failed_run_says_what_went_wrong_in_which_step(stage: Stage, yaa: Yaa) -> None:
    stage.events = bad_run()
    stage.details = [detail(), failed_detail()]

    said = yaa("watch", RUN)

    assert said.code == 1
    refused = "script (writer, attempts 1 to 2): the model refused the picture of scene 2"
    assert said.out.count(refused) == 1
    assert "failed · 8.0s" in said.out
    assert "Traceback" not in said.out + said.err


def test_errors_stand_in_the_order_of_their_attempts_and_equal_ones_once(
    stage: Stage, yaa: Yaa
) -> None:
    first, second = failed_detail()["errors"]
    third = first | {"attempt": 3}
    between = second | {"message": "a sentence that comes first in the alphabet"}
    stage.events = bad_run()
    stage.details = [failed_detail(errors=[first, between, third])]

    said = yaa("watch", RUN)

    assert [line.split(":")[0] for line in said.out.splitlines() if "(writer" in line] == [
        "  script (writer, attempts 1, 3)",
        "  script (writer, attempt 2)",
    ]


def test_a_cancelled_run_ends_the_watch_and_says_why(stage: Stage, yaa: Yaa) -> None:
    stage.events = cancelled_run()
    stage.details = [detail(), cancelled_detail()]

    said = yaa("watch", RUN)

    assert said.code == 1, said.err
    assert "7.0s  is to be cancelled: wrong topic" in said.out
    assert "cancelled · 8.0s" in said.out
    assert "  cancelled   wrong topic" in said.out


def test_an_error_that_was_made_good_is_not_what_the_run_failed_of(stage: Stage, yaa: Yaa) -> None:
    stage.events = bad_run()
    done = failed_detail()
    overcome = done["errors"][0] | {"step": "research", "message": "the search was slow"}
    stage.details = [failed_detail(errors=[overcome, *done["errors"]])]

    said = yaa("watch", RUN)

    assert "the search was slow" not in said.out
    assert "the model refused the picture" in said.out


def test_a_broken_stream_goes_on_after_the_last_event_that_came(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    stage.cuts = [3, 0, 4]
    stage.details = [detail(), completed_detail()]

    said = yaa("watch", RUN)

    assert said.code == 0
    assert stage.resumed_after() == ["", "3", "3", "7"]
    assert said.out.count("given to") == said.out.count("completed in") == 3


def test_a_stream_that_ends_before_the_run_does_is_opened_again(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()[:3]
    stage.details = [detail()] * 3 + [completed_detail()]

    said = yaa("watch", RUN)

    assert said.code == 0
    assert stage.resumed_after()[:2] == ["", "3"]
    assert "completed · 41.0s" in said.out


def test_a_cost_that_comes_after_the_end_is_waited_for(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    late = completed_detail(cost_usd=0.0, tokens=0)
    known = completed_detail(cost_usd=1.5, saved_calls=5, money_saved_usd=0.0123)
    stage.details = [detail(), late, late, known]

    said = yaa("watch", RUN)

    assert "10,536 tokens · $1.5000 · saved $0.0123 (5 calls)" in said.out


def test_calls_without_a_price_are_not_hidden(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    stage.details = [completed_detail(unpriced_calls=3)]

    assert "$0.0369 · 3 calls without a price" in yaa("watch", RUN).out


def test_a_run_that_ended_long_ago_is_told_all_the_same(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    stage.details = [completed_detail()]

    said = yaa("watch", RUN)

    assert said.code == 0
    assert "research  completed in 4.2s" in said.out


def test_a_dry_run_says_that_nothing_was_published(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    done = completed_detail()
    note = "nothing was published; it would have gone to library/demo"
    done["result"]["publication"] |= {"dry_run": True, "note": note}
    stage.details = [done]

    said = yaa("watch", RUN)

    assert f"dry run     {note}" in said.out
    assert "a-path" not in said.out


def test_an_unknown_run_is_refused_in_the_words_of_the_gateway(stage: Stage, yaa: Yaa) -> None:
    stage.refuse("GET /pipeline/runs/nope", 404, "there is no run 'nope'")

    said = yaa("watch", "nope")

    assert (said.code, said.err) == (2, "yaa: there is no run 'nope'\n")


def test_a_gateway_that_stays_away_ends_the_watch(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yaa.watch.SILENCE_S", 0.2)
    stage.refuse(f"GET /pipeline/runs/{RUN}/events", 503, "the broker is away")
    stage.details = [detail()]
    stage.leave_after(f"GET /pipeline/runs/{RUN}", 2, 503, "the database is away")

    said = yaa("watch", RUN)

    assert (said.code, said.err) == (2, "yaa: the database is away; try again in a moment\n")


def test_a_gateway_that_comes_back_is_followed_on(stage: Stage, yaa: Yaa) -> None:
    stage.events = good_run()
    stage.cuts = [2, 0, 0]
    stage.details = [detail(), completed_detail()]
    stage.leave_after(f"GET /pipeline/runs/{RUN}", 1, 503, "the database is away", times=2)

    assert yaa("watch", RUN).code == 0


def test_in_a_terminal_the_steps_stand_in_a_table_until_the_end(stage: Stage) -> None:
    stage.events = good_run()
    stage.details = [detail(), completed_detail()]
    console = Console(width=100, height=30, force_terminal=True, record=True, highlight=False)

    code = follow(stage.url, RUN, console)

    assert code == 0
    shown = console.export_text()
    assert "  ✓  research  researcher    4.2s    3,512  $0.0123" in shown
    assert "  completed · 41.0s · 10,536 tokens · $0.0369" in shown
    assert "simulated" in shown.splitlines()[0]


_IN_FOREGROUND = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("yaa", run_name="__main__")
"""
"""A shell lets what it runs in the background ignore Ctrl-C, and children inherit that."""


async def test_a_watch_that_is_interrupted_leaves_the_run_alone(stage: Stage) -> None:
    stage.events = good_run()[:3]
    stage.details = [detail()]
    command = (sys.executable, "-c", _IN_FOREGROUND, "watch", RUN, "--url", stage.url)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    while b"research  completed" not in await process.stdout.readline():
        pass

    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()

    assert (process.returncode, err) == (130, b"")
    assert "the run goes on" in out.decode()
    assert f"yaa watch {RUN}" in out.decode()
