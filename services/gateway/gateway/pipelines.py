"""The pipelines of a folder, each read again when its file has changed."""

import asyncio
from pathlib import Path
from typing import NamedTuple

from contracts.loader import (
    SUFFIX,
    PipelineError,
    UnknownPipelineError,
    available,
    load_named,
)
from contracts.pipeline import Pipeline


class Found(NamedTuple):
    """A file of the folder: `pipeline` is None when it is none, and `error` a sentence why."""

    name: str
    pipeline: Pipeline | None
    error: str = ""


class _Stamp(NamedTuple):
    """What a file that was written again has other."""

    modified_ns: int
    size_bytes: int
    inode: int


class Pipelines:
    """Reading one takes ten milliseconds, more than all else that a run is accepted with."""

    def __init__(self) -> None:
        self._known = dict[Path, tuple[_Stamp, Pipeline]]()

    async def named(self, folder: Path, name: str) -> Pipeline:
        """Return the pipeline called `name` as `folder` has it now.

        Raises:
            PipelineError: there is none, or it cannot be used.
        """
        path = folder / f"{name}{SUFFIX}"
        stamp = _stamp_of(path)
        known = self._known.get(path)
        if stamp is not None and known is not None and known[0] == stamp:
            return known[1]
        pipeline = await asyncio.to_thread(load_named, folder, name)
        if stamp is not None:
            self._known[path] = (stamp, pipeline)
        return pipeline

    async def every(self, folder: Path) -> list[Found]:
        """Return whatever `folder` has now by its name, with what is wrong with some of it."""
        found = list[Found]()
        for name in await asyncio.to_thread(available, folder):
            try:
                found.append(Found(name, await self.named(folder, name)))
            except UnknownPipelineError:  # it was removed a moment ago
                continue
            except PipelineError as error:
                found.append(Found(name, None, str(error)))
        return found


def _stamp_of(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_mtime_ns, found.st_size, found.st_ino)
