"""The description of the API: whole, with examples that hold, and as it is committed."""

import ast
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts.export import rendered
from gateway.api.answer_headers import HEADERS
from gateway.api.app import api as application
from gateway.api.kinds import KINDS, URN

ROOT = Path(__file__).parents[3]
DOCUMENT = application().openapi()
OPERATIONS = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
}
CONTENTS = [
    pytest.param(content, id=f"{name}-{where}-{media_type}")
    for name, operation in OPERATIONS.items()
    for where, part in {
        "request": operation.get("requestBody", {}),
        **operation["responses"],
    }.items()
    for media_type, content in part.get("content", {}).items()
    if media_type != "application/octet-stream"
]


def test_the_committed_description_is_current():
    assert (ROOT / "docs" / "openapi.json").read_text() == rendered(DOCUMENT), "run make render"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operation_says_what_it_is_for(operation):
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", operation["operationId"])
    assert operation["summary"][0].isupper()
    assert operation["description"].endswith(".")
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


@pytest.mark.parametrize("content", CONTENTS)
def test_everything_sent_has_an_example_that_holds(content):
    schema = content["schema"] | {"components": DOCUMENT["components"]}
    check = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert content["examples"]
    for example in content["examples"].values():
        check.validate(example["value"])


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_error_is_a_problem(operation):
    errors = {status: part for status, part in operation["responses"].items() if status >= "400"}

    assert {"500", "503"} <= errors.keys()
    for status, error in errors.items():
        examples = error["content"]["application/problem+json"]["examples"].values()
        assert {str(example["value"]["status"]) for example in examples} == {status}


SEEN = {
    "POST run": ("startRun", "POST", "/api/v1/pipeline/run", {"topic": "하늘"}),
    "POST run, unknown channel": (
        *("startRun", "POST", "/api/v1/pipeline/run"),
        {"topic": "하늘", "channel_id": "nope"},
    ),
    "GET run, unknown": ("showRun", "GET", "/api/v1/pipeline/runs/nope", None),
    "POST channel": ("createChannel", "POST", "/api/v1/channels", {"channel_id": "m", "name": "M"}),
    "GET file, unknown": ("downloadArtifact", "GET", f"/api/v1/artifacts/{0:064}", None),
}


@pytest.mark.usefixtures("agents")
@pytest.mark.parametrize("asked", SEEN.values(), ids=SEEN)
async def test_what_an_answer_has_of_the_headers_that_programs_read_is_described(
    api, stranger, asked
):
    name, method, path, body = asked

    answers = [await client.request(method, path, json=body) for client in (api, stranger)]

    for answer in answers:
        described = OPERATIONS[name]["responses"][str(answer.status_code)]["headers"]
        sent = {header for header in HEADERS if header in answer.headers}
        assert sent == described.keys()


def test_every_kind_of_event_is_described():
    schemas = DOCUMENT["components"]["schemas"]

    for name in ("RunEvent", "LiveEvent"):
        for kind, ref in schemas[name]["discriminator"]["mapping"].items():
            assert schemas[ref.rpartition("/")[2]]["properties"]["type"]["const"] == kind


def test_every_reference_leads_somewhere():
    schemas = DOCUMENT["components"]["schemas"]
    refs = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT))

    assert set(refs) <= schemas.keys()


def kinds_in_code() -> set[str]:
    """Return each kind that some code gives to a problem or an error."""
    found = set[str]()
    for path in (ROOT / "services/gateway/gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case (
                    ast.Call(
                        func=ast.Name(
                            id="not_found" | "conflict" | "unprocessable" | "_unauthorized"
                        ),
                        args=[ast.Constant(value=str(kind)), *_],
                    )
                    | ast.Call(
                        func=ast.Name(id="ProblemError"),
                        args=[_, ast.Constant(value=str(kind)), *_],
                    )
                ):
                    found.add(kind)
                case ast.ClassDef(name=name, body=body) if name.endswith("Error"):
                    found |= {
                        part.value.value
                        for part in body
                        if isinstance(part, ast.Assign) and part.targets[0].id == "kind"
                    }
    return found


def test_every_kind_that_the_code_tells_of_is_listed():
    constants = {"invalid-request", "method-not-allowed"}

    assert kinds_in_code() | constants == KINDS.keys()


def test_every_kind_is_documented_once_with_its_status():
    text = (ROOT / "docs/API_DASHBOARD.md").read_text()
    listed = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", text, re.MULTILINE)

    assert sorted(listed) == sorted((kind, str(int(told.status))) for kind, told in KINDS.items())
    assert URN in text
