"""What a text model answers: JSON for a schema, prose otherwise, spoilt when that is asked for."""

import json
import re
from typing import Any

from simulator.content.ask import Ask
from simulator.content.filling import fill
from simulator.content.material import prose_of
from simulator.content.rules import Schemas, types_of
from simulator.content.story import Story
from simulator.wire import Json

_SCHEMA_KEYS = {"properties", "$defs", "items", "anyOf"}


def answer_to(ask: Ask, schema: Json | None, fault: str = "") -> str:
    """Return the text of an answer.

    Args:
        ask: What is asked.
        schema: The form of the answer; without it one that stands in the prompt is used.
        fault: `malformed` for JSON that breaks off, `invalid` for JSON of another form.
    """
    schema = schema or schema_in(ask)
    if schema is None:
        text = prose_of(Story(ask, ask.scenes or ask.default_scenes))
    else:
        value = object_for(ask, schema, fault)
        text = json.dumps(value, ensure_ascii=False)
    return broken(text) if fault == "malformed" else text


def object_for(ask: Ask, schema: Json, fault: str = "") -> Any:  # noqa: ANN401, JSON of any form
    value = fill(schema, ask)
    return _misfit(value, schema) if fault == "invalid" else value


def broken(text: str) -> str:
    """Return the text as a model leaves it that stops in the middle of its JSON."""
    kept = text[: max(1, len(text) * 2 // 3)]
    return kept if kept.startswith(("{", "[")) else f'{{"answer": "{kept}'


def schema_in(ask: Ask) -> Json | None:
    """Return the first JSON schema that stands in the prompt, None when there is none."""
    text = f"{ask.system}\n{ask.text}"
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{\s*\"", text)):
        try:
            value, _ = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(value, dict) and _SCHEMA_KEYS & value.keys():
            return value
    return None


def _misfit(value: object, schema: Json) -> object:
    """Return a value of another form: something needed is missing and something is foreign."""
    rules = Schemas(schema).rules_of(schema)
    if not isinstance(value, dict):
        return {"unexpected": True}
    required = [name for name in rules.get("required", value) if name in value]
    kept = {name: item for name, item in value.items() if name not in required[:1]}
    for name, rule in rules.get("properties", {}).items():
        if name in kept and types_of(Schemas(schema).rules_of(rule))[0] in {"array", "object"}:
            kept[name] = "unexpected"
    return {**kept, "unexpected": True}
