"""Schemas as the providers accept them: both refuse what their own SDKs would never send."""

from collections.abc import Iterator

from simulator.wire import Json

_ANTHROPIC_UNSUPPORTED = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("maxItems", "uniqueItems"),
}


def anthropic_problem(schema: Json) -> str | None:
    """Return what the Messages API would say against an output schema, None when it is fine."""
    for part in _parts(schema):
        kind = part.get("type")
        if kind == "object" and part.get("additionalProperties") is not False:
            return "For 'object' type, 'additionalProperties' must be explicitly set to false"
        for keyword in _ANTHROPIC_UNSUPPORTED.get(str(kind), ()):
            if keyword in part:
                return f"For '{kind}' type, property '{keyword}' is not supported"
    return None


def openai_problem(schema: Json) -> str | None:
    """Return what a strict JSON schema lacks, None when it is fine."""
    for part in _parts(schema):
        if part.get("type") != "object":
            continue
        if part.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        missing = set(part.get("properties", {})) - set(part.get("required", []))
        if missing:
            return (
                "'required' is required to be supplied and to be an array including every key "
                f"in properties. Missing '{min(missing)}'."
            )
    return None


def _parts(schema: object) -> Iterator[Json]:
    """Give the schema and every schema inside it, but not what only looks like one."""
    if isinstance(schema, list):
        for item in schema:
            yield from _parts(item)
    elif isinstance(schema, dict):
        yield schema
        for key in ("properties", "$defs", "definitions"):
            for inner in (schema.get(key) or {}).values():
                yield from _parts(inner)
        for key in ("items", "anyOf", "oneOf", "allOf", "prefixItems"):
            yield from _parts(schema.get(key))
