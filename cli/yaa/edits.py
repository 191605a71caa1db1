"""What a person wants edited, as the merge patches that the gateway takes."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import JsonValue

from yaa.errors import UsageError

type Patch = dict[str, JsonValue]


def edits_of(fields: Iterable[str], files: Iterable[str]) -> dict[str, Patch]:
    """Return a patch for each step that is edited: files first, single fields over them.

    Raises:
        UsageError: an edit is not written as one, or a file holds no JSON object.
    """
    edits = dict[str, Patch]()
    for text in files:
        step, patch = _file_in(text)
        edits[step] = edits.get(step, {}) | patch
    for text in fields:
        (step, *path), value = _field_in(text)
        _set(edits.setdefault(step, {}), path, value)
    return edits


def _field_in(text: str) -> tuple[list[str], JsonValue]:
    left, equals, right = text.partition("=")
    path = left.split(".")
    if not equals or len(path) < 2 or not all(path):  # noqa: PLR2004 -- a step and a field
        raise UsageError(
            f'{text!r} is no edit: write it like script.title="A new title", with brief or the '
            "name of a step first"
        )
    try:
        return path, json.loads(right)
    except ValueError:
        return path, right


def _set(patch: Patch, path: list[str], value: JsonValue) -> None:
    *parents, last = path
    for name in parents:
        inner = patch.get(name)
        patch[name] = patch = dict(inner) if isinstance(inner, dict) else {}
    patch[last] = value


def _file_in(text: str) -> tuple[str, Patch]:
    step, equals, name = text.partition("=")
    if not equals or not step or not name:
        raise UsageError(f"{text!r} names no step and file: write it like script=new.json")
    try:
        content = json.loads(Path(name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the file {name!r} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise UsageError(f'the file {name!r} holds no JSON object: write {{"field": value}} in it')
    return step, content
