"""A pipeline: which agent runs each step, and what each step needs."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from contracts import expressions
from contracts.base import Frozen, Name

RESERVED = ("brief", "item", "revision", "run", "steps")
"""Names that inputs and expressions use for something else than a step."""
JITTER = 0.25
"""A wait is stretched by up to this share, so that runs that failed together part ways."""
MAX_KNOWN = 256
"""So many pipelines are remembered by a process that reads runs."""
MAX_EXPONENT = 200
"""Attempts count on through revisions: beyond this a wait grows no more and stays a number."""

type Risk = Literal["low", "medium", "high"]
type Priority = Literal["low", "normal", "high"]
type Expression = Annotated[str, Field(min_length=1, max_length=1000)]
"""CEL over `brief`, `run` and the outputs of the needed steps by their names."""


class RetryPolicy(Frozen):
    """How often and how soon a retryable failure is tried again.

    The wait before attempt n + 1 is `initial_s * factor ** (n - 1)`, at most `max_s`,
    plus up to a quarter of jitter. Errors of the classes in `non_retryable` are final at once.
    """

    model_config = ConfigDict(extra="forbid")

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    initial_s: Annotated[float, Field(ge=0, le=3600)] = 2.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_s: Annotated[float, Field(ge=0, le=86_400)] = 60.0
    non_retryable: tuple[str, ...] = ()

    def wait(self, run_id: str, step: str, attempt: int, *, retry_after_s: float = 0) -> timedelta:
        """Return the wait after failed `attempt` (1 is the first); the same for whoever asks.

        It is no shorter than the `retry_after_s` of the error.
        """
        growth = self.factor ** min(attempt - 1, MAX_EXPONENT)
        wait_s = max(min(self.max_s, self.initial_s * growth), retry_after_s)
        digest = hashlib.sha256(f"{run_id}.{step}.{attempt}".encode()).digest()
        share = int.from_bytes(digest[:4]) / 2**32
        return timedelta(seconds=wait_s * (1 + JITTER * share))


class ApprovalPolicy(Frozen):
    """A person decides before the step is requested.

    Risk `low` asks nobody, `medium` is put on record and goes on, `high` waits for a decision.
    `when` limits it to runs for which the expression is true. `revise` names the step that runs
    again when the person wants something changed; without it nothing can be.
    """

    model_config = ConfigDict(extra="forbid")

    risk: Risk = "high"
    when: Expression | None = None
    expires_s: Annotated[float, Field(ge=1, le=30 * 86_400)] = 86_400.0
    on_expiry: Literal["approve", "reject"] = "reject"
    requester_may_approve: bool = True
    revise: Name | None = None
    max_revisions: Annotated[int, Field(ge=0, le=20)] = 5


def _task_may_be_left_out(schema: dict[str, Any]) -> None:
    schema["required"].remove("task")


class StepSpec(Frozen):
    """One step. `task` names the agent's handler and defaults to the step's name.

    `when` is an expression that must be true for the step to run; `if_skipped` says whether the
    steps that need a skipped one are skipped as well or run without its output. `for_each` is an
    expression that gives a list: the step runs once for each item, `concurrency` at a time, and
    its output is what the instances gave, in order. With `continue_on_error` the run goes on
    without the output of a step, or of an instance, that failed for good.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_task_may_be_left_out)

    step: Name
    agent: Name
    task: Name
    needs: tuple[Name, ...] = ()
    retry: RetryPolicy = RetryPolicy()
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    when: Expression | None = None
    if_skipped: Literal["skip", "feed"] = "skip"
    for_each: Expression | None = None
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    approval: ApprovalPolicy | None = None
    continue_on_error: bool = False

    @property
    def is_resolved_first(self) -> bool:
        """Tell whether an expression must be evaluated before the step can be requested."""
        asks = self.approval is not None and self.approval.when is not None
        return self.when is not None or self.for_each is not None or asks

    @model_validator(mode="before")
    @classmethod
    def _task_is_the_step(cls, raw: object) -> object:
        if isinstance(raw, dict) and "step" in raw:
            return {"task": raw["step"], **raw}
        return raw


