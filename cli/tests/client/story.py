"""One run as the gateway would tell it: its events, and its detail."""

from datetime import UTC, datetime
from typing import Any, Literal

from contracts.artifacts import ArtifactRef
from contracts.calls import Incident
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepError,
    StepFailed,
    StepRequested,
)
from contracts.live import CallFinished, IncidentMet, LiveEvent, StepProgressed, TokensStreamed
from contracts.pipeline import Pipeline, Risk, StepSpec

RUN = "0197f0c2-7d5e-7c33-9a4e-0d5c9b1f2a11"
TOPIC = "조수 간만의 차는 왜 하루에 두 번 생길까?"
START = "2026-01-01T00:00:{:02}Z"
PIPELINE = Pipeline(
    pipeline="video",
    steps=(
        StepSpec(step="research", agent="researcher", task="research"),
        StepSpec(step="script", agent="writer", task="script", needs=("research",)),
        StepSpec(step="edit", agent="media", task="edit", needs=("script",)),
    ),
)
REF = ArtifactRef(kind="Findings", sha256="0" * 64, size_bytes=2, inline={})

type Logged = RunEvent | LiveEvent


def detail(**changes: object) -> dict[str, Any]:
    """The run as the gateway tells it, right after it was requested."""
    return {
        "run_id": RUN,
        "channel_id": "demo",
        "topic": TOPIC,
        "brand_name": "Demo",
        "status": "running",
        "current_agent": "researcher",
        "dry_run": False,
        "simulated": True,
        "created_at": START.format(0),
        "updated_at": START.format(0),
        "completed_at": None,
        "duration_s": None,
        "cost_usd": 0.0,
        "pipeline": "video",
        "language": "ko",
        "aspect": "9:16",
        "result": None,
        "errors": [],
        "steps": [step(spec) for spec in PIPELINE.steps],
        "tokens": 0,
        "unpriced_calls": 0,
    } | changes


def step(spec: StepSpec, **changes: object) -> dict[str, Any]:
    return {
        "step": spec.step,
        "agent": spec.agent,
        "task": spec.task,
        "needs": list(spec.needs),
        "status": "waiting",
        "attempt": 0,
        "requested_at": None,
        "completed_at": None,
        "duration_ms": None,
        "tokens": 0,
        "cost_usd": None,
        "output_kind": None,
        "simulated": False,
    } | changes


def completed_detail(**changes: object) -> dict[str, Any]:
    done = {"status": "completed", "attempt": 1, "requested_at": START.format(0)}
    paid = {"duration_ms": 4200, "tokens": 3512, "cost_usd": 0.0123}
    return (
        detail(
            status="completed",
            completed_at=START.format(41),
            duration_s=41.0,
            cost_usd=0.0369,
            tokens=10_536,
            steps=[step(spec, **done, **paid) for spec in PIPELINE.steps],
            result=result(),
        )
        | changes
    )


def failed_detail(**changes: object) -> dict[str, Any]:
    error = {
        "step": "script",
        "agent": "writer",
        "error": "Refused",
        "message": "the model refused the picture of scene 2",
    }
    return (
        detail(
            status="failed",
            completed_at=START.format(8),
            duration_s=8.0,
            errors=[
                error | {"attempt": 1, "retryable": True},
                error | {"attempt": 2, "retryable": False},
            ],
            steps=[
                step(PIPELINE.steps[0], status="completed", attempt=1, duration_ms=4200),
                step(PIPELINE.steps[1], status="failed", attempt=2, duration_ms=900),
                step(PIPELINE.steps[2]),
            ],
        )
        | changes
    )


def cancelled_detail(**changes: object) -> dict[str, Any]:
    return (
        detail(
            status="cancelled",
            completed_at=START.format(8),
            duration_s=8.0,
            cancel_reason="wrong topic",
            steps=[
                step(PIPELINE.steps[0], status="completed", attempt=1, duration_ms=4200),
                step(PIPELINE.steps[1], status="cancelled", attempt=1),
                step(PIPELINE.steps[2], status="cancelled"),
            ],
        )
        | changes
    )


def result() -> dict[str, Any]:
    scene = {
        "narration": "달이 바다를 당깁니다.",
        "on_screen_text": "달의 힘",
        "image_prompt": "the moon above a calm sea",
        "target_s": 6.0,
    }
    return {
        "script": {
            "title": "조수의 비밀",
            "language": "ko",
            "hook": "바닷물은 왜 하루에 두 번 들어올까요?",
            "scenes": [scene, scene],
        },
        "seo": {
            "title": "조수 간만의 진짜 이유",
            "description": "달과 지구가 함께 만드는 물의 언덕.",
            "tags": ["조수", "달"],
            "hashtags": ["#과학"],
            "chapters": [{"start_s": 65.0, "title": "달의 힘"}],
            "thumbnail_text": "왜 두 번?",
        },
        "images": ["/api/v1/artifacts/" + "1" * 64],
        "video_url": "/api/v1/artifacts/" + "2" * 64 + "?name=video.mp4",
        "thumbnail_url": "/api/v1/artifacts/" + "3" * 64,
        "subtitles_url": None,
        "duration_s": 31.2,
        "publication": {
            "destination": "library",
            "dry_run": False,
            "title": "조수 간만의 진짜 이유",
            "video_path": "library/demo/a-path/video.mp4",
            "files": ["video.mp4"],
            "note": "published to library/demo",
        },
    }


