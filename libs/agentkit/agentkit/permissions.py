"""What each service may say and hear on the broker. Nothing else grants anything to anyone.

Pure: the broker's configuration is rendered from this by `accounts.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts import subjects
from contracts.base import Message
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunDeleted,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepPlanned,
    StepRequested,
    StepSkipped,
)
from contracts.notices import TARGETS

API = "$JS.API"
_FILES = f"OBJ_{subjects.ARTIFACTS_BUCKET}"


@dataclass(frozen=True, slots=True)
class Rights:
    """Subjects, with wildcards. `responds`: to what it hears it may answer, once."""

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    responds: bool = False


@dataclass(frozen=True, slots=True)
class _Grant:
    """`Rights` in the making, as what is done with them."""

    publish: list[str] = field(default_factory=list[str])
    subscribe: list[str] = field(default_factory=list[str])

    def say(self, *said: str) -> "_Grant":
        self.publish.extend(said)
        return self

    def append(self, *kinds: type[Message]) -> "_Grant":
        return self.say(*map(subjects.events_of, kinds))

    def hear(self, *heard: str) -> "_Grant":
        self.subscribe.extend(heard)
        return self

    def work_off(self, stream: str, durable: str) -> "_Grant":
        """Take messages of a durable, acknowledge them, and ask how it stands."""
        return self.say(
            f"{API}.CONSUMER.INFO.{stream}.{durable}",
            f"{API}.CONSUMER.MSG.NEXT.{stream}.{durable}",
            f"$JS.ACK.{stream}.{durable}.>",
        )

    def read(self, *streams: str) -> "_Grant":
        """Read all that streams hold."""
        for stream in streams:
            self.say(f"{API}.DIRECT.GET.{stream}", f"{API}.DIRECT.GET.{stream}.>")
        return self

    def look_at(self, *streams: str) -> "_Grant":
        """Ask what streams are and how far they go."""
        return self.say(*(f"{API}.STREAM.INFO.{stream}" for stream in streams))

    def read_bucket(self, bucket: str) -> "_Grant":
        return self.look_at(f"KV_{bucket}").say(f"{API}.STREAM.MSG.GET.KV_{bucket}")

    def put_files(self) -> "_Grant":
        return self.read(_FILES).say(f"$O.{subjects.ARTIFACTS_BUCKET}.>")

    def rights(self, service: str, *, responds: bool = False) -> Rights:
        heard = (f"{subjects.inbox_of(service)}.>", *self.subscribe)
        return Rights(tuple(self.publish), heard, responds)


def rights_of(agent: str) -> Rights:
    """Return what an agent may do: take its own requests, and say how they went.

    It reads the log by the subjects of its own outcomes and of the ends of runs, and in no
    form in which the subject stands in the payload, where the broker sees nothing.
    """
    outcomes = subjects.events_of(StepCompleted, agent=agent)
    readable = (outcomes, *subjects.ends_of("*"))
    return (
        _Grant()
        .work_off(subjects.RUNS, subjects.durable_of(agent))
        .say(outcomes, *(f"{API}.DIRECT.GET.{subjects.RUNS}.{each}" for each in readable))
        .say(subjects.ALL_CALLS, f"{API}.DIRECT.GET.{subjects.CALLS}.{subjects.ALL_CALLS}")
        .say(f"{API}.STREAM.MSG.GET.{subjects.CALLS}")
        .put_files()
        .say(subjects.card_of(agent), subjects.live("*", "*"))
        .hear(subjects.control("*"), subjects.log_level(agent))
        .rights(agent)
    )


def _orchestrator() -> Rights:
    return (
        _Grant()
        .append(RunAdmitted, StepPlanned, StepSkipped, StepRequested, StepCompleted)
        .append(ApprovalRequested, ApprovalDecided, RunCompleted, RunFailed, RunCancelled)
        .work_off(subjects.RUNS, subjects.ORCHESTRATOR)
        .work_off(subjects.TIMERS, subjects.ORCHESTRATOR_TIMERS)
        .work_off(subjects.DEAD, subjects.ORCHESTRATOR_DEAD)
        .read(subjects.RUNS)
        .say(f"{API}.STREAM.MSG.GET.{subjects.RUNS}")
        .put_files()
        .say(subjects.SET_TIMERS, f"{API}.STREAM.MSG.DELETE.{subjects.TIMERS}")
        .say(subjects.ALL_QUEUED, f"{API}.STREAM.PURGE.{subjects.QUEUE}")
        .look_at(subjects.QUEUE)
        .read(subjects.QUEUE)
        .read_bucket(subjects.ADMISSION_BUCKET)
        .say(f"$KV.{subjects.ADMISSION_BUCKET}.*", subjects.control("*"))
        .read_bucket(subjects.AGENTS_BUCKET)
        .say(subjects.QUOTES)
        .hear(subjects.log_level(subjects.ORCHESTRATOR))
        .rights(subjects.ORCHESTRATOR)
    )


def _gateway() -> Rights:
    runs, timers = subjects.RUNS, subjects.TIMERS
    return (
        _Grant()
        .append(RunRequested, CancelRequested, RunPaused, RunResumed, ApprovalDecided)
        .read(runs, timers, subjects.DEAD)
        .look_at(runs, subjects.DEAD, subjects.QUEUE)
        .say(f"{API}.STREAM.MSG.GET.{runs}", f"{API}.STREAM.MSG.GET.{timers}")
        .say(f"{API}.CONSUMER.INFO.{runs}.*", f"{API}.STREAM.LIST", f"{API}.CONSUMER.LIST.*")
        .say(f"{API}.CONSUMER.CREATE.{runs}", f"$JS.FC.{runs}.>")
        .work_off(timers, subjects.SCHEDULER)
        .say(subjects.schedule("*"), subjects.schedule_outcome("*"), f"{API}.STREAM.PURGE.{timers}")
        .put_files()
        .read_bucket(subjects.ADMISSION_BUCKET)
        .read_bucket(subjects.AGENTS_BUCKET)
        .read_bucket(subjects.IDEMPOTENCY_BUCKET)
        .say(f"$KV.{subjects.IDEMPOTENCY_BUCKET}.*", subjects.QUOTES, subjects.TRIALS)
        .hear(subjects.ALL_LIVE, subjects.log_level(subjects.GATEWAY))
        .rights(subjects.GATEWAY)
    )


def _readers_of_the_log() -> _Grant:
    """Read the log and the files; a replay is a consumer without a name, and flow control."""
    readers = _Grant().read(subjects.RUNS, _FILES).look_at(subjects.RUNS)
    return readers.say(f"{API}.CONSUMER.CREATE.{subjects.RUNS}", f"$JS.FC.{subjects.RUNS}.>")


def _retention() -> Rights:
    """Read all, and delete what ended long ago: of all services none may do that besides."""
    deletes_from = (subjects.RUNS, subjects.CALLS, _FILES)
    return (
        _readers_of_the_log()
        .append(RunDeleted)
        .read(subjects.CALLS)
        .look_at(_FILES)
        .say(f"{API}.CONSUMER.INFO.{subjects.CALLS}.{subjects.USAGE}")
        .say(*(f"{API}.STREAM.MSG.GET.{each}" for each in deletes_from))
        .say(*(f"{API}.STREAM.PURGE.{each}" for each in (subjects.CALLS, subjects.TIMERS, _FILES)))
        .say(f"{API}.STREAM.MSG.DELETE.{subjects.RUNS}", f"{API}.STREAM.MSG.DELETE.{_FILES}")
        .rights(subjects.RETENTION)
    )


def _projector() -> Rights:
    follows = _readers_of_the_log().work_off(subjects.RUNS, subjects.PROJECTOR)
    return follows.hear(subjects.log_level(subjects.PROJECTOR)).rights(subjects.PROJECTOR)


def _usage() -> Rights:
    bills = _Grant().work_off(subjects.CALLS, subjects.USAGE).hear(subjects.QUOTES)
    bills.hear(subjects.log_level(subjects.USAGE))
    return bills.rights(subjects.USAGE, responds=True)


def _notifier() -> Rights:
    tells = _Grant().say(f"{API}.STREAM.MSG.GET.{subjects.RUNS}")
    for target in TARGETS:
        tells.work_off(subjects.RUNS, subjects.notices_to(target))
    tells.hear(subjects.TRIALS, subjects.log_level(subjects.NOTIFIER))
    return tells.rights(subjects.NOTIFIER, responds=True)


def _provision() -> Rights:
    forgotten = map(subjects.notices_to, TARGETS)
    return (
        _Grant()
        .look_at("*")
        .say(*(f"{API}.CONSUMER.DELETE.{subjects.RUNS}.{each}" for each in forgotten))
        .say(f"{API}.STREAM.CREATE.*", f"{API}.STREAM.UPDATE.*")
        .say(f"{API}.CONSUMER.CREATE.>", f"{API}.CONSUMER.DURABLE.CREATE.>")
        .rights(subjects.PROVISION)
    )


SERVICES: Mapping[str, Rights] = {
    subjects.ORCHESTRATOR: _orchestrator(),
    subjects.GATEWAY: _gateway(),
    subjects.PROJECTOR: _projector(),
    subjects.USAGE: _usage(),
    subjects.NOTIFIER: _notifier(),
    subjects.PROVISION: _provision(),
    subjects.LOGS: _Grant().say(subjects.log_level("*")).rights(subjects.LOGS),
    subjects.PROJECTIONS: _readers_of_the_log().rights(subjects.PROJECTIONS),
    subjects.RETENTION: _retention(),
}
"""Everyone who is no agent; a person with the key of the operator may do everything."""
