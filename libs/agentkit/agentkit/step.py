"""One attempt of one step: load inputs, call the handler, record the outcome once."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args, get_origin, get_type_hints

from loguru import logger
from pydantic import ValidationError

from agentkit import metrics
from agentkit.errors import StepRejectedError, reasons
from agentkit.journal import Journal
from agentkit.models import CallContext, Models, Providers
from agentkit.ports import Artifacts, Blobs, LiveFeed, Outcomes
from agentkit.settings import Settings
from contracts import subjects
from contracts.artifacts import Artifact, ArtifactRef
from contracts.events import StepCompleted, StepError, StepFailed, StepOutcome, StepRequested
from contracts.live import StepProgressed, StepStarted

type Handler = Callable[..., Awaitable[Artifact]]

PROGRESS_INTERVAL_S = 0.2
MESSAGE_MAX_CHARS = 500


@dataclass(frozen=True, slots=True)
class Kit:
    """The outside world of one agent process."""

    artifacts: Artifacts
    blobs: Blobs
    journal: Journal
    outcomes: Outcomes
    live: LiveFeed
    providers: Providers
    settings: Settings


@dataclass(slots=True)
class Step:
    """What a handler gets besides its inputs."""

    run_id: str
    name: str
    attempt: int
    agent: str
    dry_run: bool
    simulated: bool
    models: Models
    blobs: Blobs
    _live: LiveFeed
    _shown_at: float = field(default=-PROGRESS_INTERVAL_S)

    @property
    def key(self) -> str:
        """Name what this step does outside, the same whenever it is done again for its run.

        Send it along, say as the header `Idempotency-Key`: after a crash or a retry the other
        side then knows what it has done already.
        """
        return f"{self.run_id}/{self.name}"

    async def progress(self, fraction: float, note: str = "") -> None:
        """Show how far the step is, `fraction` in [0, 1]; shown five times a second at most."""
        now = time.monotonic()
        if fraction < 1 and now - self._shown_at < PROGRESS_INTERVAL_S:
            return
        self._shown_at = now
        await self._live.send(
            StepProgressed(
                run_id=self.run_id,
                step=self.name,
                attempt=self.attempt,
                at=datetime.now(UTC),
                fraction=min(1.0, max(0.0, fraction)),
                note=note,
            )
        )


@dataclass(frozen=True, slots=True)
class Task:
    """A handler and what its annotations say it takes."""

    name: str
    handler: Handler
    parameters: Mapping[str, Any]
    output: type[Artifact]


def task_of(handler: Handler) -> Task:
    """Read a handler's annotations.

    Raises:
        TypeError: a parameter is none of what a handler can be given.
    """
    hints = get_type_hints(handler)
    output = hints.pop("return", None)
    name = getattr(handler, "__name__", "handler")
    if not _is_kind(output, Artifact):
        raise TypeError(f"handler {name!r} must be annotated to return an Artifact, not {output!r}")
    for parameter in inspect.signature(handler).parameters:
        hint = hints.get(parameter)
        if not (hint is Step or _is_kind(hint, Settings) or _artifact_of(hint) is not None):
            raise TypeError(
                f"handler {name!r} cannot be given {parameter!r}: annotate it with an Artifact, "
                "a tuple of one, the agent's Settings, or Step"
            )
    return Task(name, handler, hints, output)


async def run_step(request: StepRequested, task: Task, kit: Kit) -> StepOutcome:
    """Run one attempt and record its outcome.

    The first outcome recorded for an attempt stands: a request delivered again after that
    runs nothing.
    """
    recorded = await kit.outcomes.of(request.run_id, request.step, request.attempt)
    if recorded is not None:
        return recorded
    outcome = await kit.outcomes.record(await _attempt(request, task, kit))
    metrics.STEPS.labels(request.agent, outcome.type.removeprefix("step.")).inc()
    metrics.STEP_SECONDS.labels(request.agent).observe(outcome.duration_ms / 1000)
    return outcome


def rejected(request: StepRequested, message: str) -> StepFailed:
    """Return the outcome of a request that no handler can take."""
    return _failed(request, StepRejectedError(message), time.monotonic())


def unreadable(subject: str) -> StepFailed:
    """Return the outcome of a request of which only the subject can be read.

    Raises:
        ValueError: not even that.
    """
    run_id, step, attempt, agent = subjects.requested_by(subject)
    request = StepRequested(
        run_id=run_id,
        at=datetime.now(UTC),
        step=step,
        attempt=attempt,
        agent=agent,
        task=step,
        inputs={},
        timeout_s=0,
    )
    return rejected(request, f"agent {agent!r} cannot read {subject}: update it to this release")


async def _attempt(request: StepRequested, task: Task, kit: Kit) -> StepOutcome:
    started = time.monotonic()
    step = _step(request, kit)
    await kit.live.send(
        StepStarted(
            run_id=step.run_id,
            step=step.name,
            attempt=step.attempt,
            at=datetime.now(UTC),
            agent=step.agent,
            simulated=step.simulated,
        )
    )
    try:
        async with asyncio.timeout(request.timeout_s):
            arguments = await _arguments(request, task, step, kit)
            output = await kit.artifacts.put_artifact(await task.handler(**arguments))
    except Exception as error:  # noqa: BLE001 -- the boundary: any other error is a retryable fact
        return _failed(request, error, started, simulated=kit.providers.simulated)
    return StepCompleted(
        run_id=request.run_id,
        at=datetime.now(UTC),
        step=request.step,
        attempt=request.attempt,
        agent=request.agent,
        output=output,
        duration_ms=_elapsed_ms(started),
        simulated=kit.providers.simulated,
    )


def _step(request: StepRequested, kit: Kit) -> Step:
    context = CallContext(
        run_id=request.run_id,
        step=request.step,
        attempt=request.attempt,
        agent=request.agent,
        simulated=kit.providers.simulated,
    )
    models = Models(
        kit.providers, kit.journal, kit.blobs, kit.live.send, context, kit.settings.models
    )
    return Step(
        run_id=request.run_id,
        name=request.step,
        attempt=request.attempt,
        agent=request.agent,
        dry_run=request.dry_run,
        simulated=kit.providers.simulated,
        models=models,
        blobs=kit.blobs,
        _live=kit.live,
    )


async def _arguments(request: StepRequested, task: Task, step: Step, kit: Kit) -> dict[str, Any]:
    arguments = dict[str, Any]()
    for name, hint in task.parameters.items():
        if hint is Step:
            arguments[name] = step
        elif _is_kind(hint, Settings):
            arguments[name] = kit.settings
        elif get_origin(hint) is tuple:
            arguments[name] = await _all_of(request, get_args(hint)[0], kit)
        else:
            arguments[name] = await kit.artifacts.get_artifact(
                _one_of(request, task.name, name, hint), hint
            )
    return arguments


async def _all_of(request: StepRequested, kind: type[Artifact], kit: Kit) -> tuple[Artifact, ...]:
    refs = [ref for ref in request.inputs.values() if ref.kind == kind.__name__]
    return tuple([await kit.artifacts.get_artifact(ref, kind) for ref in refs])


def _one_of(request: StepRequested, task: str, parameter: str, kind: type[Artifact]) -> ArtifactRef:
    """Return the input of this kind; of several, the one whose step is called as the parameter."""
    found = {name: ref for name, ref in request.inputs.items() if ref.kind == kind.__name__}
    if len(found) == 1:
        return next(iter(found.values()))
    if parameter in found:
        return found[parameter]
    if not found:
        raise StepRejectedError(
            f"task {task!r} takes a {kind.__name__}, which no needed step of {request.step!r} "
            f"gives: add the step that makes one to its needs"
        )
    raise StepRejectedError(
        f"task {task!r} takes one {kind.__name__} but {', '.join(found)} give one each: "
        f"name the parameter after the step, or take tuple[{kind.__name__}, ...]"
    )


def _failed(
    request: StepRequested, error: Exception, started: float, *, simulated: bool = False
) -> StepFailed:
    retryable = not isinstance(error, StepRejectedError)
    message = _sentence_of(error)
    if isinstance(error, TimeoutError) and not message:
        message = f"no result in {request.timeout_s:g} s: raise the step's timeout_s or look at why"
    logger.opt(exception=error if retryable else None).warning(
        "step failed", error=type(error).__name__, retryable=retryable
    )
    return StepFailed(
        run_id=request.run_id,
        at=datetime.now(UTC),
        step=request.step,
        attempt=request.attempt,
        agent=request.agent,
        error=StepError(
            error=type(error).__name__,
            message=message or type(error).__name__,
            retryable=retryable,
            step=request.step,
            attempt=request.attempt,
            agent=request.agent,
        ),
        duration_ms=_elapsed_ms(started),
        simulated=simulated,
    )


def _sentence_of(error: Exception) -> str:
    """Return what an error says, on one line; of what did not validate only the reasons."""
    text = reasons(error) if isinstance(error, ValidationError) else str(error)
    # a file's name, say, may hold what is no text and could not be recorded
    text = text.encode(errors="replace").decode()
    return " ".join(text.split())[:MESSAGE_MAX_CHARS]


def _elapsed_ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _is_kind(hint: object, kind: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)


def _artifact_of(hint: object) -> type[Artifact] | None:
    """Return A of `A` or `tuple[A, ...]`."""
    inner = get_args(hint)[0] if get_origin(hint) is tuple and get_args(hint) else hint
    return inner if isinstance(inner, type) and issubclass(inner, Artifact) else None