def at(second: int) -> dict[str, Any]:
    return {"run_id": RUN, "at": START.format(second)}


def requested() -> RunRequested:
    return RunRequested(pipeline=PIPELINE, brief=REF, channel_id="demo", topic=TOPIC, **at(0))


def step_requested(name: str, second: int, attempt: int = 1) -> StepRequested:
    agent = PIPELINE.step(name).agent
    return StepRequested(
        step=name, attempt=attempt, agent=agent, task=name, inputs={}, timeout_s=60, **at(second)
    )


def step_completed(name: str, second: int, attempt: int = 1) -> StepCompleted:
    agent = PIPELINE.step(name).agent
    return StepCompleted(
        step=name,
        attempt=attempt,
        agent=agent,
        output=REF,
        duration_ms=4200,
        simulated=True,
        **at(second),
    )


def step_failed(name: str, second: int, attempt: int = 1, *, retryable: bool = True) -> StepFailed:
    agent = PIPELINE.step(name).agent
    error = StepError(
        error="Refused",
        message="the model refused the picture of scene 2",
        retryable=retryable,
        step=name,
        attempt=attempt,
        agent=agent,
    )
    return StepFailed(
        step=name, attempt=attempt, agent=agent, error=error, duration_ms=900, **at(second)
    )


def progressed(name: str, second: int, fraction: float) -> StepProgressed:
    return StepProgressed(
        step=name,
        attempt=1,
        fraction=fraction,
        note=f"scene {round(fraction * 4)} of 4",
        **at(second),
    )


def written(name: str, second: int, text: str) -> TokensStreamed:
    return TokensStreamed(step=name, attempt=1, text=text, **at(second))


def met(name: str, second: int, message: str) -> IncidentMet:
    incident = Incident(
        kind="retried",
        provider="anthropic",
        model="claude-sonnet-4-5",
        error="overloaded",
        message=message,
        at=at(second)["at"],
    )
    return IncidentMet(step=name, attempt=1, incident=incident, **at(second))


def called(name: str, second: int, tokens: int, *, saved: bool = False) -> CallFinished:
    call = {"provider": "anthropic", "model": "claude-sonnet-4-5", "total_tokens": tokens}
    return CallFinished(step=name, attempt=1, saved=saved, **call, **at(second))


def good_run() -> tuple[Logged, ...]:
    return (
        requested(),
        step_requested("research", 0),
        step_completed("research", 4),
        step_requested("script", 4),
        written("script", 5, "바닷물은 왜"),
        called("script", 6, 900, saved=True),
        step_completed("script", 9),
        step_requested("edit", 9),
        progressed("edit", 12, 0.25),
        progressed("edit", 13, 0.3),
        progressed("edit", 20, 0.75),
        step_completed("edit", 40),
        RunCompleted(outputs={}, **at(41)),
    )


def bad_run() -> tuple[Logged, ...]:
    failed = step_failed("script", 7, 2, retryable=False)
    return (
        requested(),
        step_requested("research", 0),
        step_completed("research", 4),
        step_requested("script", 4),
        step_failed("script", 5),
        step_requested("script", 6, 2),
        failed,
        RunFailed(errors=(failed.error,), **at(8)),
    )


def cancelled_run() -> tuple[Logged, ...]:
    return (
        requested(),
        step_requested("research", 0),
        step_completed("research", 4),
        step_requested("script", 4),
        written("script", 5, "바닷물은 왜"),
        CancelRequested(reason="wrong topic", **at(7)),
        RunCancelled(reason="wrong topic", **at(8)),
    )


def asked(name: str, second: int, round_: int = 1, risk: Risk = "high") -> ApprovalRequested:
    return ApprovalRequested(
        step=name,
        round=round_,
        risk=risk,
        digest="0" * 64,
        agent=PIPELINE.step(name).agent,
        task=name,
        shown={},
        expires_at=datetime(2026, 1, 2, tzinfo=UTC),
        on_expiry="reject",
        revise="script",
        **at(second),
    )


def decided(
    name: str, second: int, decision: Literal["approve", "reject", "revise"], round_: int = 1
) -> ApprovalDecided:
    return ApprovalDecided(
        step=name,
        round=round_,
        digest="0" * 64,
        decision=decision,
        comment="shorter" if decision == "revise" else "",
        decided_by="ann",
        **at(second),
    )


def reviewed_run() -> tuple[Logged, ...]:
    """A run that is paused for a moment, sent back once and approved then."""
    return (
        requested(),
        step_requested("research", 0),
        step_completed("research", 4),
        RunPaused(n=1, reason="prices", requested_by="jun", **at(5)),
        RunResumed(n=1, **at(6)),
        step_requested("script", 6),
        step_completed("script", 9),
        asked("edit", 9),
        decided("edit", 12, "revise"),
        step_requested("script", 12, 2),
        step_completed("script", 15, 2),
        asked("edit", 15, 2),
        decided("edit", 20, "approve", 2),
        step_requested("edit", 20),
        step_completed("edit", 40),
        RunCompleted(outputs={}, **at(41)),
    )
