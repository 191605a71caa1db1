"""A run as it is played in tests: replicas that are late or die, agents, a person and a clock.

The log orders all events and takes one for each subject, and of an end only what was decided
from all that stands there. So what can come in another order is this: a replica reads the log,
decides, and appends its outputs one by one, later, while others do the same; or dies before the
last.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from contracts import subjects
from contracts.events import (
    RUN_ENDS,
    ApprovalRequested,
    CancelRequested,
    RunAdmitted,
    RunCancelled,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepPlanned,
    StepRequested,
    StepSkipped,
)
from orchestrator.core import decide, evolve
from orchestrator.outputs import Admit, Join, Output, Resolve, Store, Wake
from orchestrator.state import Run
from orchestrator.testing import RUN_ID, T0, Log, completed, decided, failed, ref

REPLICAS = 3
MAX_ITEMS = 5
MAX_ROUNDS = 200
STRIDE = 5
CHANCES = {
    "cannot be evaluated": 0.02,
    "is skipped": 0.2,
    "is asked about": 0.7,
    "is revised": 0.5,
    "fails": 0.15,
    "is final": 0.1,
    "has another digest": 0.1,
    "is pushed through": 0.1,
    "lets approvals expire": 0.03,
    "pauses": 0.15,
    "cancels": 0.01,
}


@dataclass
class Replica:
    """What one orchestrator has decided and not carried out yet."""

    known: int = 0
    todo: list[Output] = field(default_factory=list[Output])


class World:
    """A run and all who have to do with it; the same `seed` plays the same."""

    def __init__(self, request: RunRequested, *, capped: bool = False, seed: int = 0) -> None:
        self.log = Log([request])
        self.now = T0
        self.replicas = [Replica() for _ in range(REPLICAS)]
        self._capped = capped
        self._seed = seed
        self._dice = Random(seed)  # noqa: S311 -- not for secrets
        self.issued = dict[str, object]()
        self._pauses = 0
        self._run, self._folded = Run(), 0

    @property
    def run(self) -> Run:
        for event in self.log.events[self._folded :]:
            self._run = evolve(self._run, event)
        self._folded = len(self.log.events)
        return self._run

    @property
    def questions(self) -> list[ApprovalRequested]:
        """What a person is asked at the moment."""
        steps = self.run.steps.values()
        return [step.asked for step in steps if step.asked and step.is_with_a_person]

    def play(self, turns: int) -> None:
        """Let somebody do something, again and again."""
        weights: dict[Callable[[], object], int] = {
            self._look: 3,
            self._act: 7,
            self.settle: 1,
            self._agent: 5,
            self._person: 1,
            self._wait: 1,
            self._control: 1,
        }
        for turn in self._dice.choices(list(weights), list(weights.values()), k=turns):
            turn()

    def stages(self, turns: int) -> Iterator["World"]:
        """Play and yield the world as it is in between, each a copy to do anything with."""
        for _ in range(0, turns, STRIDE):
            self.play(STRIDE)
            stage = copy(self)
            stage.log, stage.issued = Log(self.log.events), dict(self.issued)
            yield stage

    def settle(self) -> tuple[Output, ...]:
        """Let one replica do all that can be done now; return what it wants at last."""
        replica = Replica()
        while True:
            before, outputs = len(self.log.events), self.look(replica)
            self.catch_up(replica)
            if len(self.log.events) == before:
                return outputs

    def finish(self) -> None:
        """Let everybody do what is wanted of them until the run has ended.

        Raises:
            RuntimeError: that is never, or nobody would ever look at the run again.
        """
        for _ in range(MAX_ROUNDS):
            if self.run.is_paused:
                self._toggle()
            outputs = self.settle()
            if self.run.status != "active":
                return
            if not self._all_do_their_part():
                wakes = [output.at for output in outputs if isinstance(output, Wake)]
                if not wakes:
                    raise RuntimeError("nobody would ever look at the run again")
                self.now = max(wakes)
        raise RuntimeError("the run goes on for ever")

    def look(self, replica: Replica) -> tuple[Output, ...]:
        """Let a replica read the log and decide.

        Raises:
            RuntimeError: it was decided differently before, under the subject that makes it
                happen once. An end may be: it is recorded only if nothing has happened since.
        """
        outputs = decide(self.run, self.now, capped=self._capped)
        for output in outputs:
            if not isinstance(output, (Store, *RUN_ENDS)):
                subject, content = identity_of(output)
                if self.issued.setdefault(subject, content) != content:
                    raise RuntimeError(f"{subject} was decided differently before")
        replica.known, replica.todo = len(self.log.events), list(outputs)
        return outputs

    def catch_up(self, replica: Replica) -> None:
        """Let a replica carry out all that it has decided."""
        while replica.todo:
            self._carry_out(replica.todo.pop(0), replica.known)

    def _look(self) -> None:
        self.look(self._dice.choice(self.replicas))

    def _act(self) -> None:
        """Carry out one output, late as it may be."""
        replica = self._dice.choice(self.replicas)
        if replica.todo:
            self._carry_out(replica.todo.pop(0), replica.known)

    def _carry_out(self, output: Output, known: int) -> None:
        match output:
            case RunCompleted() | RunFailed() | RunCancelled():
                self.log.append(output, expected=known)
            case Wake() | Store():
                pass
            case Resolve():
                self.log.append(self._resolved(output))
            case Join():
                self.log.append(self._joined(output))
            case Admit():
                self.log.append(RunAdmitted(run_id=RUN_ID, at=self.now))
            case _:
                self.log.append(output)

    def _resolved(self, asked: Resolve) -> RunEvent:
        """Evaluate: what comes out depends on the inputs and on nothing else."""
        inputs = sorted((name, each.sha256) for name, each in asked.inputs.items())
        dice = Random(f"{self._seed} {asked.step} {inputs}")  # noqa: S311 -- not for secrets
        if dice.random() < CHANCES["cannot be evaluated"]:
            return failed(asked.step, asked.attempt, error="ConditionError")
        if asked.spec.when and dice.random() < CHANCES["is skipped"]:
            return StepSkipped(
                run_id=RUN_ID, at=T0, step=asked.step, attempt=asked.attempt, reason="not wanted"
            )
        count = dice.randint(0, MAX_ITEMS) if asked.spec.for_each else None
        return StepPlanned(
            run_id=RUN_ID,
            at=T0,
            step=asked.step,
            attempt=asked.attempt,
            items=None if count is None else ref(f"items {inputs}"),
            count=count,
            approval=dice.random() < CHANCES["is asked about"],
        )

    def _joined(self, join: Join) -> StepCompleted:
        output = ref(f"joined {[each and each.sha256 for each in join.outputs]}")
        return completed(join.step, join.attempt).model_copy(update={"output": output})

    def _all_do_their_part(self) -> bool:
        requests, questions = self.log.in_flight(), self.questions
        for request in requests:
            self._answer(request, completed(request.step, request.attempt))
        for question in questions:
            self.log.append(decided(question))
        return bool(requests or questions)

    def _agent(self) -> None:
        requests = self.log.in_flight()
        if not requests:
            return
        asked, happens = self._dice.choice(requests), self._happens
        if happens("fails"):
            error = "Final" if happens("is final") else "X"
            retryable = not happens("is final")
            event = failed(asked.step, asked.attempt, error=error, retryable=retryable)
            self._answer(asked, event)
        else:
            self._answer(asked, completed(asked.step, asked.attempt))

    def _answer(self, asked: StepRequested, event: RunEvent) -> None:
        self.log.append(event.model_copy(update={"at": max(self.now, asked.at)}))

    def _person(self) -> None:
        """Decide, mostly by what may be decided, and mostly on what is shown."""
        if not self.questions:
            return
        question = self._dice.choice(self.questions)
        digest = "f" * 64 if self._happens("has another digest") else ""
        may_revise = question.revise is not None or self._happens("is pushed through")
        if self._happens("is revised") and may_revise:
            self.log.append(decided(question, "revise", comment=str(self.now), digest=digest))
        elif self._happens("is pushed through"):
            self.log.append(decided(question, "reject", digest=digest))
        else:
            self.log.append(decided(question, digest=digest))

    def _wait(self) -> None:
        """Let time pass: a minute at most, or until the next attempt is due."""
        wakes = [output for output in self.look(Replica()) if isinstance(output, Wake)]
        expires = self._happens("lets approvals expire")
        due = [wake.at for wake in wakes if expires or not wake.name.startswith("_")]
        self.now = max((self.now + timedelta(seconds=self._dice.randrange(60)), *due))

    def _control(self) -> None:
        if self._happens("cancels") and self.run.status == "active":
            self.log.append(CancelRequested(run_id=RUN_ID, at=self.now))
        elif self.run.is_paused or self._happens("pauses"):
            self._toggle()

    def _toggle(self) -> None:
        if self.run.is_paused:
            self.log.append(RunResumed(run_id=RUN_ID, at=self.now, n=self._pauses))
        else:
            self._pauses += 1
            self.log.append(RunPaused(run_id=RUN_ID, at=self.now, n=self._pauses))

    def _happens(self, what: str) -> bool:
        return self._dice.random() < CHANCES[what]


def identity_of(output: Output) -> tuple[str, object]:
    """Return the subject of an output, and all of it but the moment it was decided at."""
    match output:
        case Wake():
            return subjects.timer(output.run_id, output.name, output.n), output
        case Resolve() | Join():
            return f"{type(output).__name__} {output.step} {output.attempt}", output
        case Store() | Admit():
            return type(output).__name__, output
        case ApprovalRequested():
            return subjects.of_event(output), output.digest
        case _:
            return subjects.of_event(output), output.model_copy(update={"at": T0})
