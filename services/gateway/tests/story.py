"""Runs as the log tells them, event by event."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count

import orjson
import yaml

from contracts.artifacts import Artifact, ArtifactRef, Brief
from contracts.base import step_of
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunDeleted,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepError,
    StepFailed,
    StepPlanned,
    StepRequested,
    StepSkipped,
)
from contracts.pipeline import Pipeline

T0 = datetime(2026, 1, 1, tzinfo=UTC)

PIPELINE_YAML = """
pipeline: video
steps:
  - {step: script, agent: writer}
  - {step: seo, agent: writer, needs: [script]}
  - {step: media, agent: media, needs: [script]}
"""
PIPELINE = Pipeline.model_validate(yaml.safe_load(PIPELINE_YAML))

WIDE = Pipeline.model_validate(
    yaml.safe_load("""
pipeline: wide
steps:
  - {step: script, agent: writer}
  - {step: media, agent: media, needs: [script], for_each: script.scenes}
  - {step: seo, agent: writer, needs: [script], when: brief.review}
  - {step: edit, agent: media, needs: [media]}
  - {step: publish, agent: publisher, needs: [edit, seo], approval: {revise: script}}
""")
)
"""Instances, a condition and an approval that can have the script written anew."""


def ref_to(artifact: Artifact | dict[str, object], kind: str = "") -> ArtifactRef:
    inline = artifact.model_dump(mode="json") if isinstance(artifact, Artifact) else artifact
    body = orjson.dumps(inline)
    return ArtifactRef(
        kind=kind or type(artifact).__name__,
        sha256=hashlib.sha256(body).hexdigest(),
        size_bytes=len(body),
        inline=inline,
    )


class Story:
    """Tells what happened to one run, a second after another."""

    def __init__(
        self,
        run_id: str,
        channel_id: str = "demo",
        pipeline: Pipeline = PIPELINE,
        *,
        at: datetime = T0,
    ) -> None:
        self.run_id = run_id
        self.channel_id = channel_id
        self.pipeline = pipeline
        self.events = list[RunEvent]()
        self._at = at
        self._seconds = count()

    def requested(
        self, topic: str = "왜 하늘은 파란가", *, dry_run: bool = False, **more: object
    ) -> "Story":
        brief = Brief(topic=topic, channel_id=self.channel_id, brand_name="Demo", dry_run=dry_run)
        return self._tell(
            RunRequested(
                run_id=self.run_id,
                at=self._now(),
                pipeline=self.pipeline,
                brief=ref_to(brief),
                channel_id=self.channel_id,
                topic=topic,
                brand_name="Demo",
                dry_run=dry_run,
                **more,
            )
        )

    def asks(self, step: str, attempt: int = 1) -> "Story":
        spec = self.pipeline.step(step_of(step)[0])
        return self._tell(
            StepRequested(
                run_id=self.run_id,
                at=self._now(),
                step=step,
                attempt=attempt,
                agent=spec.agent,
                task=spec.task,
                inputs={},
                timeout_s=60,
            )
        )

    def completes(
        self, step: str, output: ArtifactRef | None = None, *, attempt: int = 1, **more: object
    ) -> "Story":
        told = {
            "run_id": self.run_id,
            "at": self._now(),
            "step": step,
            "attempt": attempt,
            "agent": self.pipeline.step(step_of(step)[0]).agent,
            "output": output or ref_to({"of": step}, "Anything"),
            "duration_ms": 700,
            **more,
        }
        return self._tell(StepCompleted.model_validate(told))

    def fails(
        self, step: str, attempt: int = 1, *, message: str = "the model was busy", **more: object
    ) -> "Story":
        error = self.error(step, attempt, message)
        told = {
            "run_id": self.run_id,
            "at": self._now(),
            "step": step,
            "attempt": attempt,
            "agent": error.agent,
            "error": error,
            "duration_ms": 300,
            **more,
        }
        return self._tell(StepFailed.model_validate(told))

    def error(self, step: str, attempt: int, message: str = "the model was busy") -> StepError:
        agent = self.pipeline.step(step_of(step)[0]).agent
        return StepError(
            error="OverloadedError",
            message=message,
            retryable=True,
            step=step,
            attempt=attempt,
            agent=agent,
        )

    def ends(self, **outputs: ArtifactRef) -> "Story":
        return self._tell(RunCompleted(run_id=self.run_id, at=self._now(), outputs=outputs))

    def ends_badly(self, *errors: StepError) -> "Story":
        return self._tell(RunFailed(run_id=self.run_id, at=self._now(), errors=errors))

    def wants_no_more(self, reason: str = "") -> "Story":
        return self._tell(CancelRequested(run_id=self.run_id, at=self._now(), reason=reason))

    def is_cancelled(self, reason: str = "") -> "Story":
        """Tell that somebody wants it to stop, and that it does."""
        self.wants_no_more(reason)
        return self._tell(RunCancelled(run_id=self.run_id, at=self._now(), reason=reason))

    def plans(self, step: str, attempt: int = 1, *, count: int | None = None) -> "Story":
        items = None if count is None else ref_to({"values": list(range(count))}, "Items")
        return self._tell(
            StepPlanned(
                run_id=self.run_id,
                at=self._now(),
                step=step,
                attempt=attempt,
                items=items,
                count=count,
            )
        )

    def skips(self, step: str, attempt: int = 1, reason: str = "nobody wants it") -> "Story":
        told = {"run_id": self.run_id, "at": self._now(), "step": step, "attempt": attempt}
        return self._tell(StepSkipped.model_validate({**told, "reason": reason}))

    def runs_each(self, step: str, count: int, attempt: int = 1) -> "Story":
        """Tell that instances of a step are requested all at once and end the last one first."""
        for index in range(count):
            self.asks(f"{step}:{index}", attempt)
        for index in reversed(range(count)):
            self.completes(f"{step}:{index}", attempt=attempt)
        return self

    def asks_a_person(self, step: str, round_: int = 1, **more: object) -> "Story":
        spec, at = self.pipeline.step(step), self._now()
        policy = spec.approval
        told = {
            "run_id": self.run_id,
            "at": at,
            "step": step,
            "round": round_,
            "risk": "high",
            "digest": f"{round_:064}",
            "agent": spec.agent,
            "task": spec.task,
            "shown": {"brief": ref_to({"topic": "sky"}, "Brief")},
            "expires_at": at + timedelta(days=1),
            "on_expiry": "reject",
            "revise": None if policy is None else policy.revise,
            **more,
        }
        return self._tell(ApprovalRequested.model_validate(told))

    def decides(self, decision: str, step: str, round_: int = 1, **more: object) -> "Story":
        told = {
            "run_id": self.run_id,
            "at": self._now(),
            "step": step,
            "round": round_,
            "digest": f"{round_:064}",
            "decision": decision,
            "decided_by": "ann",
            **more,
        }
        return self._tell(ApprovalDecided.model_validate(told))

    def is_admitted(self) -> "Story":
        return self._tell(RunAdmitted(run_id=self.run_id, at=self._now()))

    def is_paused(self, n: int = 1, reason: str = "") -> "Story":
        pause = RunPaused(
            run_id=self.run_id, at=self._now(), n=n, reason=reason, requested_by="ann"
        )
        return self._tell(pause)

    def goes_on(self, n: int = 1) -> "Story":
        return self._tell(RunResumed(run_id=self.run_id, at=self._now(), n=n))

    def revised_whole(self) -> "Story":
        """Tell a run of the wide pipeline with all there is: it is revised once."""
        self.requested(priority="high", requested_by="bob").is_admitted()
        self.asks("script").is_paused().completes("script").goes_on()
        self.plans("media", count=3).skips("seo")
        self.asks("media:0").asks("media:1").fails("media:1").completes("media:0")
        self.asks("media:2").asks("media:1", 2).completes("media:1", attempt=2)
        self.completes("media:2").completes("media", ref_to({"outputs": []}, "Joined"))
        self.asks("edit").completes("edit").asks_a_person("publish")
        self.decides("revise", "publish", comment="shorter")
        self.asks("script", 2).completes("script", attempt=2)
        self.plans("media", 2, count=2).skips("seo", 2).runs_each("media", 2, attempt=3)
        self.completes("media", ref_to({"outputs": []}, "Joined"), attempt=2)
        self.asks("edit", 2).completes("edit", attempt=2).asks_a_person("publish", 2)
        self.decides("approve", "publish", 2).asks("publish").completes("publish")
        return self.ends()

    def whole(self) -> "Story":
        """Tell a run that completes, with one retry in it."""
        self.requested().asks("script").fails("script").asks("script", 2)
        self.completes("script", attempt=2).asks("seo").asks("media")
        return self.completes("media").completes("seo", simulated=True).ends()

    def is_deleted(self) -> "Story":
        return self._tell(RunDeleted(run_id=self.run_id, at=self._now(), requested_by="policy"))

    def _now(self) -> datetime:
        return self._at + timedelta(seconds=next(self._seconds))

    def _tell(self, event: RunEvent) -> "Story":
        self.events.append(event)
        return self
