"""The description of the API: what FastAPI reads off the endpoints, and what it cannot know."""

from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.events import EVENT_TYPES
from contracts.live import LIVE_TYPES
from gateway.api.answer_headers import HEADERS, describe_headers
from gateway.api.problems import MEDIA_TYPE, PROBLEMS, Problem

DESCRIPTION = """
Runs of AI pipelines: ask for one, watch it, read what it made and what it cost.

Every error is a problem document (RFC 9457) whose `detail` is a sentence for a person and whose
`type` is for programs. Times are RFC 3339 in UTC, money is US dollars, durations end in their unit.
"""
TAGS = [
    {"name": "runs", "description": "Ask for runs, watch, steer and repeat them."},
    {"name": "dashboard", "description": "Figures over all runs."},
    {"name": "pipelines", "description": "What a run can be asked of."},
    {"name": "approvals", "description": "What runs ask people, and the answers."},
    {"name": "schedules", "description": "Runs that are asked for at times to come."},
    {"name": "channels", "description": "Whose brand a video carries."},
    {"name": "library", "description": "Videos that were published."},
    {"name": "artifacts", "description": "Files that runs have produced."},
    {"name": "usage", "description": "What was paid for."},
    {"name": "api keys", "description": "Who may ask for what."},
    {"name": "notices", "description": "Messages to people outside the dashboard."},
    {"name": "dead letters", "description": "Requests that no agent lived to answer."},
]

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
REF = "#/components/schemas/{model}"

type Document = dict[str, Any]

_EVENT: Document = {
    "type": "object",
    "properties": {
        "event": {"type": "string"},
        "id": {"type": "string", "pattern": "^[0-9]*$"},
        "retry": {"type": "integer"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "oneOf": [{"$ref": REF.format(model=name)} for name in ("RunEvent", "LiveEvent")]
            },
        },
    },
    "required": ["event", "data"],
}
"""One event of a stream, as the `itemSchema` of OpenAPI 3.2 will say it."""


def described(app: FastAPI, describe: Callable[[], Document]) -> Document:
    """Return the OpenAPI document of `app`."""
    if app.openapi_schema is None:
        document = describe()
        document["components"]["schemas"] |= _further_schemas()
        document["components"]["headers"] = HEADERS
        for operation in _operations(document):
            _complete(operation, _examples().get(operation["operationId"], {}))
            describe_headers(operation)
    return describe()


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _further_schemas() -> Document:
    """Return the schemas that no endpoint returns by itself: problems and events."""
    kinds: tuple[type[BaseModel], ...] = (Problem, *EVENT_TYPES, *LIVE_TYPES)
    _, found = models_json_schema([(kind, "serialization") for kind in kinds], ref_template=REF)
    return {
        **found["$defs"],
        "RunEvent": _one_of(EVENT_TYPES, "What is on record about a run, in the `data` of SSE."),
        "LiveEvent": _one_of(LIVE_TYPES, "What happens right now, in the `data` of SSE."),
    }


def _one_of(kinds: tuple[type[BaseModel], ...], description: str) -> Document:
    refs = {kind.model_fields["type"].default: REF.format(model=kind.__name__) for kind in kinds}
    return {
        "description": description,
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }


def _complete(operation: Document, examples: Document) -> None:
    operation["summary"] = operation["description"].partition(".")[0]
    answers = operation["responses"]
    if "requestBody" in operation:
        _exemplify(operation["requestBody"]["content"], examples.get("request"))
        answers |= _stringed(PROBLEMS["malformed-json", "request-timeout"])
        answers |= _stringed(PROBLEMS["content-too-large", "unsupported-media-type"])
    if "security" in operation:
        _also(answers, PROBLEMS["key-missing", "key-refused", "rate-limited"])
        if any(operation["security"][0].values()):
            _also(answers, PROBLEMS["scope-missing"])
    answers |= _stringed(PROBLEMS["internal"])
    if "parameters" not in operation and "requestBody" not in operation:
        answers.pop("422", None)
    for status, answer in answers.items():
        if answer["description"] == "Successful Response":
            answer["description"] = HTTPStatus(int(status)).phrase
            _exemplify(answer.get("content", {}), examples.get("response"))
    operation["responses"] = {status: dict(answer) for status, answer in sorted(answers.items())}


def _stringed(answers: dict[int | str, Document]) -> Document:
    return {str(status): answer for status, answer in answers.items()}


def _also(answers: Document, more: dict[int | str, Document]) -> None:
    """Add answers to those of an operation, which may have some of the same status."""
    for status, answer in _stringed(more).items():
        told: Document = answer["content"][MEDIA_TYPE]
        own: Document = ({status: answer} | answers)[status]["content"][MEDIA_TYPE]
        examples = told["examples"] | own["examples"]
        answers[status] = answer | {"content": {MEDIA_TYPE: told | {"examples": examples}}}


def _exemplify(content: Document, example: object) -> None:
    if EVENT_STREAM in content:
        content[EVENT_STREAM] = {"schema": {"type": "string"}, "x-itemSchema": _EVENT}
    for told in content.values():
        if example is not None:
            told["examples"] = {"example": {"value": example}}


@cache
def _examples() -> dict[str, Document]:
    """Return an example of what each operation is sent and answers, by its id."""
    found: dict[str, Document] = orjson.loads((files(__package__) / "examples.json").read_bytes())
    return found
