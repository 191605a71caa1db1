"""Schedules as they are sent to us and as they are shown."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.base import Name
from contracts.schedules import OnMissed, Schedule, ScheduleOutcome
from gateway import cron, zones
from gateway.api.problems import ProblemError, unprocessable
from gateway.api.times import Zone
from gateway.intake import RunOrder
from gateway.moments import NO_NUMBER
from gateway.schedules import Kept, State, cron_of
from gateway.state import RunStatus
from gateway.text import refuse_control_characters

MAX_AHEAD = timedelta(days=3660)
_LOCAL = "%Y-%m-%d %H:%M"
_UTC = zones.zone_of("UTC")


def _cron(text: str) -> str:
    return cron.parse(text, _UTC).text


class ScheduleDraft(BaseModel):
    """Either `cron` (minute hour day month weekday) or `at` says when, in the time zone `tz`.

    `order` is what a run is asked for with. A time that passes while the system is down has
    one run as soon as it is up again, or none when `on_missed` is `skip`.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "morning",
                    "cron": "0 9 * * MON-FRI",
                    "tz": "Asia/Seoul",
                    "order": {"topic": "오늘의 과학", "channel_id": "demo"},
                }
            ]
        },
    )

    id: Name | None = None
    name: Annotated[str, AfterValidator(str.strip), AfterValidator(refuse_control_characters)] = (
        Field("", max_length=100)
    )
    cron: Annotated[str, AfterValidator(_cron)] | None = None
    at: Annotated[datetime, NO_NUMBER] | None = None
    tz: Zone = "UTC"
    on_missed: OnMissed = "run_once"
    order: RunOrder

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if self.cron is not None and self.at is not None:
            raise ValueError("has both cron and at: give one of them")
        if self.cron is None and self.at is None:
            raise ValueError("has neither cron nor at: give one of them")
        return self

    def schedule(
        self, schedule_id: str, now: datetime, *, made_under: str | None = None
    ) -> Schedule:
        """Return the schedule that is asked for.

        Raises:
            ProblemError: its one time has passed, never comes, or is too far away.
        """
        return Schedule(
            id=schedule_id,
            name=self.name,
            cron=self.cron,
            at=None if self.at is None else _moment_of(self.at, self.tz, now),
            tz=self.tz,
            order=self.order.model_dump(mode="json", exclude_none=True, exclude={"requested_by"}),
            on_missed=self.on_missed,
            created_at=now,
            requested_by=self.order.requested_by,
            made_under=made_under,
        )


def _moment_of(at: datetime, tz: str, now: datetime) -> datetime:
    """Return a time as it was written, in the zone of the schedule unless it says its own."""
    zone = zones.zone_of(tz)
    if at.year in {MINYEAR, MAXYEAR}:
        raise _too_far(at)  # another zone may have no such time
    moment = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    local = moment.astimezone(zone)
    if at.tzinfo is None and local.replace(tzinfo=None) != at:
        raise unprocessable(
            "time-skipped",
            f"at {at:{_LOCAL}} never comes in {tz}, where the clocks are put forward over it: "
            "use another time",
        )
    if moment <= now:
        raise unprocessable(
            "time-not-ahead",
            f"at {local:{_LOCAL}} has passed, it is {now.astimezone(zone):{_LOCAL}} in {tz}: "
            "use a time to come",
        )
    if moment > now + MAX_AHEAD:
        raise _too_far(local)
    return moment


def _too_far(at: datetime) -> ProblemError:
    return unprocessable(
        "time-too-far", f"at {at:{_LOCAL}} is too far away: use one in the next ten years"
    )


class LastFire(BaseModel):
    """What became of a schedule at the last of its times, `fire_at`; decided at `at`.

    `error` is the sentence that says why there is no run when `outcome` is `failed`.
    `run_status` is null when there is no run, or while the database does not tell.
    """

    fire_at: AwareDatetime
    at: AwareDatetime
    outcome: Literal["run", "skipped", "failed"]
    run_id: str | None
    run_status: RunStatus | None
    error: str


class ScheduleView(BaseModel):
    """`when` is cron or at in words. `next_fire_at` is null unless `state` is `active`."""

    id: Name
    name: str
    cron: str | None
    at: AwareDatetime | None
    tz: str
    when: str
    on_missed: OnMissed
    state: State
    next_fire_at: AwareDatetime | None
    last: LastFire | None
    order: dict[str, Any]
    created_at: AwareDatetime
    requested_by: str


class SchedulePage(BaseModel):
    """`total` counts those that are not in `items` too."""

    items: tuple[ScheduleView, ...]
    total: int


def view_of(kept: Kept, now: datetime, statuses: dict[str, RunStatus] | None) -> ScheduleView:
    """Return what is shown of a schedule; `statuses` of runs are None when nobody tells them."""
    schedule = kept.schedule
    return ScheduleView(
        **schedule.model_dump(exclude={"paused", "resumed_at"}),
        when=_in_words(schedule),
        state=kept.state,
        next_fire_at=kept.next_at(now),
        last=None if kept.outcome is None else _last(kept.outcome, statuses),
    )


def _last(outcome: ScheduleOutcome, statuses: dict[str, RunStatus] | None) -> LastFire:
    status: RunStatus | None = None
    if outcome.run_id is not None and statuses is not None:
        status = statuses.get(outcome.run_id, "pending")
    fields = outcome.model_dump(include=set(LastFire.model_fields))
    return LastFire(**fields, run_status=status)


def _in_words(schedule: Schedule) -> str:
    if schedule.at is None:
        return cron_of(schedule).in_words()
    return f"Once at {schedule.at.astimezone(zones.zone_of(schedule.tz)):{_LOCAL}}"
