"""Read a YAML file as a model; every mistake in it is told in one sentence with its line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from reprlib import Repr

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_WAYS_OUT = {
    "model_type": "write a mapping there, such as `name: value`",
    "dict_type": "write a mapping there, such as `name: value`",
    "tuple_type": "write a list there, such as [one, two]",
    "too_short": "write at least one there",
    "string_type": "write text there; put it in quotes when YAML takes it for something else",
    "string_pattern_mismatch": (
        "use at most 32 lower-case letters, digits, - and _, and begin with a letter"
    ),
}

_repr = Repr(maxstring=60).repr


class DocumentError(ValueError):
    """A file cannot be used; the message names the file, the line and the way out."""


def read_document[M: BaseModel](path: Path, kind: type[M]) -> M:
    """Return what the YAML file `path` says.

    Raises:
        DocumentError: the file cannot be read, or what it says is no `kind`.
    """
    text = _read(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DocumentError(_malformed(path, error)) from error
    except RecursionError as error:
        raise DocumentError(f"{path} is nested too deeply: make it flatter") from error
    except ValueError as error:
        raise DocumentError(
            f"{path} holds a value YAML cannot read ({error}): put it in quotes"
        ) from error
    _refuse_repeated(path, node)
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise DocumentError(_first_problem(path, node, error)) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from error
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read ({error.strerror}): check the path and its permissions"
        ) from error


def _malformed(path: Path, error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"{path} is no YAML ({' '.join(str(error).split())}): remove what is not text"
    mark = error.problem_mark
    return (
        f"{path}, line {mark.line + 1}, column {mark.column + 1}: this is no YAML "
        f"({error.problem}): correct the indentation or the punctuation there"
    )


def _refuse_repeated(path: Path, node: yaml.Node | None) -> None:
    if node is not None and (key := next(_repeated_keys(node, seen=set()), None)):
        raise DocumentError(
            f"{path}, line {key.start_mark.line + 1}: {key.value!r} stands there a second time: "
            "keep one of the two"
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


def _first_problem(path: Path, node: yaml.Node | None, error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    location = problem["loc"]
    if not location:
        return f"{path}{':' if problem['type'] == 'value_error' else ''} {_told(problem)}"
    where = ".".join(str(part) for part in location)
    return f"{path}, line {_line_of(node, location)}: {where} {_told(problem)}"


def _told(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "missing":
            return "is missing: add it"
        case "extra_forbidden":
            return "is not known here: remove it or correct its spelling"
        case "value_error":
            return str(problem["ctx"]["error"])
        case known if known in _WAYS_OUT:
            return f"is {_quote(problem['input'])}: {_WAYS_OUT[known]}"
        case _:
            message = problem["msg"]
            return f"is {_quote(problem['input'])}: {message[:1].lower()}{message[1:]}"


def _quote(value: object) -> str:
    return "empty" if value is None else _repr(value)


def _line_of(node: yaml.Node | None, location: Sequence[int | str]) -> int:
    """Return the line, from 1, of the deepest part of `location` that the file has."""
    line = 1
    for part in location:
        match node:
            case yaml.MappingNode():
                found = [pair for pair in node.value if pair[0].value == str(part)]
            case yaml.SequenceNode() if isinstance(part, int) and part < len(node.value):
                found = [(node.value[part], node.value[part])]
            case _:
                found = []
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line + 1
    return line
