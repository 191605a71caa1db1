"""What pauses, approvals, conditions and instances make of a run: pure, like the rest."""

from dataclasses import replace

import pytest

from contracts.artifacts import ArtifactRef
from contracts.calls import Incident
from contracts.events import Parent
from gateway.fold import fold_all
from gateway.state import Instances, RunState

OUTPUT = ArtifactRef(kind="Script", sha256="0" * 64, size_bytes=2, inline={})


def told(story) -> RunState:
    run = fold_all(story.events)
    assert run is not None
    return run


@pytest.fixture
def scripted(wide_story):
    """A run whose script is written."""
    return wide_story("a").requested().asks("script").completes("script")


@pytest.fixture
def in_question(scripted):
    """A run that waits for a person before it publishes."""
    scripted.plans("media", count=0).completes("media").skips("seo")
    return scripted.asks("edit").completes("edit").asks_a_person("publish")


def test_the_attempts_of_a_step_are_kept_with_their_times_and_incidents(wide_story):
    story = wide_story("a").requested().asks("script").fails("script")
    incident = Incident(
        kind="retried",
        provider="p",
        model="m",
        error="rate_limited",
        message="slow down",
        at=story.events[-1].at,
    )
    story.asks("script", 2).completes("script", attempt=2, incidents=[incident])

    first, second = told(story).steps["script"].attempts

    assert (first.status, second.status) == ("failed", "completed")
    assert (first.requested_at, first.completed_at) == tuple(e.at for e in story.events[1:3])
    assert second.incidents == (incident,)


def test_a_step_for_each_item_counts_how_its_instances_stand(scripted):
    scripted.plans("media", count=4).asks("media:0").asks("media:1").asks("media:2")
    scripted.completes("media:1").fails("media:2")

    step = told(scripted).steps["media"]

    assert (step.status, step.attempt) == ("running", 1)
    assert step.instances == Instances(count=4, completed=1, failed=1, running=1)


def test_an_instance_that_runs_again_is_no_longer_counted_as_failed(scripted):
    scripted.plans("media", count=1).asks("media:0").fails("media:0").asks("media:0", 2)
    assert told(scripted).steps["media"].instances == Instances(1, running=1)

    done = told(scripted.completes("media:0", attempt=2))

    assert done.steps["media"].instances == Instances(1, completed=1)
    assert [each.status for each in done.instances["media", 0].attempts] == ["failed", "completed"]


def test_the_join_ends_the_step_and_a_list_without_items_is_joined_at_once(scripted):
    joined = told(scripted.plans("media", count=0).completes("media", OUTPUT))

    assert joined.steps["media"].status == "completed"
    assert joined.steps["media"].output == OUTPUT
    assert joined.steps["media"].instances == Instances(0)


def test_a_new_round_counts_anew_and_late_news_of_the_last_one_are_not_counted(scripted):
    scripted.plans("media", count=2).asks("media:0").asks("media:1").completes("media:0")
    scripted.plans("media", 2, count=1).completes("media:1").asks("media:0", 2)

    run = told(scripted)

    assert run.steps["media"].instances == Instances(1, running=1)
    assert run.instances["media", 1].status == "completed"


def test_a_condition_that_cannot_be_evaluated_fails_a_step_that_was_never_requested(scripted):
    failed = told(scripted.fails("seo", message="no such field"))

    assert (failed.steps["seo"].status, failed.steps["seo"].attempt) == ("failed", 1)
    assert failed.steps["seo"].attempts[0].requested_at is None
    assert failed.errors[-1].message == "no such field"


def test_a_skipped_step_says_why(scripted):
    step = told(scripted.skips("seo", reason="brief.review is false")).steps["seo"]

    assert (step.status, step.skip_reason, step.attempt) == (
        "skipped",
        "brief.review is false",
        0,
    )


def test_a_planned_step_waits_until_it_is_requested(scripted):
    planned = scripted.plans("seo")
    assert told(planned).steps["seo"].status == "waiting"

    assert told(planned.asks("seo")).steps["seo"].status == "running"


def test_a_run_waits_for_a_person_until_one_decides(in_question):
    asked = told(in_question)
    assert asked.steps["publish"].status == "awaiting_approval"
    assert (asked.status, asked.waiting_for_approval) == ("running", True)

    approved = told(in_question.decides("approve", "publish", comment="good"))

    assert approved.steps["publish"].status == "waiting"
    assert not approved.waiting_for_approval
    approval = approved.approvals["publish", 1]
    assert (approval.status, approval.decided_by, approval.comment) == ("approved", "ann", "good")
    assert approval.decided_at == in_question.events[-1].at


def test_a_decision_on_something_else_uses_the_question_up(in_question):
    elsewhere = told(in_question.decides("approve", "publish", digest="f" * 64))
    assert elsewhere.approvals["publish", 1].status == "cancelled"
    assert elsewhere.steps["publish"].status == "waiting"

    asked_anew = told(in_question.asks_a_person("publish", 2))

    assert asked_anew.approvals["publish", 2].status == "waiting"
    assert asked_anew.waiting_for_approval


def test_a_revision_of_nothing_is_a_rejection(in_question):
    in_question.events[-1] = in_question.events[-1].model_copy(update={"revise": None})

    assert told(in_question.decides("revise", "publish")).approvals["publish", 1].status == (
        "rejected"
    )


