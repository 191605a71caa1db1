"""Evaluates the conditions of steps and joins what their instances gave: what needs content.

Each result is an event that the log takes once, so that a replica that does the same again, or a
moment later, changes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from agentkit.artifacts import NatsArtifacts
from agentkit.objects import BlobDamagedError, BlobMissingError
from contracts.artifacts import ArtifactRef, Items, Joined
from contracts.events import (
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepPlanned,
    StepSkipped,
)
from contracts.expressions import ConditionError, is_true, items_of, reads
from contracts.pipeline import StepSpec
from contracts.references import body_of
from orchestrator.outputs import Join, Resolve, Store

JOINED_MAX_BYTES = 16 * 1024 * 1024
"""An expression sees the outputs of all instances of a step, as long as they are not larger."""
CONCURRENT_READS = 16

type Resolved = StepPlanned | StepSkipped | StepFailed


class Resolver:
    """Reads and writes artifacts for one replica of the orchestrator."""

    def __init__(self, artifacts: NatsArtifacts) -> None:
        self._artifacts = artifacts
        self._reads = asyncio.Semaphore(CONCURRENT_READS)

    async def store(self, store: Store) -> None:
        for ref in store.artifacts:
            await self._artifacts.put(body_of(ref), media_type="application/json", name=ref.kind)

    async def resolve(
        self, resolve: Resolve, request: RunRequested, now: datetime, *, gives_up: bool = False
    ) -> Resolved:
        """Return what the expressions of a step say.

        What they read may not have come to the copy of the store that answers: with `gives_up`
        it is taken for lost.

        Raises:
            BlobMissingError, BlobDamagedError: it is not there, and `gives_up` is not set.
        """
        try:
            return await self._resolved(resolve, request, now)
        except ConditionError as error:
            return _failed(resolve, error, now)
        except (BlobMissingError, BlobDamagedError) as error:
            if not gives_up:
                raise
            return _failed(resolve, error, now)

    async def join(self, join: Join, now: datetime) -> StepCompleted:
        output = await self._artifacts.put_artifact(Joined(outputs=join.outputs))
        return StepCompleted(
            run_id=join.run_id,
            at=now,
            step=join.step,
            attempt=join.attempt,
            agent=join.agent,
            output=output,
            duration_ms=max(0, round((now - join.planned_at).total_seconds() * 1000)),
            simulated=join.simulated,
        )

    async def _resolved(self, resolve: Resolve, request: RunRequested, now: datetime) -> Resolved:
        spec = resolve.spec
        seen = await self._seen(spec, resolve.inputs, request)
        if spec.when is not None and not seen.is_true(spec.when):
            return StepSkipped(
                run_id=resolve.run_id,
                at=now,
                step=resolve.step,
                attempt=resolve.attempt,
                reason=f"its condition {spec.when!r} is false",
            )
        asks = spec.approval is not None and (
            spec.approval.when is None or seen.is_true(spec.approval.when)
        )
        values = None if spec.for_each is None else seen.items_of(spec.for_each)
        items = None if values is None else await self._artifacts.put_artifact(Items(values=values))
        return StepPlanned(
            run_id=resolve.run_id,
            at=now,
            step=resolve.step,
            attempt=resolve.attempt,
            items=items,
            count=None if values is None else len(values),
            approval=asks,
        )

    async def _seen(
        self, spec: StepSpec, inputs: Mapping[str, ArtifactRef], request: RunRequested
    ) -> "_Seen":
        """Return the brief and the output of each needed step, None for what nobody asks for."""
        asked = frozenset[str]().union(*(reads(each, spec.needs) for each in _expressions(spec)))
        found = {name: await self._content(ref) for name, ref in inputs.items() if name in asked}
        steps = {need: found.get(need) for need in spec.needs}
        return _Seen(found.get("brief"), _run_of(request), steps)

    async def _content(self, ref: ArtifactRef) -> JsonValue:
        content = await self._artifacts.content(ref)
        if ref.kind != Joined.__name__:
            return content
        outputs = Joined.model_validate(content).outputs
        size = sum(output.size_bytes for output in outputs if output is not None)
        if size > JOINED_MAX_BYTES:
            raise ConditionError(
                f"the outputs of {len(outputs):,} instances come to {size:,} bytes, more than the "
                f"{JOINED_MAX_BYTES:,} that an expression may see: let a step sum them up first"
            )
        return list(await asyncio.gather(*map(self._output, outputs)))

    async def _output(self, ref: ArtifactRef | None) -> JsonValue:
        if ref is None:
            return None
        async with self._reads:
            return await self._artifacts.content(ref)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the expressions of a step are evaluated over."""

    brief: JsonValue
    run: dict[str, JsonValue]
    steps: dict[str, JsonValue]

    def is_true(self, expression: str) -> bool:
        return is_true(expression, brief=self.brief, run=self.run, steps=self.steps)

    def items_of(self, expression: str) -> tuple[JsonValue, ...]:
        return items_of(expression, brief=self.brief, run=self.run, steps=self.steps)


def _expressions(spec: StepSpec) -> tuple[str, ...]:
    asks = None if spec.approval is None else spec.approval.when
    return tuple(each for each in (spec.when, spec.for_each, asks) if each is not None)


def _run_of(request: RunRequested) -> dict[str, JsonValue]:
    return {
        "run_id": request.run_id,
        "channel_id": request.channel_id,
        "topic": request.topic,
        "dry_run": request.dry_run,
    }


def _failed(resolve: Resolve, why: Exception, now: datetime) -> StepFailed:
    spec = resolve.spec
    error = StepError(
        error=type(why).__name__,
        message=str(why),
        retryable=False,
        step=resolve.step,
        attempt=resolve.attempt,
        agent=spec.agent,
    )
    return StepFailed(
        run_id=resolve.run_id,
        at=now,
        step=resolve.step,
        attempt=resolve.attempt,
        agent=spec.agent,
        error=error,
        duration_ms=0,
    )