class Pipeline(Frozen):
    """A directed acyclic graph of steps. Every step is also given the run's brief.

    A run that has not ended `deadline_s` after it was asked for fails.
    """

    model_config = ConfigDict(extra="forbid")

    pipeline: Name
    description: str = ""
    deadline_s: Annotated[float, Field(gt=0, le=30 * 86_400)] | None = None
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1, max_length=200)]

    def model_post_init(self, _: object, /) -> None:
        """Refuse what is no graph; unlike an after-validator once, not in each event around it."""
        _refuse_repeated(self.steps)
        _refuse_unknown(self.steps)
        _refuse_cycle(self.steps)
        _refuse_wrong_revision(self)
        _refuse_wrong_expressions(self.steps)

    @property
    def asks_a_person(self) -> bool:
        """Tell whether some step may wait for somebody's decision."""
        return any(
            spec.approval is not None and spec.approval.risk == "high" for spec in self.steps
        )

    def before(self, step: str) -> frozenset[str]:
        """Return every step that `step` needs, directly or through others."""
        return _reached(step, {spec.step: spec.needs for spec in self.steps})

    def behind(self, step: str) -> frozenset[str]:
        """Return every step that needs `step`, directly or through others."""
        needed_by = dict[str, list[str]]()
        for spec in self.steps:
            for need in spec.needs:
                needed_by.setdefault(need, []).append(spec.step)
        return _reached(step, needed_by)

    def step(self, name: str) -> StepSpec:
        """Return the step called `name`; a name that is not there is a bug of the caller."""
        return next(spec for spec in self.steps if spec.step == name)


def _known(raw: Any, validate: ValidatorFunctionWrapHandler) -> Pipeline:  # noqa: ANN401 -- whatever a message holds
    """Return the same pipeline for the same content: it is checked once, not for each run."""
    if not isinstance(raw, dict):
        return _validated(raw, validate)
    try:
        key = orjson.dumps(raw)
    except orjson.JSONEncodeError:
        return _validated(raw, validate)
    found = _KNOWN.pop(key, None) or _validated(raw, validate)
    _KNOWN[key] = found
    if len(_KNOWN) > MAX_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    return found


def _validated(raw: object, validate: ValidatorFunctionWrapHandler) -> Pipeline:
    pipeline: Pipeline = validate(raw)
    return pipeline


_KNOWN = dict[bytes, Pipeline]()
"""By their JSON, the one that was used last at the end."""

KnownPipeline = Annotated[Pipeline, WrapValidator(_known)]
"""The pipeline of a run: most runs have that of another one."""


def _reached(start: str, edges: Mapping[str, Sequence[str]]) -> frozenset[str]:
    found = set[str]()
    waiting = list(edges.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += edges.get(name, ())
    return frozenset(found)


def _refuse_repeated(steps: Sequence[StepSpec]) -> None:
    seen = set[str]()
    for spec in steps:
        if spec.step in RESERVED:
            raise ValueError(
                f"step {spec.step!r} has a name with another meaning: "
                f"call it anything but {', '.join(RESERVED)}"
            )
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


def _refuse_wrong_revision(pipeline: Pipeline) -> None:
    for spec in pipeline.steps:
        revised = None if spec.approval is None else spec.approval.revise
        if revised is None or revised in (before := pipeline.before(spec.step)):
            continue
        raise ValueError(
            f"the approval of step {spec.step!r} revises {revised!r}, which does not come before "
            f"it: use one of {', '.join(sorted(before)) or 'its needs, of which it has none'}"
        )


def _refuse_wrong_expressions(steps: Sequence[StepSpec]) -> None:
    for spec in steps:
        asks = None if spec.approval is None else spec.approval.when
        _refuse_wrong_expression(spec, "when", spec.when, "bool")
        _refuse_wrong_expression(spec, "for_each", spec.for_each, "list")
        _refuse_wrong_expression(spec, "approval.when", asks, "bool")


def _refuse_wrong_expression(
    spec: StepSpec, field: str, expression: str | None, kind: expressions.Kind
) -> None:
    if expression is None:
        return
    try:
        expressions.check(expression, spec.needs, kind)
    except expressions.ConditionError as error:
        raise ValueError(f"step {spec.step!r}, {field}: {error}") from error
