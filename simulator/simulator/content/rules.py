"""Reading JSON schemas: references, merged parts, and limits that were written as words."""

import re
from collections.abc import Iterator
from typing import Any

from simulator.wire import Json

_WORDED = re.compile(
    r"\b(minLength|maxLength|minItems|maxItems|minimum|maximum|exclusiveMinimum|exclusiveMaximum"
    r"|multipleOf): (-?\d+(?:\.\d+)?(?:e-?\d+)?)"
)
_WORDED_PATTERN = re.compile(r"\bpattern: (.+?)(?:, [A-Za-z]+: |\}$)", re.DOTALL)
_BLOCK = re.compile(r"\{[A-Za-z]+: .*\}$", re.DOTALL)
_LOWER = {"minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties"}
_UPPER = {"maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties"}
_MAX_HOPS = 20


class Schemas:
    """One schema with its definitions; every part is given whole, as `rules_of` returns it."""

    def __init__(self, root: Json) -> None:
        self.root = root

    def rules_of(self, schema: object) -> Json:
        """Return `schema` with its references followed and its `allOf` merged into it."""
        rules: Json = {}
        for part in self._parts(schema, 0):
            _merge(rules, part)
        return {**_worded_limits(rules), **rules}

    def _parts(self, schema: object, hops: int) -> Iterator[Json]:
        if not isinstance(schema, dict) or hops > _MAX_HOPS:
            return
        if isinstance(reference := schema.get("$ref"), str):
            yield from self._parts(self._at(reference), hops + 1)
        for part in schema.get("allOf", ()):
            yield from self._parts(part, hops + 1)
        yield {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}

    def _at(self, reference: str) -> object:
        found: Any = self.root
        for key in reference.removeprefix("#").strip("/").split("/"):
            name = key.replace("~1", "/").replace("~0", "~")
            if name:
                found = found.get(name) if isinstance(found, dict) else None
        return found

    def find_property(self, name: str) -> Json | None:
        """Return the rules of the first property called `name`, wherever it is."""
        return self._found(self.root, name, set())

    def _found(self, schema: object, name: str, seen: set[int]) -> Json | None:
        if not isinstance(schema, dict | list) or id(schema) in seen:
            return None
        seen.add(id(schema))
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if isinstance(properties, dict) and name in properties:
            return self.rules_of(properties[name])
        parts = schema.values() if isinstance(schema, dict) else schema
        return next(filter(None, (self._found(part, name, seen) for part in parts)), None)


def types_of(rules: Json) -> list[str]:
    """Return the types a value may have, told by other keywords where `type` is missing."""
    named = rules.get("type")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list) and named:
        return [str(name) for name in named]
    if {"properties", "required", "additionalProperties", "minProperties"} & rules.keys():
        return ["object"]
    if {"items", "prefixItems", "minItems", "maxItems"} & rules.keys():
        return ["array"]
    if {"minimum", "maximum", "multipleOf", "exclusiveMinimum"} & rules.keys():
        return ["number"]
    return ["string"]


def _merge(rules: Json, part: Json) -> None:
    for key, value in part.items():
        known = rules.get(key)
        if known is None:
            rules[key] = value
        elif key == "properties":
            rules[key] = {**known, **value}
        elif key == "required":
            rules[key] = [*known, *(name for name in value if name not in known)]
        elif key in _LOWER:
            rules[key] = max(known, value)
        elif key in _UPPER:
            rules[key] = min(known, value)
        else:
            rules[key] = value


def _worded_limits(rules: Json) -> Json:
    """Return limits that an SDK moved into the description because the API takes no others."""
    description = rules.get("description")
    block = _BLOCK.search(description) if isinstance(description, str) else None
    if block is None:
        return {}
    limits: Json = {name: float(number) for name, number in _WORDED.findall(block.group())}
    for name in limits:
        if name.endswith(("Length", "Items")):
            limits[name] = int(limits[name])
    if pattern := _WORDED_PATTERN.search(block.group()):
        limits["pattern"] = pattern[1]
    return limits
