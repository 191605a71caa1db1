"""What a handler is given of a step's inputs: the artifacts that its annotations ask for."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched, islice
from types import NoneType, UnionType
from typing import Union, get_args, get_origin

from agentkit.errors import StepRejectedError
from agentkit.ports import Artifacts
from contracts.artifacts import Artifact, ArtifactRef, Item, Items, Joined, Revision
from contracts.base import instance_of, step_of
from contracts.events import StepRequested

ITEM, REVISION = "item", "revision"
LISTS_KEPT = 4
_READS = 16
_NAMED = 5

type Found = tuple[str, ArtifactRef]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One artifact of `kind`; with `optional` None when there is none, with `many` all of them."""

    kind: type[Artifact]
    many: bool = False
    optional: bool = False

    @property
    def must_be_given(self) -> bool:
        """Tell whether the steps before must give it: no step gives an item or a revision."""
        return not (self.many or self.optional or self.kind is Item)


def wanted_of(hint: object) -> Wanted | None:
    """Return what `A`, `A | None` or `tuple[A, ...]` asks for, None when it is none of these.

    Raises:
        TypeError: it is, but of an artifact that cannot be given in that form.
    """
    kind, many, optional = _form_of(hint)
    if kind is None or kind is Artifact:
        return None
    if kind is Joined:
        raise TypeError("take the outputs themselves, tuple[A, ...] of the kind A they have")
    if kind is Item and many:
        raise TypeError("an instance is given one item: annotate it with Item")
    if kind is Revision and not (many or optional):
        raise TypeError("most runs have no revision: annotate it with Revision | None")
    return Wanted(kind, many=many, optional=optional)


def _form_of(hint: object) -> tuple[type[Artifact] | None, bool, bool]:
    """Return the kind of artifact in a hint, and whether many and whether none may be given."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        kind = _kind_of(arguments[0]) if arguments[1:] == (Ellipsis,) else None
        return kind, True, False
    if origin in {Union, UnionType}:
        others = [each for each in arguments if each is not NoneType]
        is_one = len(others) == 1 and NoneType in arguments
        return (_kind_of(others[0]) if is_one else None), False, True
    return _kind_of(hint), False, False


def _kind_of(hint: object) -> type[Artifact] | None:
    return hint if isinstance(hint, type) and issubclass(hint, Artifact) else None


class Lists:
    """The lists read last: each of thousands of instances is given a part of the same one."""

    def __init__(self) -> None:
        self._kept = OrderedDict[str, Artifact]()
        self._reading = asyncio.Lock()

    async def read[A: Artifact](self, ref: ArtifactRef, kind: type[A], artifacts: Artifacts) -> A:
        if ref.inline is not None:
            return await artifacts.get_artifact(ref, kind)
        async with self._reading:
            found = self._kept.get(ref.sha256)
            if not isinstance(found, kind):
                found = await artifacts.get_artifact(ref, kind)
            self._kept[ref.sha256] = found
            self._kept.move_to_end(ref.sha256)
            if len(self._kept) > LISTS_KEPT:
                self._kept.popitem(last=False)
            return found


class Inputs:
    """The inputs of one request. A step that ran for each item gives what its instances gave."""

    def __init__(self, request: StepRequested, artifacts: Artifacts, lists: Lists) -> None:
        self._request = request
        self._artifacts = artifacts
        self._lists = lists

    async def give(self, parameter: str, wanted: Wanted) -> object:
        """Return what `parameter` is to be.

        Raises:
            StepRejectedError: the inputs do not hold it.
        """
        if wanted.kind is Item:
            return await self._item(wanted)
        found = await self._found(wanted.kind)
        if wanted.many:
            return await self._all(found, wanted.kind)
        if not found and wanted.optional:
            return None
        ref = self._one(found, parameter, wanted.kind)
        return await self._artifacts.get_artifact(ref, wanted.kind)

    async def output[A: Artifact](self, ref: ArtifactRef | None, kind: type[A]) -> A | None:
        """Return what this step gave before as a `kind`, None when it gave none.

        Of a step that ran for each item that is what the same instance gave.
        """
        _, index = step_of(self._request.step)
        if ref is not None and ref.kind == Joined.__name__ and index is not None:
            joined = await self._lists.read(ref, Joined, self._artifacts)
            ref = joined.outputs[index] if index < len(joined.outputs) else None
        if ref is None or ref.kind != kind.__name__:
            return None
        return await self._artifacts.get_artifact(ref, kind)

    async def _item(self, wanted: Wanted) -> Item | None:
        step, index = step_of(self._request.step)
        ref = self._request.inputs.get(ITEM)
        if index is None or ref is None:
            if wanted.optional:
                return None
            raise StepRejectedError(
                f"task {self._request.task!r} takes an Item, which only a step that runs for each "
                f"item of a list is given: add for_each to step {step!r}"
            )
        values = (await self._lists.read(ref, Items, self._artifacts)).values
        if index >= len(values):
            raise StepRejectedError(f"step {step!r} has {len(values)} items, none at {index}")
        return Item(index=index, count=len(values), value=values[index])

    async def _found(self, kind: type[Artifact]) -> list[Found]:
        found = list[Found]()
        for name, ref in self._request.inputs.items():
            if ref.kind == kind.__name__ and name != ITEM:
                found.append((name, ref))
            elif ref.kind == Joined.__name__:
                joined = await self._lists.read(ref, Joined, self._artifacts)
                found += _of_kind(name, joined.outputs, kind)
        return found

    async def _all(self, found: Iterable[Found], kind: type[Artifact]) -> tuple[Artifact, ...]:
        read = list[Artifact]()
        for some in batched((ref for _, ref in found), _READS):
            read += await asyncio.gather(*(self._artifacts.get_artifact(ref, kind) for ref in some))
        return tuple(read)

    def _one(self, found: Sequence[Found], parameter: str, kind: type[Artifact]) -> ArtifactRef:
        """Return the only one; of several, that of the step called as the parameter."""
        if len(found) == 1:
            return found[0][1]
        for name, ref in found:
            if name == parameter:
                return ref
        task, name = self._request.task, kind.__name__
        if not found:
            raise StepRejectedError(
                f"task {task!r} takes a {name}, which no needed step of {self._request.step!r} "
                f"gives: add the step that makes one to its needs"
            )
        raise StepRejectedError(
            f"task {task!r} takes one {name} but {_named(found)} give one each: "
            f"name the parameter after the step, or take tuple[{name}, ...]"
        )


def _of_kind(
    step: str, outputs: Iterable[ArtifactRef | None], kind: type[Artifact]
) -> Iterable[Found]:
    for index, ref in enumerate(outputs):
        if ref is not None and ref.kind == kind.__name__:
            yield instance_of(step, index), ref


def _named(found: Sequence[Found]) -> str:
    names = ", ".join(name for name, _ in islice(found, _NAMED))
    more = len(found) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
