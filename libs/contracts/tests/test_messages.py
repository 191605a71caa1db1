"""Rules that messages keep by themselves."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from contracts import subjects
from contracts.artifacts import TAGS_MAX_CHARS, Seo
from contracts.calls import Usage
from contracts.events import RUN_ENDS, StepError, StepFailed, Timer
from contracts.schedules import Schedule


def seo(*tags: str) -> Seo:
    return Seo(title="t", description="", tags=tags, hashtags=(), chapters=(), thumbnail_text="")


def test_tags_may_fill_their_room_and_no_more() -> None:
    full = seo("a" * 100, "b" * (TAGS_MAX_CHARS - 101))

    assert len(",".join(full.tags)) == TAGS_MAX_CHARS
    with pytest.raises(ValidationError, match="tags have 501 characters, at most 500 are allowed"):
        seo("a" * 100, "b" * (TAGS_MAX_CHARS - 100))


def test_buckets_add_up_to_the_totals() -> None:
    tokens = [name for name in Usage.model_fields if name[-1] != "s" and name != "images"]
    usage = Usage(**{name: 10**place for place, name in enumerate(tokens)}, characters=5, images=6)

    assert len(tokens) == 9
    assert usage.prompt_tokens == 11_111
    assert usage.completion_tokens == 111_100_000
    assert usage.total_tokens == 111_111_111


@pytest.mark.parametrize(
    ("subject", "pattern"),
    [
        (subjects.call("r1", "script", "d", 1), subjects.calls_of("r1")),
        (
            subjects.saved_call(subjects.call("r1", "media:3", "d", 1), "r2", 2),
            subjects.calls_of("r1"),
        ),
        (subjects.live("r1", "script"), subjects.live_of("r1")),
        (subjects.timer_fired("r1", "script", 1), subjects.FIRED_TIMERS),
        (subjects.timer("r1", "script", 1), subjects.ALL_TIMERS),
        (subjects.schedule("s1"), subjects.ALL_SCHEDULES),
        (subjects.schedule_due("s1"), subjects.DUE_SCHEDULES),
        (subjects.schedule_outcome("s1"), subjects.SCHEDULE_OUTCOMES),
        (subjects.outcome_of("r1", "script", 2, "writer"), subjects.of_run("r1")),
        ("run.r1.script.2.requested.writer", subjects.requests_to("writer")),
        ("run.r1.completed", subjects.of_run("r1")),
        (subjects.control("r1"), subjects.ALL_CONTROL),
        ("run.r1.cancel", subjects.of_run("r1")),
    ],
)
def test_a_subject_is_matched_by_its_pattern(subject: str, pattern: str) -> None:
    assert is_match(subject.split("."), pattern.split("."))
    assert not is_match(["other", "r1", "script", "2", "completed"], pattern.split("."))


def test_what_wakes_the_scheduler_wakes_no_orchestrator() -> None:
    due = subjects.schedule_due("s1").split(".")

    assert not is_match(due, subjects.FIRED_TIMERS.split("."))
    assert not is_match(subjects.schedule("s1").split("."), subjects.DUE_SCHEDULES.split("."))
    assert subjects.schedule_id_of(subjects.schedule("s1")) == "s1"


@pytest.mark.parametrize("times", [{}, {"cron": "0 9 * * *", "at": "2026-01-01T00:00:00Z"}])
def test_a_schedule_has_one_time(times: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="both or neither of cron and at"):
        Schedule.model_validate(
            {"id": "s1", "order": {}, "created_at": "2026-01-01T00:00Z"} | times
        )


def test_a_request_is_no_outcome() -> None:
    assert not subjects.is_outcome("run.r1.script.2.requested.writer")
    assert not subjects.is_outcome("run.r1.outcome.2.requested.writer")
    assert subjects.is_outcome(subjects.outcome_of("r1", "script", 2, "writer"))


OUTCOME = StepFailed(
    run_id="r1",
    at=datetime(2026, 1, 1, tzinfo=UTC),
    step="script",
    attempt=2,
    agent="writer",
    error=StepError(
        error="X", message="x", retryable=True, step="script", attempt=2, agent="writer"
    ),
    duration_ms=1,
)


@pytest.mark.parametrize("subject", ["run.r1.script.2.outcome.writer", "run.r1.script.2.failed"])
def test_an_event_is_read_on_its_subject_of_this_or_an_earlier_release(subject: str) -> None:
    assert subjects.event_on(subject, OUTCOME.model_dump_json().encode()) == OUTCOME


@pytest.mark.parametrize(
    "subject",
    [
        "run.r1.script.2.outcome.media",
        "run.r1.script.1.outcome.writer",
        "run.r2.script.2.outcome.writer",
        "run.r1.script.2.completed",
        "run.r1.failed",
    ],
)
def test_an_event_on_the_subject_of_another_is_none(subject: str) -> None:
    with pytest.raises(subjects.MisplacedError, match="of run r1 does not belong on"):
        subjects.event_on(subject, OUTCOME.model_dump_json().encode())


def test_what_is_no_event_has_no_subject() -> None:
    with pytest.raises(KeyError):
        subjects.of_event(Timer(run_id="r1"))


def test_every_end_of_a_run_is_known_by_its_subject() -> None:
    ends = [kind.model_construct(run_id="r1") for kind in RUN_ENDS]

    assert tuple(subjects.of_event(end) for end in ends) == subjects.ends_of("r1")  # type: ignore[arg-type]


def test_the_turns_of_a_run_are_what_is_of_no_step() -> None:
    turns = subjects.turns_of("r1").split(".")
    ends = subjects.ends_of("r1")

    assert all(is_match(subject.split("."), turns) for subject in ends)
    assert is_match(subjects.beginning_of("r1").split("."), turns)
    assert not is_match(["run", "r1", "script", "1", "completed"], turns)
    assert not is_match(["run", "r1", "pause", "1"], turns)


def test_an_agent_has_one_durable() -> None:
    assert subjects.durable_of("writer") == "agent-writer"


def is_match(subject: list[str], pattern: list[str]) -> bool:
    """Match as the broker does: `*` is one token, `>` one or more at the end."""
    if not pattern or not subject:
        return not pattern and not subject
    if pattern[0] == ">":
        return True
    return pattern[0] in {"*", subject[0]} and is_match(subject[1:], pattern[1:])


def test_the_subject_of_a_request_says_which_attempt_it_is() -> None:
    requested = subjects.requested_by("run.r1.script.2.requested.writer")

    assert requested == ("r1", "script", 2, "writer")
    for other in ("run.r1.requested", "run.r1.script.x.requested.writer", ""):
        with pytest.raises(ValueError, match=r"unpack|invalid literal"):
            subjects.requested_by(other)


def test_the_subject_of_a_call_says_whose_it_is_and_who_saved_it() -> None:
    paid = subjects.call("r1", "media:3", "d", 7)

    assert subjects.called(paid) == ("r1", "media:3", None)
    assert subjects.called(subjects.saved_call(paid, "r2", 4)) == ("r1", "media:3", ("r2", 4))


@pytest.mark.parametrize(
    "subject", ["", "call.r1", "run.r1.script.d.1", "call.r1.s.d.1.spent.r2.1", f"{'call.' * 9}"]
)
def test_the_subject_of_something_else_is_not_of_a_call(subject: str) -> None:
    with pytest.raises(ValueError, match="is not the subject of a call"):
        subjects.called(subject)


def test_the_durable_of_an_agent_names_it_and_no_other_reader_is_one() -> None:
    assert subjects.agent_of(subjects.durable_of("writer")) == "writer"
    for reader in (subjects.ORCHESTRATOR, subjects.PROJECTOR, subjects.USAGE):
        assert not subjects.agent_of(reader)
