"""A run as its events tell it, and what can be read off it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

from contracts.artifacts import ArtifactRef
from contracts.base import step_of
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    CancelRequested,
    RunRequested,
    StepPlanned,
    StepRequested,
)
from contracts.pipeline import StepSpec
from orchestrator.attempts import Attempts
from orchestrator.instances import Instances

type RunStatus = Literal["unknown", "active", "completed", "failed", "cancelled"]


class Step(NamedTuple):
    """Where one step stands in its newest round.

    A revision starts a round: nothing of `planned`, `asked` and `decided` lasts beyond it.
    `revision` is what a person wants changed in this round, `revisions` how often the approval of
    this step wanted that. `instances` are those of an earlier round until the step is planned.
    """

    attempts: Attempts = Attempts()
    planned: StepPlanned | None = None
    asked: ApprovalRequested | None = None
    decided: ApprovalDecided | None = None
    revisions: int = 0
    revision: ArtifactRef | None = None
    instances: Instances | None = None

    @property
    def round(self) -> int:
        return self.attempts.round

    @property
    def spread(self) -> Instances | None:
        """The instances, when the step was planned to run for each item of a list."""
        is_spread = self.planned is not None and self.planned.count is not None
        return self.instances if is_spread else None

    def after(self, attempts: Attempts) -> "Step":
        """Return the step with its newest attempts; `_replace` takes six times as long."""
        return Step(
            attempts,
            self.planned,
            self.asked,
            self.decided,
            self.revisions,
            self.revision,
            self.instances,
        )

    @property
    def is_untouched(self) -> bool:
        """Tell whether no agent was asked for anything in this round."""
        spread = self.spread
        return self.attempts.status == "waiting" if spread is None else spread.is_untouched

    @property
    def is_held_back(self) -> bool:
        """Tell whether it was asked if the step may run, and nobody has said yes."""
        is_granted = self.decided is not None and self.decided.decision == "approve"
        return self.asked is not None and not is_granted

    @property
    def is_with_a_person(self) -> bool:
        return self.asked is not None and self.asked.risk == "high" and self.decided is None


class Run(NamedTuple):
    """One run. It has `begun` once it was admitted, or did anything while that was not asked.

    `pauses` and `resumes` count the newest of each that was asked for.
    """

    status: RunStatus = "unknown"
    request: RunRequested | None = None
    specs: Mapping[str, StepSpec] = MappingProxyType({})
    steps: Mapping[str, Step] = MappingProxyType({})
    cancel: CancelRequested | None = None
    begun: bool = False
    pauses: int = 0
    resumes: int = 0

    def after(self, name: str, step: Step) -> "Run":
        """Return the run in which something happened to a step: it has begun."""
        steps = {**self.steps, name: step}
        return Run(
            self.status,
            self.request,
            self.specs,
            steps,
            self.cancel,
            begun=True,
            pauses=self.pauses,
            resumes=self.resumes,
        )

    @property
    def is_paused(self) -> bool:
        return self.pauses > self.resumes


class Look(NamedTuple):
    """A run that was requested, as it stands at `now`."""

    run: Run
    request: RunRequested
    now: datetime

    def inputs_of(self, spec: StepSpec) -> dict[str, ArtifactRef]:
        """Return the brief, what the needed steps produced, and what a person wants changed."""
        inputs = {"brief": self.request.brief}
        for need in spec.needs:
            if (output := self.run.steps[need].attempts.output) is not None:
                inputs[need] = output
        if (revision := self.run.steps[spec.step].revision) is not None:
            inputs["revision"] = revision
        return inputs


def has_ended(run: Run, name: str) -> bool:
    """Tell whether the run goes on without hearing more of a step in its newest round."""
    attempts = run.steps[name].attempts
    if attempts.status == "failed":
        return run.specs[name].continue_on_error
    return attempts.has_ended


def ended_steps(run: Run) -> set[str]:
    """Return the steps that have ended."""
    return {name for name in run.steps if has_ended(run, name)}


def repeats_failure(run: Run, request: StepRequested) -> bool:
    """Tell whether the attempt before failed: a round that a person wants repeats none."""
    name, index = step_of(request.step)
    step = run.steps[name]
    if index is None or step.instances is None:
        return step.attempts.status == "failing"
    return step.instances.at(index).status == "failing"


def is_unblocked(run: Run, spec: StepSpec) -> bool:
    """Tell whether all that a step needs has ended."""
    return all(has_ended(run, need) for need in spec.needs)


def open_steps(run: Run) -> Iterator[StepSpec]:
    """Yield every step that has not ended and needs none that has not."""
    ended = ended_steps(run)
    for name, spec in run.specs.items():
        if name not in ended and ended.issuperset(spec.needs):
            yield spec


def outputs_of(run: Run) -> dict[str, ArtifactRef]:
    """Return what the steps produced."""
    outputs = {name: step.attempts.output for name, step in run.steps.items()}
    return {name: output for name, output in outputs.items() if output is not None}
