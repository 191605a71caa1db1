"""The AsyncAPI 3 document: who sends what on which subject. Subjects come from `subjects.py`."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from contracts import subjects
from contracts.calls import CallMeta, CallRecord
from contracts.cards import AgentCard, Quote, QuoteRequest
from contracts.events import (
    EVENT_TYPES,
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
    StepFailed,
    StepPlanned,
    StepRequested,
    StepSkipped,
    Timer,
)
from contracts.live import LIVE_TYPES, SetLogLevel, StopRun
from contracts.notices import TrialReport
from contracts.schedules import Schedule, ScheduleOutcome

SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
PARAMETERS = {
    "run_id": "the run, a UUIDv7",
    "journal_id": "the run whose journal is used: the run itself, or the one it repeats",
    "call": "the subject of the call that was found",
    "step": "a step of the run's pipeline",
    "attempt": "the attempt of the step, from 1",
    "agent": "the agent that is asked",
    "rank": "0 for high priority, 1 for normal, 2 for low",
    "channel_id": "the channel of the run",
    "since_ms": "when the run was asked for, in milliseconds since 1970",
    "digest": "the first half of the SHA-256 of provider, model and request",
    "n": "the how many-eth of its kind this is, from 1",
    "round": "how often a person is asked about the step, from 1",
    "name": "a step of the run's pipeline, or another timer's name",
    "schedule_id": "the schedule",
    "service": "the service, an agent or another one",
}
REPLIES: dict[str, type[BaseModel]] = {"quote": Quote, "trial": TrialReport}
"""What requests are answered with, by channel."""

WRITERS = {
    RunRequested: "the gateway",
    RunAdmitted: "the orchestrator",
    StepPlanned: "the orchestrator",
    StepSkipped: "the orchestrator",
    StepRequested: "the orchestrator",
    ApprovalRequested: "the orchestrator",
    ApprovalDecided: "the gateway for a person, or the orchestrator by policy",
    RunPaused: "the gateway",
    RunResumed: "the gateway",
    StepCompleted: "the agent that was asked",
    StepFailed: "the agent that was asked",
    RunCompleted: "the orchestrator",
    RunFailed: "the orchestrator",
    CancelRequested: "the gateway",
    RunCancelled: "the orchestrator",
    RunDeleted: "the projector with the key retention, or yaa prune",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One subject with what travels on it. `stream` keeps it; without one nothing does."""

    name: str
    address: str | None
    messages: tuple[type[BaseModel], ...]
    writer: str
    reader: str
    stream: str | None = None


def channels() -> tuple[Channel, ...]:
    return (
        *(_event_channel(kind) for kind in EVENT_TYPES),
        Channel(
            "call",
            _address(subjects.call),
            (CallRecord,),
            "the agent that paid",
            "the usage service, which is given the headers alone",
            subjects.CALLS,
        ),
        Channel(
            "saved_call",
            _address(subjects.saved_call),
            (),
            "the agent that found the call in the journal, without a body",
            "the usage service, from the CallMeta of whoever saved it in its header",
            subjects.CALLS,
        ),
        Channel(
            "queue",
            _address(subjects.queued),
            (),
            "the orchestrator, without content",
            "the orchestrator, and the gateway for who asks",
            subjects.QUEUE,
        ),
        Channel("live", _address(subjects.live), LIVE_TYPES, "agents", "the gateway, for watchers"),
        Channel("control", _address(subjects.control), (StopRun,), "the orchestrator", "agents"),
        Channel(
            "log_level",
            _address(subjects.log_level),
            (SetLogLevel,),
            "a person, with yaa logs level",
            "every replica of the service",
        ),
        Channel(
            "timer",
            _address(subjects.timer),
            (Timer,),
            "the orchestrator",
            "the broker, which sends it again when it is due",
            subjects.TIMERS,
        ),
        Channel(
            "timer_fired",
            _address(subjects.timer_fired),
            (Timer,),
            "the broker",
            "the orchestrator",
            subjects.TIMERS,
        ),
        Channel(
            "schedule",
            _address(subjects.schedule),
            (Schedule,),
            "the gateway",
            "the broker, which sends it again whenever it is due, and the gateway",
            subjects.TIMERS,
        ),
        Channel(
            "schedule_due",
            _address(subjects.schedule_due),
            (Schedule,),
            "the broker",
            "the gateway",
            subjects.TIMERS,
        ),
        Channel(
            "schedule_outcome",
            _address(subjects.schedule_outcome),
            (ScheduleOutcome,),
            "the gateway",
            "the gateway",
            subjects.TIMERS,
        ),
        Channel(
            "card",
            _address(subjects.card_of),
            (AgentCard,),
            "the agent, when it starts",
            "the gateway and the orchestrator",
            f"KV_{subjects.AGENTS_BUCKET}",
        ),
        Channel("quote", subjects.QUOTES, (QuoteRequest,), "the gateway", "the usage service"),
        Channel("quote_reply", None, (Quote,), "the usage service", "the gateway"),
        Channel("trial", subjects.TRIALS, (), "the gateway", "the notifier"),
        Channel("trial_reply", None, (TrialReport,), "the notifier", "the gateway"),
        *(
            Channel(f"dead_{number}", advisory, (), "the broker", "the orchestrator", subjects.DEAD)
            for number, advisory in enumerate(subjects.DEAD_ADVISORIES, start=1)
        ),
    )