def test_the_first_decision_stands(in_question):
    twice = told(in_question.decides("reject", "publish").decides("approve", "publish"))

    assert twice.approvals["publish", 1].status == "rejected"


def test_an_approval_that_nobody_decided_in_time_is_expired(in_question):
    request = in_question.events[-1]
    in_question.decides("reject", "publish", decided_by="policy", at=request.expires_at)

    assert told(in_question).approvals["publish", 1].status == "expired"


def test_policy_may_decide_at_once(in_question):
    decided = told(in_question.decides("approve", "publish", decided_by="policy"))

    assert decided.approvals["publish", 1].status == "approved"


def test_a_revision_lets_a_step_and_all_behind_it_run_again(in_question):
    revised = told(in_question.decides("revise", "publish", comment="shorter"))

    statuses = {name: step.status for name, step in revised.steps.items()}
    assert statuses == {
        "script": "waiting",
        "media": "waiting",
        "seo": "waiting",
        "edit": "waiting",
        "publish": "waiting",
    }
    assert revised.steps["script"].output is None
    assert revised.steps["media"].instances is None
    assert revised.steps["seo"].skip_reason == ""
    assert len(revised.steps["script"].attempts) == 1

    again = told(in_question.asks("script", 2))

    assert (again.steps["script"].status, again.steps["script"].attempt) == ("running", 2)


def test_a_run_that_is_revised_and_approved_completes(wide_story):
    run = told(wide_story("a").revised_whole())

    assert (run.status, run.priority, run.requested_by) == ("completed", "high", "bob")
    assert [(key, each.status) for key, each in run.approvals.items()] == [
        (("publish", 1), "revised"),
        (("publish", 2), "approved"),
    ]
    assert run.steps["media"].instances == Instances(2, completed=2)
    assert [each.attempt for each in run.steps["edit"].attempts] == [1, 2]
    assert run.steps["seo"].status == "skipped"


def test_the_end_of_a_run_ends_whatever_had_not_ended(in_question):
    cancelled = told(in_question.is_cancelled())

    assert cancelled.steps["publish"].status == "cancelled"
    assert not cancelled.waiting_for_approval
    assert cancelled.approvals["publish", 1].status == "cancelled"


def test_a_failed_run_fails_the_steps_that_its_errors_name(in_question):
    rejected = in_question.decides("reject", "publish")
    failed = told(rejected.ends_badly(rejected.error("publish", 1, "ann rejected it")))

    assert failed.steps["publish"].status == "failed"


def test_an_instance_that_failed_for_good_fails_its_step(scripted):
    scripted.plans("media", count=2).asks("media:0").fails("media:0")
    failed = told(scripted.ends_badly(scripted.error("media:0", 1)))

    assert failed.steps["media"].status == "failed"
    assert failed.steps["edit"].status == "cancelled"


def test_an_outcome_that_comes_after_the_failure_of_the_run_is_kept(wide_story):
    story = wide_story("a").requested().asks("script").asks("seo").fails("script")
    story.ends_badly(story.error("script", 1))
    assert told(story).steps["seo"].status == "cancelled"
    assert told(story).steps["seo"].attempts[-1].status == "cancelled"

    late = told(story.completes("seo"))

    assert (late.status, late.steps["seo"].status) == ("failed", "completed")


def test_a_pause_lasts_until_it_is_resumed(scripted):
    paused = told(scripted.is_paused(reason="wrong voice"))
    assert paused.paused
    assert paused.pause is not None
    assert (paused.pause.reason, paused.pause.requested_by) == ("wrong voice", "ann")

    assert not told(scripted.goes_on()).paused
    assert not told(scripted.is_paused(1)).paused
    assert told(scripted.is_paused(2)).paused
    assert not told(scripted.is_cancelled()).paused


def test_a_run_takes_over_what_its_parent_had_made(wide_story):
    parent = Parent(run_id="old", from_step="edit", kind="rerun")
    story = wide_story("a").requested(parent=parent, reused={"script": OUTPUT, "gone": OUTPUT})

    run = told(story)

    script = run.steps["script"]
    assert (script.status, script.output, script.reused) == ("completed", OUTPUT, True)
    assert (run.status, run.parent) == ("pending", parent)
    assert not run.steps["media"].reused


def test_a_run_is_simulated_when_what_it_takes_over_is(wide_story):
    parent = Parent(run_id="old", from_step="edit", kind="rerun")
    reused = {"script": OUTPUT, "seo": OUTPUT}

    real = told(wide_story("a").requested(parent=parent, reused=reused))
    simulated = told(wide_story("a").requested(parent=parent, reused=reused, simulated=["seo"]))

    assert not real.simulated
    assert [name for name, step in simulated.steps.items() if step.simulated] == ["seo"]


def test_a_run_is_admitted_once(wide_story):
    story = wide_story("a").requested().is_admitted().is_admitted()

    assert told(story).admitted_at == story.events[1].at


def test_instances_of_a_step_that_was_not_planned_are_passed_over(scripted):
    before = told(scripted)

    after = told(scripted.asks("media:0").completes("media:0"))

    assert replace(after, updated_at=before.updated_at) == before
