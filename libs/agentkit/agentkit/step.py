"""One attempt of one step: load inputs, call the handler, record the outcome once."""

import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_type_hints

from agentkit import metrics
from agentkit.bounded import within
from agentkit.errors import StepRejectedError
from agentkit.failing import failed
from agentkit.inputs import REVISION, Inputs, Lists, Wanted, wanted_of
from agentkit.journal import Journal
from agentkit.live import AttemptFeed
from agentkit.models import CallContext, Models, Providers
from agentkit.ports import Artifacts, Blobs, LiveFeed, Outcomes
from agentkit.settings import Settings
from contracts.artifacts import Artifact, ArtifactRef, Revision
from contracts.events import StepCompleted, StepOutcome, StepRequested
from contracts.live import StepProgressed, StepStarted

type Handler = Callable[..., Awaitable[Artifact]]

PROGRESS_INTERVAL_S = 0.2


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
    lists: Lists = field(default_factory=Lists)


@dataclass(slots=True)
class Step:
    """What a handler gets besides its inputs. `name` is `step:index` in an instance."""

    run_id: str
    name: str
    attempt: int
    agent: str
    dry_run: bool
    simulated: bool
    models: Models
    blobs: Blobs
    _live: LiveFeed
    inputs: Inputs
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

    async def previous[A: Artifact](self, revision: Revision, kind: type[A]) -> A | None:
        """Return what a person wants changed, None when it is not of this kind."""
        return await self.inputs.output(revision.previous, kind)


@dataclass(frozen=True, slots=True)
class Task:
    """A handler and what its annotations say it takes."""

    name: str
    handler: Handler
    parameters: Mapping[str, type[Step] | type[Settings] | Wanted]
    output: type[Artifact]

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The artifacts it takes."""
        return tuple(each for each in self.parameters.values() if isinstance(each, Wanted))


def task_of(handler: Handler) -> Task:
    """Read a handler's annotations.

    Raises:
        TypeError: a parameter is none of what a handler can be given.
    """
    hints = get_type_hints(handler)
    output = hints.pop("return", None)
    name = getattr(handler, "__name__", "handler")
    if not (isinstance(output, type) and issubclass(output, Artifact)):
        raise TypeError(f"handler {name!r} must be annotated to return an Artifact, not {output!r}")
    parameters = inspect.signature(handler).parameters
    given = {each: _given_for(name, each, hints.get(each)) for each in parameters}
    return Task(name, handler, given, output)


def _given_for(handler: str, parameter: str, hint: object) -> type[Step] | type[Settings] | Wanted:
    if isinstance(hint, type) and (hint is Step or issubclass(hint, Settings)):
        return hint
    way_out = "annotate it with an Artifact, one or None, a tuple of one, Settings, or Step"
    try:
        wanted = wanted_of(hint)
    except TypeError as error:
        wanted, way_out = None, str(error)
    if wanted is None:
        raise TypeError(f"handler {handler!r} cannot be given {parameter!r}: {way_out}")
    return wanted


async def run_step(
    request: StepRequested, task: Task, kit: Kit, *, is_fresh: bool = False
) -> StepOutcome:
    """Run one attempt and record its outcome.

    The first outcome recorded for an attempt stands: a request delivered again after that
    runs nothing. One that `is_fresh` was given to nobody else before.
    """
    if not is_fresh and (recorded := await _recorded(request, kit)) is not None:
        return recorded
    outcome = await kit.outcomes.record(await _attempt(request, task, kit))
    metrics.STEPS.labels(request.agent, outcome.type.removeprefix("step.")).inc()
    metrics.took(metrics.STEP_SECONDS, outcome.duration_ms / 1000, request.agent)
    return outcome


async def _recorded(request: StepRequested, kit: Kit) -> StepOutcome | None:
    return await kit.outcomes.of(request.run_id, request.step, request.attempt, request.agent)


async def _attempt(request: StepRequested, task: Task, kit: Kit) -> StepOutcome:
    started, now = time.monotonic(), datetime.now(UTC)
    waited_s = max(0.0, (now - request.at).total_seconds())
    metrics.took(metrics.STEP_WAIT, waited_s, request.agent)
    begun = partial(_begun, request, now, simulated=kit.providers.simulated)
    with AttemptFeed(kit.live, begun) as live:
        return await _worked(request, task, _step(request, kit, live), kit, started)


def _begun(request: StepRequested, at: datetime, *, simulated: bool) -> StepStarted:
    return StepStarted(
        run_id=request.run_id,
        step=request.step,
        attempt=request.attempt,
        at=at,
        agent=request.agent,
        simulated=simulated,
    )


async def _worked(
    request: StepRequested, task: Task, step: Step, kit: Kit, started: float
) -> StepOutcome:
    try:
        work = _work(request, task, step, kit)
        output = await within(work, request.timeout_s, on_abandoned=step.models.leave)
    except Exception as error:  # noqa: BLE001 -- the boundary: any other error is a retryable fact
        incidents, simulated = step.models.incidents, kit.providers.simulated
        took_ms = _elapsed_ms(started)
        return failed(request, error, took_ms, simulated=simulated, incidents=incidents)
    return StepCompleted(
        run_id=request.run_id,
        at=datetime.now(UTC),
        step=request.step,
        attempt=request.attempt,
        agent=request.agent,
        output=output,
        duration_ms=_elapsed_ms(started),
        simulated=kit.providers.simulated,
        incidents=step.models.incidents,
    )


async def _work(request: StepRequested, task: Task, step: Step, kit: Kit) -> ArtifactRef:
    arguments = await _arguments(request, task, step, kit)
    return await kit.artifacts.put_artifact(await task.handler(**arguments))


def _step(request: StepRequested, kit: Kit, live: LiveFeed) -> Step:
    context = CallContext(
        run_id=request.run_id,
        step=request.step,
        attempt=request.attempt,
        agent=request.agent,
        simulated=kit.providers.simulated,
        journal_id=request.journal_id or request.run_id,
    )
    models = Models(kit.providers, kit.journal, kit.blobs, live.send, context, kit.settings.models)
    return Step(
        run_id=request.run_id,
        name=request.step,
        attempt=request.attempt,
        agent=request.agent,
        dry_run=request.dry_run,
        simulated=kit.providers.simulated,
        models=models,
        blobs=kit.blobs,
        _live=live,
        inputs=Inputs(request, kit.artifacts, kit.lists),
    )


async def _arguments(request: StepRequested, task: Task, step: Step, kit: Kit) -> dict[str, Any]:
    _refuse_unheard(request, task)
    arguments = dict[str, Any]()
    for name, given in task.parameters.items():
        if isinstance(given, Wanted):
            arguments[name] = await step.inputs.give(name, given)
        else:
            arguments[name] = step if given is Step else kit.settings
    return arguments


def _refuse_unheard(request: StepRequested, task: Task) -> None:
    """Refuse to do again what was done, as if nobody had said what to do differently."""
    if REVISION in request.inputs and all(each.kind is not Revision for each in task.wanted):
        raise StepRejectedError(
            f"task {task.name!r} cannot follow a comment: let its handler take a "
            f"Revision | None, or let the approval revise another step than {request.step!r}"
        )


def _elapsed_ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
