"""Changing an artifact by hand: a merge patch (RFC 7396) that leaves it what it is. No I/O."""

from collections.abc import Mapping

from pydantic import JsonValue, ValidationError

from contracts import artifacts
from contracts.artifacts import Artifact, Brief, Joined
from gateway.intake import topic_of
from gateway.repeats import EditError

type Content = Mapping[str, JsonValue]

_KINDS: Mapping[str, type[Artifact]] = {
    name: kind
    for name, kind in vars(artifacts).items()
    if isinstance(kind, type) and issubclass(kind, Artifact)
}


def edited(name: str, kind: str, content: Content, patch: JsonValue) -> Artifact | Content:
    """Return the artifact `name` with what `patch` changes.

    An artifact of a kind that only its agent knows keeps its fields and stays JSON.

    Raises:
        EditError: it would not be a `kind` any more, or names a field that there is not.
    """
    if not isinstance(patch, dict) or not patch:
        raise EditError(f'the edit of {name!r} changes nothing: write {{"field": value}}')
    if kind == Joined.__name__:
        raise EditError(
            f"{name!r} is a list of results and cannot be edited: edit what comes before it"
        )
    changed = merged(dict(content), patch)
    assert isinstance(changed, dict)  # noqa: S101 -- an object with an object merged in
    known = _KINDS.get(kind)
    if known is None:
        _refuse_stray(name, patch, dict.fromkeys(content))
        return changed
    artifact = _parsed(name, known, changed)
    _refuse_stray(name, patch, artifact.model_dump(mode="json"))
    if isinstance(artifact, Brief):
        _refuse_other_brief(artifact, content)
    return artifact


def merged(target: JsonValue, patch: JsonValue) -> JsonValue:
    """Return `target` after a merge patch: null removes, an object is merged, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _parsed(name: str, kind: type[Artifact], content: dict[str, JsonValue]) -> Artifact:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(map(str, (name, *first["loc"])))
        message = first["msg"].removeprefix("Value error, ")
        raise EditError(
            f"{path} cannot be edited so: {message[:1].lower()}{message[1:]}"
        ) from error


def _refuse_stray(path: str, patch: JsonValue, known: JsonValue) -> None:
    """Refuse a field that was read past: it is misspelt, and its edit would have no effect."""
    if isinstance(patch, dict) and isinstance(known, dict):
        for key, value in patch.items():
            if key not in known:
                fields = ", ".join(known)
                raise EditError(f"{path} has no field {key!r}: use one of {fields}")
            _refuse_stray(f"{path}.{key}", value, known[key])
    elif isinstance(patch, list) and isinstance(known, list):
        for index, (value, each) in enumerate(zip(patch, known, strict=False)):
            _refuse_stray(f"{path}.{index}", value, each)


def _refuse_other_brief(brief: Brief, before: Content) -> None:
    if brief.channel_id != before.get("channel_id"):
        raise EditError("brief.channel_id cannot be edited: ask for a new run on that channel")
    try:
        topic_of(brief.topic)
    except ValueError as error:
        raise EditError(f"brief.topic {error}") from error
