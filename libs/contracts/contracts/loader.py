"""Find the pipelines of a folder; a file that is none is told in one sentence."""

from collections.abc import Sequence
from pathlib import Path

from contracts.documents import DocumentError, read_document
from contracts.pipeline import Pipeline

SUFFIX = ".yaml"


class PipelineError(ValueError):
    """A pipeline cannot be used; the message names the file, the line and the way out."""


class UnknownPipelineError(PipelineError):
    """No pipeline has this name; the message names those there are."""


def available(folder: Path) -> list[str]:
    """Return the names of the pipelines in `folder`; a folder that is not there holds none."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}"))


def load_named(folder: Path, name: str) -> Pipeline:
    """Return the pipeline called `name`, which lies in `folder` under its own name.

    Raises:
        UnknownPipelineError: there is no such pipeline.
        PipelineError: the file is there and cannot be used.
    """
    names = available(folder)
    if name not in names:
        raise UnknownPipelineError(_unknown(folder, name, names))
    return load(folder / f"{name}{SUFFIX}")


def load(path: Path) -> Pipeline:
    """Return the pipeline in the file `path`.

    Raises:
        PipelineError: the file cannot be read, or what it says is no pipeline.
    """
    try:
        pipeline = read_document(path, Pipeline)
    except DocumentError as error:
        raise PipelineError(str(error)) from error
    if pipeline.pipeline != path.stem:
        raise PipelineError(
            f"{path}: the pipeline calls itself {pipeline.pipeline!r}: rename it to "
            f"{path.stem!r} or the file to {pipeline.pipeline}{SUFFIX}"
        )
    return pipeline


def _unknown(folder: Path, name: str, names: Sequence[str]) -> str:
    if not names:
        return (
            f"there is no pipeline {name!r}: {folder} holds none; add {name}{SUFFIX} to it "
            "or let YAA_PIPELINES_DIR name the folder that has it"
        )
    return f"there is no pipeline {name!r} in {folder}: use one of {', '.join(names)}"
