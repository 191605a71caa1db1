"""Schedules as the CLI sends and shows them. Fields unknown here are ignored."""

from typing import Literal

from pydantic import AwareDatetime

from contracts.base import Frozen
from yaa.views import Plain, RunOrder, RunStatus


class ScheduleDraft(Frozen):
    """What a person wants to be run when. The gateway reads `cron`, `at` and `tz`."""

    id: str | None = None
    name: str = ""
    cron: str | None = None
    at: str | None = None
    tz: str = "UTC"
    on_missed: Literal["run_once", "skip"] = "run_once"
    order: RunOrder


class LastFire(Frozen):
    fire_at: AwareDatetime
    outcome: Literal["run", "skipped", "failed"]
    run_id: Plain | None = None
    run_status: RunStatus | None = None
    error: Plain = ""


class ScheduleOrder(Frozen):
    topic: Plain = ""
    channel_id: Plain = ""
    pipeline: Plain = ""


class ScheduleView(Frozen):
    id: Plain
    name: Plain = ""
    cron: Plain | None = None
    at: AwareDatetime | None = None
    tz: Plain = "UTC"
    when: Plain
    on_missed: Literal["run_once", "skip"] = "run_once"
    state: Literal["active", "paused", "due", "done"]
    next_fire_at: AwareDatetime | None = None
    last: LastFire | None = None
    order: ScheduleOrder
    created_at: AwareDatetime
    requested_by: Plain = ""


class SchedulePage(Frozen):
    items: tuple[ScheduleView, ...]
    total: int
