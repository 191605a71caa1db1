"""What holds for every pipeline and every history that the log can produce.

Which those are is told in `orchestrator.playing`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import subjects
from contracts.base import step_of
from contracts.events import (
    RUN_ENDS,
    ApprovalDecided,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunRequested,
    StepRequested,
)
from contracts.pipeline import StepSpec
from orchestrator.core import decide, evolve, fold, holds_slot
from orchestrator.outputs import Admit, Store, Wake
from orchestrator.playing import World, identity_of
from orchestrator.state import Run
from orchestrator.testing import RUN_ID, T0, ref, run_of, spec


@st.composite
def specs(draw: st.DrawFn, index: int) -> StepSpec:
    earlier = [f"s{number}" for number in range(index)]
    needs = draw(st.sets(st.sampled_from(earlier), min_size=1, max_size=3)) if earlier else ()
    fields: dict[str, object] = {
        "if_skipped": draw(st.sampled_from(["skip", "feed"])),
        "continue_on_error": draw(st.booleans()),
        "concurrency": draw(st.integers(1, 3)),
        "retry": {"max_attempts": draw(st.sampled_from([3, 2, 4, 1])), "non_retryable": ["Final"]},
    }
    if draw(st.booleans()):
        fields["when"] = "true"
    if draw(st.sampled_from([False, False, True])):
        fields["for_each"] = "brief.items"
    if draw(st.sampled_from([True, True, False])):
        fields["approval"] = draw(approvals(sorted(needs)))
    return spec(f"s{index}", *sorted(needs), **fields)


def approvals(needs: list[str]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "risk": st.sampled_from(["high", "high", "high", "high", "medium", "low"]),
            "when": st.sampled_from([None, None, "true"]),
            "revise": st.sampled_from([*needs, *needs, None]),
            "max_revisions": st.sampled_from([3, 2, 1, 0]),
            "on_expiry": st.sampled_from(["approve", "reject"]),
        }
    )


@st.composite
def requests(draw: st.DrawFn) -> RunRequested:
    steps = [draw(specs(index)) for index in range(draw(st.integers(2, 6)))]
    reused = {"s0": ref("from the parent")} if draw(st.integers(0, 4)) == 0 else {}
    deadline = T0 + timedelta(hours=100) if draw(st.integers(0, 4)) == 0 else None
    return run_of(*steps, reused=reused, deadline_at=deadline)


WORLDS = st.builds(World, requests(), capped=st.booleans(), seed=st.integers(0, 2**32))
TURNS = st.sampled_from((300, 120, 40))
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(WORLDS, TURNS)
def test_every_run_ends_once_when_all_do_what_is_wanted_of_them(world: World, turns: int) -> None:
    world.play(turns)

    world.finish()

    for replica in world.replicas:
        world.catch_up(replica)
    ends = [event for event in world.log.events if isinstance(event, RUN_ENDS)]
    assert len(ends) == 1
    assert world.run.status == ends[0].type.removeprefix("run.")
    assert decide(world.run, world.now + timedelta(days=365)) == ()


@QUICK
@given(WORLDS, TURNS)
def test_an_unfinished_run_is_looked_at_again_when_the_next_thing_is_due(
    world: World, turns: int
) -> None:
    for stage in world.stages(turns):
        outputs = stage.settle()

        run = stage.run
        if run.status == "active":
            wakes = [output.at for output in outputs if isinstance(output, Wake)]
            assert wakes == sorted(due_times(run))[:1]
            waits_for_turn = any(isinstance(output, Admit) for output in outputs)
            assert wakes or works(run) or run.is_paused or waits_for_turn


def due_times(run: Run) -> Iterator[datetime]:
    """Yield when time alone moves a run on, by its state and not by what is decided from it."""
    if run.request is not None and run.request.deadline_at is not None:
        yield run.request.deadline_at
    for step in run.steps.values():
        if step.asked is not None and step.is_with_a_person:
            yield step.asked.expires_at
        failing = step.spread.failing.values() if step.spread else [step.attempts]
        for attempts in failing:
            if attempts.status == "failing" and attempts.retry_at and not run.is_paused:
                yield attempts.retry_at


@QUICK
@given(WORLDS, TURNS)
def test_nothing_is_decided_twice_with_different_content(world: World, turns: int) -> None:
    """Whatever beginning of the log a replica has read, and whatever its clock says.

    While a world is played, all that its replicas decide is held against each other as well.
    """
    world.play(turns)

    issued, run = dict[str, object](), Run()
    for event in world.log.events:
        run = evolve(run, event)
        for now in (T0, world.now, world.now + timedelta(days=365)):
            for output in decide(run, now):
                if not isinstance(output, (Store, *RUN_ENDS)):
                    subject, content = identity_of(output)
                    assert issued.setdefault(subject, content) == content


@QUICK
@given(WORLDS, TURNS)
def test_a_repeated_event_changes_nothing(world: World, turns: int) -> None:
    world.play(turns)

    run = Run()
    for index, event in enumerate(world.log.events):
        run = evolve(run, event)
        assert evolve(run, event) == run
        assert evolve(run, world.log.events[index // 2]) == run
    for event in world.log.events:
        assert evolve(run, event) == run
    if run.status != "active":
        assert evolve(run, RunCancelled(run_id=RUN_ID, at=T0, reason="late")) == run
        assert evolve(run, RunCompleted(run_id=RUN_ID, at=T0, outputs={})) == run


@QUICK
@given(WORLDS, TURNS)
def test_events_of_different_steps_and_instances_commute(world: World, turns: int) -> None:
    """All but decisions do: a revision takes hold where it stands on the log."""
    world.play(turns)

    run = Run()
    for first, second in pairwise(world.log.events):
        if are_independent(first, second):
            assert fold_on(run, second, first) == fold_on(run, first, second)
        run = evolve(run, first)


def fold_on(run: Run, *events: RunEvent) -> Run:
    return reduce(evolve, events, run)


def are_independent(first: RunEvent, second: RunEvent) -> bool:
    if isinstance(first, RunRequested) or any(
        isinstance(event, ApprovalDecided) for event in (first, second)
    ):
        return False
    (one, index), (other, place) = (
        step_of(getattr(event, "step", "-")) for event in (first, second)
    )
    return one != other or (index != place and None not in {index, place})


@QUICK
@given(WORLDS, TURNS)
def test_no_more_instances_are_in_flight_than_may_be(world: World, turns: int) -> None:
    for _ in range(turns):
        world.play(1)

        for name, step in world.run.steps.items():
            if step.spread is not None:
                wanted = {
                    (f"{name}:{index}", step.spread.at(index).last)
                    for index in range(step.spread.count)
                }
                in_flight = [e for e in world.log.in_flight() if (e.step, e.attempt) in wanted]
                assert len(in_flight) == step.spread.in_flight
                busy = step.spread.in_flight + len(step.spread.failing)
                assert busy <= world.run.specs[name].concurrency


@QUICK
@given(WORLDS, TURNS)
def test_a_completed_run_was_made_of_what_its_steps_gave_at_last(world: World, turns: int) -> None:
    """Nothing that was overtaken by a revision finds its way into the result."""
    world.play(turns)
    world.finish()

    run = world.run
    for name, step in run.steps.items():
        if run.status != "completed" or step.attempts.status != "completed":
            continue
        for request in last_requests(world.log.events, name, run):
            for need in run.specs[name].needs:
                output = run.steps[need].attempts.output
                assert request.inputs.get(need) == output
            assert_was_granted(world, request)


def last_requests(events: list[RunEvent], name: str, run: Run) -> Iterator[StepRequested]:
    step = run.steps[name]
    wanted = {(name, step.attempts.last)}
    if step.spread is not None:
        wanted = {(f"{name}:{i}", step.spread.at(i).last) for i in range(step.spread.count)}
    for event in events:
        if isinstance(event, StepRequested) and (event.step, event.attempt) in wanted:
            yield event


def assert_was_granted(world: World, request: StepRequested) -> None:
    name, _ = step_of(request.step)
    policy, step = world.run.specs[name].approval, world.run.steps[name]
    if policy is None or policy.risk == "low":
        return
    if policy.when is not None and not (step.planned and step.planned.approval):
        return
    assert step.asked is not None
    assert step.decided is not None
    assert step.decided.decision == "approve"
    assert step.decided.digest == step.asked.digest
    shown = {key: given for key, given in request.inputs.items() if key != "item"}
    assert step.asked.shown == shown


@QUICK
@given(WORLDS, TURNS)
def test_a_run_holds_a_slot_while_anything_happens_that_no_person_decides(
    world: World, turns: int
) -> None:
    for stage in world.stages(turns):
        stage.settle()

        run = stage.run
        is_active = run.status == "active" and run.begun and not run.is_paused
        waits_for_people = bool(stage.questions) and not works(run) and not is_backing_off(run)
        assert holds_slot(run) == (is_active and not waits_for_people)


def works(run: Run) -> bool:
    """Tell whether an agent has been asked for something that the run still wants."""
    steps = run.steps.values()
    plain = any(step.spread is None and step.attempts.status == "requested" for step in steps)
    return plain or any(step.spread.in_flight for step in steps if step.spread)


def is_backing_off(run: Run) -> bool:
    steps = run.steps.values()
    plain = any(step.attempts.status == "failing" for step in steps)
    return plain or any(step.spread.failing for step in steps if step.spread)


@QUICK
@given(requests())
def test_a_run_that_waits_for_its_turn_does_nothing_else(request: RunRequested) -> None:
    run = fold([request])
    outputs = decide(run, T0, capped=True)

    if any(isinstance(output, RUN_ENDS) for output in outputs):
        return
    admit, *wakes = outputs
    assert admit == Admit(RUN_ID, "demo", "normal", T0)
    assert not holds_slot(run)
    assert all(wake.name == subjects.DEADLINE for wake in wakes if isinstance(wake, Wake))
    admitted = evolve(run, RunAdmitted(run_id=RUN_ID, at=T0))
    assert holds_slot(admitted)
    assert decide(admitted, T0, capped=True) == decide(run, T0)
