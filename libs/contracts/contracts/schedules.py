"""Runs that are asked for at times to come, and what became of the last of these times."""

from typing import Literal, Self

from pydantic import AwareDatetime, JsonValue, model_validator

from contracts.base import Frozen, Name, RunId

type OnMissed = Literal["run_once", "skip"]


class Schedule(Frozen):
    """The whole of a schedule: the message that holds it is the one that the broker fires.

    Either `cron` or `at` says when. `cron` has five fields, read in the time zone `tz`; a sixth one
    in front counts seconds. `order` is what `POST /api/v1/pipeline/run` takes. `on_missed` says
    what is done about times that passed while the system was down; those before `created_at` or
    `resumed_at` are nobody's. `made_under` tells with which Idempotency-Key it was asked for.
    """

    id: Name
    name: str = ""
    cron: str | None = None
    at: AwareDatetime | None = None
    tz: str = "UTC"
    order: dict[str, JsonValue]
    on_missed: OnMissed = "run_once"
    paused: bool = False
    created_at: AwareDatetime
    resumed_at: AwareDatetime | None = None
    requested_by: str = ""
    made_under: str | None = None

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.cron is None) == (self.at is None):
            raise ValueError("has both or neither of cron and at: give one of them")
        return self


class ScheduleOutcome(Frozen):
    """What became of a schedule at `fire_at`, the last of its times; decided at `at`.

    `created_at` is that of the schedule, which tells it from an earlier one of the same id.
    `done` is a schedule that fires no more: nothing else keeps it.
    """

    schedule_id: Name
    created_at: AwareDatetime
    fire_at: AwareDatetime
    at: AwareDatetime
    outcome: Literal["run", "skipped", "failed"]
    run_id: RunId | None = None
    error: str = ""
    done: Schedule | None = None
