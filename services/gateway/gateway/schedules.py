"""Schedules as stream TIMERS holds them: each is one message, which the broker fires by itself."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from loguru import logger
from nats.aio.client import Client
from nats.js.errors import APIError
from pydantic import BaseModel, ValidationError

from agentkit.nats import last_on, publish_once
from agentkit.outage import survives_outage
from contracts import subjects
from contracts.schedules import Schedule, ScheduleOutcome
from gateway.cron import Cron
from gateway.log import Entry, read_all
from gateway.zones import zone_of

LOOKS = 8
DONE_KEPT = timedelta(days=30)
"""How long a schedule that fires no more is shown, and how late its one fire may be handled."""
PUBLISH_TIMEOUT_S = 1.0
PATIENCE_S = 6.0
REFUSALS = {
    10189: "the broker takes no such times: it must be nats-server 2.14 or newer",
    10223: "the broker does not know the time zone: install tzdata where nats-server runs",
}

type State = Literal["active", "paused", "due", "done"]


class RefusedError(Exception):
    """The broker does not take a schedule, for the reason in one sentence."""


class PassedError(Exception):
    """The one time of a schedule has passed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule and what became of it.

    `seq` is the place of its message, 0 when the broker has fired it for the last time;
    `outcome_seq` is the place of the last outcome under its id.
    """

    schedule: Schedule
    seq: int
    outcome: ScheduleOutcome | None = None
    outcome_seq: int = 0

    @property
    def state(self) -> State:
        if self.seq:
            return "paused" if self.schedule.paused else "active"
        return "due" if self.outcome is None else "done"

    def due_at(self, moment: datetime) -> datetime | None:
        """Return the time for which a run is still to be made at `moment`.

        However many times of a cron have passed, it is the last of them.
        """
        if self.state == "due":
            return self.schedule.at
        if self.state != "active" or self.schedule.cron is None:
            return None
        time = cron_of(self.schedule).before(moment)
        settled = self.schedule.resumed_at or self.schedule.created_at
        if self.outcome is not None:
            settled = max(settled, self.outcome.fire_at)
        return time if time is not None and time > settled else None

    def next_at(self, moment: datetime) -> datetime | None:
        """Return the first time after `moment`, None when nothing is to come."""
        if self.state != "active":
            return None
        schedule = self.schedule
        return schedule.at if schedule.cron is None else cron_of(schedule).after(moment)


def cron_of(schedule: Schedule) -> Cron:
    return Cron(schedule.cron or "", zone_of(schedule.tz))


async def find(connection: Client, schedule_id: str) -> Kept | None:
    """Return a schedule as whoever leads its stream knows it: a copy may not know a new one."""
    wanted = (subjects.schedule, subjects.schedule_due, subjects.schedule_outcome)
    found = await asyncio.gather(
        *(last_on(connection, subjects.TIMERS, subject(schedule_id)) for subject in wanted)
    )
    return next(iter(_kept(Entry.of(each) for each in found if each is not None)), None)


async def every(connection: Client) -> list[Kept]:
    """Return all schedules, however many, the oldest first."""
    wanted = (subjects.ALL_SCHEDULES, subjects.DUE_SCHEDULES, subjects.SCHEDULE_OUTCOMES)
    stream = subjects.TIMERS
    found = [each for name in wanted for each in await read_all(connection, name, stream=stream)]
    return sorted(_kept(found), key=lambda kept: (kept.schedule.created_at, kept.schedule.id))


async def create(connection: Client, schedule: Schedule) -> Kept | None:
    """Keep a new schedule; return the one that has its id when that is another.

    Raises:
        RefusedError: the broker does not take it.
    """
    there = await find(connection, schedule.id)
    if there is None and not await _put(connection, schedule, last_seq=0):
        there = await find(connection, schedule.id)
    return None if there is None or there.schedule == schedule else there


async def set_paused(
    connection: Client, schedule_id: str, now: datetime, *, paused: bool
) -> Kept | None:
    """Hold a schedule up or let it go on; return it as it is then, None when there is none.

    Raises:
        PassedError: its one time has passed, so that it can neither be held up nor go on.
        RefusedError: the broker does not take it.
        TimeoutError: it changed too often meanwhile.
    """
    for _ in range(LOOKS):
        kept = await find(connection, schedule_id)
        if kept is None:
            return None
        schedule = kept.schedule
        if not kept.seq or (schedule.at is not None and schedule.at <= now and not paused):
            raise PassedError
        if schedule.paused == paused:
            return kept
        resumed = {} if paused else {"resumed_at": now}
        changed = schedule.model_copy(update={"paused": paused, **resumed})
        if await _put(connection, changed, last_seq=kept.seq):
            return await find(connection, schedule_id)
    raise TimeoutError(f"schedule {schedule_id} changed {LOOKS} times meanwhile")


async def remove(connection: Client, schedule_id: str) -> None:
    """Forget a schedule; a run that it has asked for goes on."""
    js = connection.jetstream()
    purge = survives_outage(js.purge_stream)
    for subject in (subjects.schedule, subjects.schedule_due, subjects.schedule_outcome):
        await purge(subjects.TIMERS, subject=subject(schedule_id))


async def record(connection: Client, outcome: ScheduleOutcome, *, last_seq: int) -> bool:
    """Keep what became of a schedule; False when another outcome came after `last_seq`."""
    return await publish_once(
        connection.jetstream(),
        subjects.TIMERS,
        subjects.schedule_outcome(outcome.schedule_id),
        outcome.model_dump_json().encode(),
        headers=_unless_changed(last_seq) | ({"Nats-TTL": _KEPT} if outcome.done else {}),
        timeout_s=PUBLISH_TIMEOUT_S,
        patience_s=PATIENCE_S,
    )


_KEPT = f"{int(DONE_KEPT.total_seconds())}s"


async def _put(connection: Client, schedule: Schedule, *, last_seq: int) -> bool:
    try:
        return await publish_once(
            connection.jetstream(),
            subjects.TIMERS,
            subjects.schedule(schedule.id),
            schedule.model_dump_json().encode(),
            headers=_unless_changed(last_seq) | {"Nats-TTL": "never"} | _fires(schedule),
            timeout_s=PUBLISH_TIMEOUT_S,
            patience_s=PATIENCE_S,
        )
    except APIError as error:
        if error.err_code in REFUSALS:
            raise RefusedError(REFUSALS[error.err_code]) from error
        raise


def _fires(schedule: Schedule) -> dict[str, str]:
    """Return the headers that make the broker fire a schedule, none while it is paused."""
    if schedule.paused:
        return {}
    target = {"Nats-Schedule-Target": subjects.schedule_due(schedule.id)}
    if schedule.at is not None:
        return target | {
            "Nats-Schedule": f"@at {schedule.at.isoformat()}",
            "Nats-Schedule-TTL": _KEPT,
        }
    pattern = cron_of(schedule).pattern()
    return target | {"Nats-Schedule": pattern, "Nats-Schedule-Time-Zone": schedule.tz}


def _unless_changed(last_seq: int) -> dict[str, str]:
    return {"Nats-Expected-Last-Subject-Sequence": str(last_seq)}


def _kept(entries: Iterable[Entry]) -> list[Kept]:
    """Put together what was read of any number of schedules."""
    by_id = defaultdict[str, dict[str, Entry]](dict)
    for entry in entries:
        by_id[subjects.schedule_id_of(entry.subject)][entry.subject] = entry
    return [kept for found in by_id.items() if (kept := _put_together(*found)) is not None]


def _put_together(schedule_id: str, found: dict[str, Entry]) -> Kept | None:
    message = found.get(subjects.schedule(schedule_id))
    told = found.get(subjects.schedule_outcome(schedule_id))
    outcome = None if told is None else _read(told, ScheduleOutcome)
    fired = found.get(subjects.schedule_due(schedule_id))
    schedule = _fired_for_good(fired, outcome) if message is None else _read(message, Schedule)
    if schedule is None:
        return None
    return Kept(
        schedule,
        seq=0 if message is None else message.seq,
        outcome=outcome if outcome and outcome.created_at == schedule.created_at else None,
        outcome_seq=0 if told is None else told.seq,
    )


def _fired_for_good(fired: Entry | None, outcome: ScheduleOutcome | None) -> Schedule | None:
    """Return a schedule whose message the broker purged when it fired it, None for others."""
    schedule = None if fired is None else _read(fired, Schedule)
    if schedule is not None and schedule.at is not None:
        return schedule
    return None if outcome is None else outcome.done


def _read[M: BaseModel](entry: Entry, kind: type[M]) -> M | None:
    try:
        return kind.model_validate_json(entry.payload)
    except ValidationError:
        logger.error("schedule cannot be read", subject=entry.subject)
        return None
