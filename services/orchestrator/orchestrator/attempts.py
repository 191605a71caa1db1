"""The attempts of one piece of work: of a step, or of one instance of it."""

from datetime import datetime
from typing import Literal, NamedTuple

from contracts.artifacts import ArtifactRef
from contracts.events import (
    StepCompleted,
    StepError,
    StepFailed,
    StepOutcome,
    StepRequested,
    StepSkipped,
)
from contracts.pipeline import RetryPolicy

type Status = Literal["waiting", "requested", "completed", "failing", "failed", "skipped"]
"""`failing` is tried again, `failed` is not."""


class Attempts(NamedTuple):
    """What is known of the newest attempt, `last`, which is 0 while there is none.

    Those up to `base` belong to earlier rounds: whatever is still heard of them changes nothing.
    """

    status: Status = "waiting"
    round: int = 1
    base: int = 0
    last: int = 0
    output: ArtifactRef | None = None
    error: StepError | None = None
    retry_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in {"completed", "failed", "skipped"}

    def after(
        self, event: StepRequested | StepSkipped | StepOutcome, retry: RetryPolicy
    ) -> "Attempts":
        """Return the attempts after `event`, the same after a repeated or an overtaken one."""
        if event.attempt <= self.last and not self._is_answered_by(event):
            return self
        if self.status in {"completed", "skipped"}:
            return self._replace(last=event.attempt)
        match event:
            case StepRequested():
                return self._at("requested", event.attempt)
            case StepSkipped():
                return self._at("skipped", event.attempt)
            case StepCompleted():
                return Attempts("completed", self.round, self.base, event.attempt, event.output)
            case _:
                return self._after_failure(event, retry)

    def planned(self, attempt: int) -> "Attempts":
        """Return the attempts when `attempt` stands for all that the instances will do."""
        return self._at("requested", attempt)

    def anew(self, round_: int, *, used: int) -> "Attempts":
        """Return the attempts at the beginning of another round: those up to `used` are over."""
        return Attempts(round=round_, base=used, last=used)

    def _is_answered_by(self, event: StepRequested | StepSkipped | StepOutcome) -> bool:
        is_outcome = isinstance(event, StepCompleted | StepFailed)
        return is_outcome and event.attempt == self.last and self.status == "requested"

    def _after_failure(self, event: StepFailed, retry: RetryPolicy) -> "Attempts":
        """An attempt that nobody was asked for fails for good: its step cannot be planned."""
        may_retry = (
            self.status == "requested"
            and event.error.retryable
            and event.error.error not in retry.non_retryable
            and event.attempt - self.base < retry.max_attempts
        )
        if not may_retry:
            return self._at("failed", event.attempt)._replace(error=event.error)
        asked_s = event.error.retry_after_s
        pause = retry.wait(event.run_id, event.step, event.attempt, retry_after_s=asked_s)
        failing = self._at("failing", event.attempt)
        return failing._replace(error=event.error, retry_at=event.at + pause)

    def _at(self, status: Status, attempt: int) -> "Attempts":
        return Attempts(status, self.round, self.base, attempt)
