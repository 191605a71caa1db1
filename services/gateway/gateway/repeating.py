"""Starting an ended run again: what was made and paid for is taken over."""

import hashlib
from datetime import UTC, datetime, timedelta

import uuid_utils
from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic_core import to_json

from agentkit import tracing
from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append, latest_at, read_run
from contracts.artifacts import Artifact, ArtifactRef, Brief
from contracts.base import Name
from contracts.events import RunRequested
from contracts.references import body_of, inline_ref, lightened
from gateway import intake, repeats
from gateway.edits import Content, edited
from gateway.fold import fold_all
from gateway.intake import DeadlineS
from gateway.outputs import JSON_TYPE, content_of
from gateway.repeats import BRIEF, Asked, Told, told_by
from gateway.state import RunStatus
from gateway.text import Person


class RetryOrder(BaseModel):
    """With `fresh` nothing that was paid for is used again: every call is made anew.

    `deadline_s`: the new run fails when it takes longer; without it, it has as long as the old one.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"fresh": False}]})

    fresh: bool = False
    deadline_s: DeadlineS | None = None
    requested_by: Person = ""


class RerunOrder(RetryOrder):
    """`edits` maps `brief` or an earlier step to a merge patch (RFC 7396) of what it gave."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"from_step": "media", "edits": {"script": {"title": "달이 바다를 당기는 법"}}}
            ]
        },
    )

    from_step: Name
    edits: dict[Name, dict[str, JsonValue]] = {}


class UnreadableError(Exception):
    """An artifact that is to be edited is lost or too large; its argument is which."""


async def retry(
    connection: Client, run_id: str, order: RetryOrder, *, request_id: str = ""
) -> tuple[str, RunStatus] | None:
    """Start a failed or cancelled run again from where it got to, once.

    The id of the new run follows from the old one: whoever asks again is given the same.

    Returns:
        The new run with how it stands; None when there is no such run.

    Raises:
        NotRetriableError: the run goes on, or completed.
        TimeoutError, nats.errors.Error: the log does not answer; ask again.
    """
    told = await _told(connection, run_id)
    if told is None:
        return None
    asked = _asked(repeats.retry_id(run_id, fresh=order.fresh), order, request_id)
    tracing.link(told.request.traceparent)
    draft = await _slim(NatsArtifacts(connection), repeats.retry_of(told, asked))
    js = connection.jetstream()
    if await append(js, draft, timeout_s=intake.APPEND_TIMEOUT_S):
        return draft.run_id, "pending"
    there = fold_all(event for _, event in await read_run(connection, draft.run_id))
    return draft.run_id, "pending" if there is None else there.status


async def rerun_draft(
    connection: Client, run_id: str, order: RerunOrder, *, request_id: str = ""
) -> RunRequested | None:
    """Return the run that repeats `run_id` as ordered, under an id of its own.

    Raises:
        RepeatError: it cannot be repeated so.
        OversizedRequestError: with all it takes over, it is too large.
        UnreadableError: what is to be edited cannot be read.
        TimeoutError, nats.errors.Error: the log does not answer.
    """
    told = await _told(connection, run_id)
    if told is None:
        return None
    repeats.refuse_rerun(told, order.from_step, order.edits)
    asked = _asked(str(uuid_utils.uuid7()), order, request_id)
    tracing.link(told.request.traceparent)
    artifacts = NatsArtifacts(connection)
    news = {
        name: await _edited(artifacts, told, name, patch) for name, patch in order.edits.items()
    }
    refs = {name: _ref_to(news[name], _ref(told, name).kind) for name in news}
    draft = repeats.rerun_of(told, asked, order.from_step, refs)
    if isinstance(brief := news.get(BRIEF), Brief):
        draft = repeats.with_brief(draft, brief, await artifacts.put_artifact(brief))
    return await _slim(artifacts, draft)


def _asked(run_id: str, order: RetryOrder, request_id: str) -> Asked:
    limit_s = order.deadline_s
    return Asked(
        run_id=run_id,
        at=datetime.now(UTC),
        fresh=order.fresh,
        deadline_in=None if limit_s is None else timedelta(seconds=limit_s),
        requested_by=order.requested_by,
        request_id=request_id,
        traceparent=tracing.traceparent(),
        tracestate=tracing.tracestate(),
    )


async def _told(connection: Client, run_id: str) -> Told | None:
    history = await read_run(connection, run_id, until=await latest_at(connection, run_id))
    return told_by([event for _, event in history])


async def _edited(
    artifacts: NatsArtifacts, told: Told, name: str, patch: JsonValue
) -> Artifact | Content:
    ref = _ref(told, name)
    content = await content_of(artifacts, ref)
    if content is None:
        raise UnreadableError(name)
    return edited(name, ref.kind, content, patch)


def _ref(told: Told, name: str) -> ArtifactRef:
    return told.request.brief if name == BRIEF else told.outputs[name]


def _ref_to(news: Artifact | Content, kind: str) -> ArtifactRef:
    if isinstance(news, Artifact):
        return inline_ref(news)
    body = to_json(dict(news))
    sha256 = hashlib.sha256(body).hexdigest()
    return ArtifactRef(kind=kind, sha256=sha256, size_bytes=len(body), inline=dict(news))


async def _slim(artifacts: NatsArtifacts, draft: RunRequested) -> RunRequested:
    """Store what is too much to travel in the event.

    Raises:
        OversizedRequestError: it is too large all the same.
    """
    reused, revisions = lightened(draft.reused), lightened(draft.revisions)
    for ref in (*reused.to_store, *revisions.to_store):
        await artifacts.put(body_of(ref), media_type=JSON_TYPE, name=ref.kind)
    slim = draft.model_copy(update={"reused": reused.refs, "revisions": revisions.refs})
    intake.refuse_oversized(slim)
    return slim
