"""What a repetition takes over and runs again: nothing but functions."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from contracts.artifacts import ArtifactRef, Revision
from contracts.base import step_of
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    Parent,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepPlanned,
    StepRequested,
    StepSkipped,
)
from contracts.pipeline import Pipeline
from contracts.references import inline_ref
from gateway.repeats import (
    Asked,
    EditError,
    NotRetriableError,
    RepeatError,
    UnderWayError,
    refuse_rerun,
    rerun_of,
    retry_id,
    retry_of,
    told_by,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)
LATER = T0 + timedelta(hours=1)
ASKED = Asked("child", LATER, request_id="q")
PIPELINE = Pipeline.model_validate(
    {
        "pipeline": "video",
        "steps": [
            {"step": "research", "agent": "researcher"},
            {"step": "script", "agent": "writer", "needs": ["research"]},
            {"step": "seo", "agent": "writer", "needs": ["script"], "continue_on_error": True},
            {"step": "media", "agent": "media", "needs": ["script"]},
            {
                "step": "publish",
                "agent": "publisher",
                "needs": ["seo", "media"],
                "approval": {"revise": "script"},
            },
        ],
    }
)


def ref(name: str) -> ArtifactRef:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return ArtifactRef(kind="Anything", sha256=sha256, size_bytes=2)


def requested(**more: object) -> RunRequested:
    request = RunRequested(
        run_id="a", at=T0, pipeline=PIPELINE, brief=ref("brief"), channel_id="demo", topic="t"
    )
    return request.model_copy(update=more)


def agent_of(step: str) -> str:
    return PIPELINE.step(step_of(step)[0]).agent


def asks(step: str, attempt: int = 1) -> StepRequested:
    return StepRequested(
        run_id="a",
        at=T0,
        step=step,
        attempt=attempt,
        agent=agent_of(step),
        task="x",
        inputs={},
        timeout_s=1,
    )


def gives(step: str, output: str = "", attempt: int = 1) -> StepCompleted:
    return StepCompleted(
        run_id="a",
        at=T0,
        step=step,
        attempt=attempt,
        agent=agent_of(step),
        output=ref(output or step),
        duration_ms=1,
    )


def fails(step: str, attempt: int = 1) -> StepFailed:
    error = StepError(
        error="E", message="m", retryable=False, step=step, attempt=attempt, agent=agent_of(step)
    )
    return StepFailed(
        run_id="a",
        at=T0,
        step=step,
        attempt=attempt,
        agent=agent_of(step),
        error=error,
        duration_ms=1,
    )


def skips(step: str) -> StepSkipped:
    return StepSkipped(run_id="a", at=T0, step=step, attempt=1, reason="not wanted")


def revises() -> list[RunEvent]:
    """A person is asked, and wants something changed."""
    asked = ApprovalRequested(
        run_id="a",
        at=T0,
        step="publish",
        round=1,
        risk="high",
        digest="0" * 64,
        agent="publisher",
        task="publish",
        shown={},
        expires_at=LATER,
        on_expiry="reject",
        revise="script",
    )
    decided = ApprovalDecided(
        run_id="a",
        at=T0,
        step="publish",
        round=1,
        digest="0" * 64,
        decision="revise",
        comment="shorter",
    )
    return [asked, decided]


FAILED = RunFailed(run_id="a", at=T0, errors=())
COMPLETED = RunCompleted(run_id="a", at=T0, outputs={})
CANCELLED = RunCancelled(run_id="a", at=T0)
WHOLE = [gives(spec.step) for spec in PIPELINE.steps]


def told(*events, **request):
    found = told_by([requested(**request), *events])
    assert found is not None
    return found


def taken_over(child: RunRequested) -> dict[str, str]:
    """Return what was taken over, by the names it was made of."""
    names = {ref(name).sha256: name for name in (*("new", "brief"), *(e.step for e in WHOLE))}
    return {step: names[each.sha256] for step, each in child.reused.items()}


def test_a_retry_takes_over_what_there_is_and_goes_on_from_the_rest():
    run = told(gives("research"), gives("script"), gives("seo"), fails("media"), FAILED)

    child = retry_of(run, ASKED)

    assert taken_over(child) == {step: step for step in ("research", "script", "seo")}
    assert child.parent == Parent(run_id="a", from_step="media", kind="retry")
    assert child.journal_id == "a"
    same = {"run_id", "at", "request_id", "parent", "reused", "journal_id"}
    assert child.model_dump(exclude=same) == run.request.model_dump(exclude=same)
    assert (child.run_id, child.at, child.request_id) == ("child", LATER, "q")


def test_a_retry_of_a_cancelled_run_goes_on_from_the_first_step_that_was_not_done():
    run = told(gives("research"), asks("script"), CANCELLED)

    child = retry_of(run, ASKED)

    assert taken_over(child) == {"research": "research"}
    assert child.parent == Parent(run_id="a", from_step="script", kind="retry")


def test_a_family_shares_the_journal_of_its_root_unless_a_fresh_one_is_wanted():
    grandchild = told(FAILED, journal_id="root")
    fresh = Asked("child", LATER, fresh=True)

    assert retry_of(grandchild, ASKED).journal_id == "root"
    assert retry_of(grandchild, fresh).journal_id is None
    assert retry_of(told(FAILED), ASKED).journal_id == "a"


def test_what_the_parent_took_over_is_taken_over_again():
    run = told(gives("script"), FAILED, reused={"research": ref("research")})

    assert set(retry_of(run, ASKED).reused) == {"research", "script"}


def test_what_the_simulator_had_a_part_in_stays_so_in_the_child():
    made_up = gives("script").model_copy(update={"simulated": True})
    run = told(gives("research"), made_up, FAILED)

    assert retry_of(run, ASKED).simulated == ("script",)


def test_a_deadline_leaves_the_child_as_long_as_its_parent():
    run = told(FAILED, deadline_at=T0 + timedelta(minutes=5))

    assert retry_of(run, ASKED).deadline_at == LATER + timedelta(minutes=5)
    assert retry_of(told(FAILED), ASKED).deadline_at is None


def test_a_run_that_took_too_long_is_given_more_time():
    hours = timedelta(hours=2)
    run = told(*WHOLE, FAILED, deadline_at=T0 + timedelta(seconds=5))
    asked = Asked("child", LATER, deadline_in=hours)

    assert retry_of(run, asked).deadline_at == LATER + hours
    assert rerun_of(run, asked, "media", {}).deadline_at == LATER + hours


def test_whoever_asks_for_a_retry_is_who_asks_for_the_run():
    run = told(FAILED, requested_by="minji")

    assert retry_of(run, ASKED).requested_by == "minji"
    assert retry_of(run, Asked("c", LATER, requested_by="jun")).requested_by == "jun"
    scheduled = told(FAILED, requested_by="schedule:a", on_behalf_of="minji")
    assert retry_of(scheduled, ASKED).on_behalf_of == "minji"
    assert retry_of(scheduled, Asked("c", LATER, requested_by="jun")).on_behalf_of == ""


def test_what_a_revision_runs_again_is_not_taken_over():
    done = [gives(step) for step in ("research", "script", "seo", "media")]

    undone = told(*done, *revises(), CANCELLED)
    half = told(*done, *revises(), asks("script", 2), gives("script", "new", 2), CANCELLED)

    assert taken_over(retry_of(undone, ASKED)) == {"research": "research"}
    assert taken_over(retry_of(half, ASKED)) == {"research": "research", "script": "new"}


def test_a_step_that_was_sent_back_runs_again_with_what_is_wanted_of_it():
    done = [gives(step) for step in ("research", "script", "seo", "media")]
    again = [asks("script", 2), gives("script", "new", 2)]
    wanted = Revision(comment="shorter", round=1, previous=ref("script"))

    undone = retry_of(told(*done, *revises(), CANCELLED), ASKED)
    made = told(*done, *revises(), *again, CANCELLED)

    assert undone.revisions == {"script": inline_ref(wanted)}
    assert retry_of(told(CANCELLED, revisions=undone.revisions), ASKED).revisions
    assert retry_of(made, ASKED).revisions == {}
    rest = [gives("seo", attempt=2), gives("media", attempt=2)]
    everything = told(*done, *revises(), *again, *rest, FAILED)
    assert rerun_of(everything, ASKED, "script", {}).revisions == undone.revisions
    assert rerun_of(everything, ASKED, "research", {}).revisions == {}


def test_the_instances_of_a_step_are_not_its_output():
    planned = StepPlanned(run_id="a", at=T0, step="media", attempt=1, count=2)
    begun = [gives("script"), planned, asks("media:0"), gives("media:0"), fails("media:1")]

    assert set(retry_of(told(*begun, FAILED), ASKED).reused) == {"script"}
    assert set(retry_of(told(*begun, gives("media"), FAILED), ASKED).reused) == {"script", "media"}


@pytest.mark.parametrize(("events", "says"), [([], "is under way"), ([COMPLETED], "has completed")])
def test_only_a_failed_or_cancelled_run_is_retried(events, says):
    with pytest.raises(NotRetriableError, match=f"run a {says}: only one that failed or was"):
        retry_of(told(*events), ASKED)


def test_a_run_that_was_never_asked_for_tells_nothing():
    assert told_by([gives("script"), FAILED]) is None


def test_a_run_has_one_retry_of_each_sort():
    assert retry_id("a", fresh=False) == retry_id("a", fresh=False)
    assert len({retry_id(run, fresh=fresh) for run in "ab" for fresh in (False, True)}) == 4


def test_a_rerun_runs_its_step_and_all_behind_it():
    run = told(*WHOLE, COMPLETED)

    from_media = rerun_of(run, ASKED, "media", {})
    from_script = rerun_of(run, ASKED, "script", {})

    assert set(from_media.reused) == {"research", "script", "seo"}
    assert from_media.parent == Parent(run_id="a", from_step="media", kind="rerun")
    assert set(from_script.reused) == {"research"}
    assert from_script.journal_id == "a"


def test_an_edited_output_replaces_the_one_that_was():
    child = rerun_of(told(*WHOLE, COMPLETED), ASKED, "media", {"script": ref("new")})

    assert taken_over(child) == {"research": "research", "script": "new", "seo": "seo"}


def test_a_step_that_was_skipped_or_may_fail_needs_no_output():
    refuse_rerun(told(skips("research"), gives("script"), gives("media"), FAILED), "seo", [])
    most = [gives("research"), gives("script"), fails("seo"), gives("media"), COMPLETED]
    refuse_rerun(told(*most), "publish", [])
    refuse_rerun(told(skips("research"), skips("script"), COMPLETED), "script", ["brief"])

    assert "seo" not in rerun_of(told(*most), ASKED, "publish", {}).reused


REFUSED = [
    ([], "media", [], UnderWayError, "run a is under way: wait for its end, or cancel it"),
    ([COMPLETED], "edit", [], RepeatError, "no step 'edit': use one of research, script, seo"),
    (
        [gives("research"), gives("script"), gives("seo"), fails("media"), FAILED],
        "publish",
        [],
        RepeatError,
        "step 'media', which would not run again, has no output; rerun from a step before it,",
    ),
    (
        [*WHOLE, COMPLETED],
        "media",
        ["research"],
        EditError,
        "no step from 'media' on takes it as it was; edit one of brief, script, seo",
    ),
    (
        [skips("research"), skips("script"), skips("seo"), skips("media"), COMPLETED],
        "media",
        ["script"],
        RepeatError,
        "from 'media': it needs 'script', which was skipped and would be again; edit the brief",
    ),
    ([*WHOLE, COMPLETED], "media", ["media"], EditError, "'media' cannot be edited"),
    (
        [gives("research"), gives("script"), skips("seo"), gives("media"), COMPLETED],
        "publish",
        ["brief", "seo"],
        EditError,
        "step 'seo' of run a has no output to be edited: it was skipped or failed",
    ),
]


@pytest.mark.parametrize(("events", "step", "edits", "kind", "says"), REFUSED)
def test_what_cannot_be_rerun_is_refused_in_one_sentence(events, step, edits, kind, says):
    with pytest.raises(kind) as refusal:
        refuse_rerun(told(*events), step, edits)

    assert says in str(refusal.value)
