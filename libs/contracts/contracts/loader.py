"""Read pipelines from YAML files; every mistake in one is told in one sentence."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from reprlib import Repr

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.pipeline import Pipeline

SUFFIX = ".yaml"

_WAYS_OUT = {
    "model_type": "write a mapping there, such as `step: research`",
    "tuple_type": "write a list there, such as [research]",
    "string_type": "write text there; put it in quotes when YAML takes it for something else",
    "string_pattern_mismatch": (
        "use at most 32 lower-case letters, digits, - and _, and begin with a letter"
    ),
    "too_short": "a pipeline has at least one step",
    "too_long": "a pipeline has at most 200 steps",
}

_quote = Repr(maxstring=60).repr


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
    text = _read(path)
    node = _parse(path, text)
    try:
        pipeline = Pipeline.model_validate(_construct(path, text))
    except ValidationError as error:
        raise PipelineError(_first_problem(path, node, error)) from error
    if pipeline.pipeline != path.stem:
        raise PipelineError(
            f"{path}, line {_line_of(node, ('pipeline',))}: the pipeline calls itself "
            f"{pipeline.pipeline!r}: rename it to {path.stem!r} or the file to "
            f"{pipeline.pipeline}{SUFFIX}"
        )
    return pipeline


def _unknown(folder: Path, name: str, names: Sequence[str]) -> str:
    if not names:
        return (
            f"there is no pipeline {name!r}: {folder} holds none; add {name}{SUFFIX} to it "
            "or let YAA_PIPELINES_DIR name the folder that has it"
        )
    return f"there is no pipeline {name!r} in {folder}: use one of {', '.join(names)}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PipelineError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from error
    except OSError as error:
        raise PipelineError(
            f"{path} cannot be read ({error.strerror}): check the path and its permissions"
        ) from error


def _parse(path: Path, text: str) -> yaml.MappingNode:
    """Return the file's syntax tree, which knows the line of everything."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise PipelineError(_malformed(path, error)) from error
    except RecursionError as error:
        raise PipelineError(f"{path} is nested too deeply: a pipeline has three levels") from error
    if not isinstance(node, yaml.MappingNode):
        raise PipelineError(
            f"{path} is not a mapping: begin it with `pipeline: {path.stem}` and `steps:`"
        )
    if repeated := next(_repeated_keys(node, seen=set()), None):
        raise PipelineError(
            f"{path}, line {repeated.start_mark.line + 1}: {repeated.value!r} stands there a "
            "second time: keep one of the two"
        )
    return node


def _construct(path: Path, text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PipelineError(_malformed(path, error)) from error
    except ValueError as error:
        raise PipelineError(
            f"{path} holds a value YAML cannot read ({error}): put it in quotes"
        ) from error


def _malformed(path: Path, error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"{path} is no YAML ({_one_line(error)}): remove what is not text"
    mark = error.problem_mark
    return (
        f"{path}, line {mark.line + 1}, column {mark.column + 1}: this is no YAML "
        f"({error.problem}): correct the indentation or the punctuation there"
    )


def _repeated_keys(node: yaml.Node, *, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    """Yield keys that a mapping has twice: YAML itself would silently keep the last."""
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item, seen=seen)
        return
    keys = set[str]()
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in keys:
                yield key
            keys.add(key.value)
        yield from _repeated_keys(value, seen=seen)


def _first_problem(path: Path, node: yaml.Node, error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    location = problem["loc"]
    if not location:
        return f"{path}: {_told(problem)}"
    where = ".".join(str(part) for part in location)
    return f"{path}, line {_line_of(node, location)}: {where} {_told(problem)}"


def _told(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "missing":
            return "is missing: add it"
        case "extra_forbidden":
            return "is nothing a pipeline knows: remove it or correct its spelling"
        case "value_error":
            return str(problem["ctx"]["error"])
        case known if known in _WAYS_OUT:
            return f"is {_quote(problem['input'])}: {_WAYS_OUT[known]}"
        case _:
            message = problem["msg"]
            return f"is {_quote(problem['input'])}: {message[:1].lower()}{message[1:]}"


def _line_of(node: yaml.Node, location: Sequence[int | str]) -> int:
    """Return the line, from 1, of the deepest part of `location` that the file has."""
    line: int = node.start_mark.line + 1
    for part in location:
        match node:
            case yaml.MappingNode():
                found = [pair for pair in node.value if pair[0].value == part]
            case yaml.SequenceNode() if isinstance(part, int) and part < len(node.value):
                found = [(node.value[part], node.value[part])]
            case _:
                found = []
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line + 1
    return line


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