def asyncapi() -> dict[str, Any]:
    """Return the document; payloads refer to the schemas that lie beside it."""
    every = channels()
    kinds = {kind for channel in every for kind in channel.messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "yaa",
            "version": "1",
            "description": "Every subject of the system, who writes it and who reads it.",
        },
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in every},
        "operations": {
            name: operation
            for channel in every
            if channel.address is not None
            for name, operation in _operations(channel).items()
        },
        "components": {"messages": {kind.__name__: _message(kind) for kind in kinds}},
    }


def _event_channel(kind: type[BaseModel]) -> Channel:
    placeholders = {name: f"{{{name}}}" for name in PARAMETERS}
    address = subjects.of_event(kind.model_construct(**placeholders))  # type: ignore[arg-type]
    name = str(kind.model_fields["type"].default).replace(".", "_")
    reader = "the orchestrator and the projector"
    if kind is StepRequested:
        reader = f"the agent that is asked, {reader}"
    if kind in {ApprovalRequested, RunCompleted, RunFailed}:
        reader = f"the notifier, {reader}"
    return Channel(name, address, (kind,), WRITERS[kind], reader, subjects.RUNS)


def _address(subject: Callable[..., str]) -> str:
    names = inspect.signature(subject).parameters
    return subject(**{name: f"{{{name}}}" for name in names})


def _channel(channel: Channel) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", channel.address or "")
    kept = {"x-stream": channel.stream} if channel.stream else {}
    return {
        "address": channel.address,
        "description": f"Written by {channel.writer}, read by {channel.reader}.",
        "messages": {kind.__name__: _ref("components", kind) for kind in channel.messages},
        "parameters": {name: {"description": PARAMETERS[name]} for name in names},
        **kept,
    }


def _operations(channel: Channel) -> dict[str, Any]:
    reference = {"$ref": f"#/channels/{channel.name}"}
    messages = [_ref(f"channels/{channel.name}", kind) for kind in channel.messages]
    both = {"channel": reference, "messages": messages}
    send: dict[str, Any] = {"action": "send", "summary": f"By {channel.writer}.", **both}
    receive: dict[str, Any] = {"action": "receive", "summary": f"By {channel.reader}.", **both}
    if (answer := REPLIES.get(channel.name)) is not None:
        reply = {
            "channel": {"$ref": f"#/channels/{channel.name}_reply"},
            "messages": [_ref(f"channels/{channel.name}_reply", answer)],
        }
        send["reply"] = receive["reply"] = reply
    return {f"send_{channel.name}": send, f"receive_{channel.name}": receive}


def _message(kind: type[BaseModel]) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": kind.__name__,
        "summary": inspect.cleandoc(kind.__doc__ or kind.__name__).partition("\n")[0],
        "payload": _schema(kind),
    }
    if kind is CallRecord:
        header = {"type": "string", "description": "a CallMeta as JSON"}
        message["headers"] = {
            "type": "object",
            "properties": {subjects.CALL_META_HEADER: header},
            "required": [subjects.CALL_META_HEADER],
        }
        message["x-header-schema"] = {subjects.CALL_META_HEADER: _schema(CallMeta)}
    return message


def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./{kind.__name__}.json"}}


def _ref(where: str, kind: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/{where}/messages/{kind.__name__}"}
