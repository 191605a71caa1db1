"""A pipeline: which agent runs each step, and what each step needs."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from contracts.base import Frozen, Name


class RetryPolicy(Frozen):
    """How often and how soon a retryable failure is tried again.

    The wait before attempt n + 1 is `initial_s * factor ** (n - 1)`, at most `max_s`,
    plus up to a quarter of jitter.
    """

    model_config = ConfigDict(extra="forbid")

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    initial_s: Annotated[float, Field(ge=0, le=3600)] = 2.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_s: Annotated[float, Field(ge=0, le=86_400)] = 60.0


def _task_may_be_left_out(schema: dict[str, Any]) -> None:
    schema["required"].remove("task")


class StepSpec(Frozen):
    """One step. `task` names the agent's handler and defaults to the step's name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_task_may_be_left_out)

    step: Name
    agent: Name
    task: Name
    needs: tuple[Name, ...] = ()
    retry: RetryPolicy = RetryPolicy()
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] = 600.0

    @model_validator(mode="before")
    @classmethod
    def _task_is_the_step(cls, raw: object) -> object:
        if isinstance(raw, dict) and "step" in raw:
            return {"task": raw["step"], **raw}
        return raw


class Pipeline(Frozen):
    """A directed acyclic graph of steps. Every step is also given the run's brief."""

    model_config = ConfigDict(extra="forbid")

    pipeline: Name
    description: str = ""
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _is_a_graph(self) -> Self:
        _refuse_repeated(self.steps)
        _refuse_unknown(self.steps)
        _refuse_cycle(self.steps)
        return self

    def step(self, name: str) -> StepSpec:
        """Return the step called `name`; a name that is not there is a bug of the caller."""
        return next(spec for spec in self.steps if spec.step == name)


def _refuse_repeated(steps: Sequence[StepSpec]) -> None:
    seen = set[str]()
    for spec in steps:
        if spec.step in seen:
            raise ValueError(f"step {spec.step!r} is named twice: give each step its own name")
        seen.add(spec.step)


def _refuse_unknown(steps: Sequence[StepSpec]) -> None:
    known = [spec.step for spec in steps]
    for spec in steps:
        for need in spec.needs:
            if need not in known:
                raise ValueError(
                    f"step {spec.step!r} needs {need!r}, which is no step of this pipeline: "
                    f"use one of {', '.join(known)}"
                )


def _refuse_cycle(steps: Sequence[StepSpec]) -> None:
    try:
        TopologicalSorter({spec.step: spec.needs for spec in steps}).prepare()
    except CycleError as error:
        path = " → ".join(reversed(error.args[1]))
        raise ValueError(f"steps need each other in a circle: {path}; remove one need") from error
