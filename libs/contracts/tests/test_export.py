"""What we publish about ourselves stays true."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from contracts import subjects
from contracts.asyncapi import PARAMETERS, asyncapi, channels
from contracts.events import EVENT_TYPES, parse_event
from contracts.export import documents, rendered, write
from contracts.live import LIVE_TYPES

REPOSITORY = Path(__file__).parents[3]
PUBLISHED = REPOSITORY / "docs" / "contracts"


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_published_document_is_current(name: str) -> None:
    path = PUBLISHED / name

    assert path.exists(), "run `make render`"
    assert path.read_text(encoding="utf-8") == rendered(documents()[name]), "run `make render`"


def test_nothing_else_is_published() -> None:
    found = {path.name for path in PUBLISHED.iterdir() if path.suffix == ".json"}

    assert found == documents().keys(), "run `make render`"


def test_writing_makes_the_folder_and_removes_what_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "contracts"
    folder.mkdir(parents=True)
    (folder / "Forgotten.json").write_text("{}")

    write(folder)

    assert {path.name for path in folder.iterdir()} == documents().keys()
    assert (folder / "Quote.json").read_text().endswith("}\n")


def test_the_command_of_make_render_writes_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "contracts.export", str(tmp_path / "new")]

    subprocess.run(command, check=True)  # noqa: S603 -- our own module

    written = {path.name: path.read_text() for path in (tmp_path / "new").iterdir()}
    assert written == {name: rendered(document) for name, document in documents().items()}


@pytest.mark.parametrize("name", sorted(documents().keys() - {"asyncapi.json"}))
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(documents()[name])


def test_the_pipelines_of_the_product_fit_the_published_schema() -> None:
    validator = Draft202012Validator(documents()["Pipeline.json"])

    for path in (REPOSITORY / "pipelines").glob("*.yaml"):
        validator.validate(yaml.safe_load(path.read_text()))


DOCUMENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {"type": "object", "required": ["title", "version"]},
        "defaultContentType": {"type": "string"},
        "channels": {
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z0-9_-]+$"},
            "additionalProperties": {
                "type": "object",
                "required": ["address", "messages"],
                "properties": {
                    "address": {"type": ["string", "null"]},
                    "messages": {"additionalProperties": {"$ref": "#/$defs/reference"}},
                    "parameters": {"additionalProperties": {"required": ["description"]}},
                },
                "patternProperties": {"^x-": {}, "^description$": {"type": "string"}},
            },
        },
        "operations": {
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z0-9_-]+$"},
            "additionalProperties": {
                "type": "object",
                "required": ["action", "channel"],
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": {"$ref": "#/$defs/reference"},
                    "messages": {"type": "array", "items": {"$ref": "#/$defs/reference"}},
                    "reply": {
                        "required": ["channel"],
                        "properties": {"channel": {"$ref": "#/$defs/reference"}},
                    },
                },
            },
        },
        "components": {
            "required": ["messages"],
            "properties": {
                "messages": {
                    "additionalProperties": {
                        "required": ["name", "payload"],
                        "properties": {
                            "payload": {
                                "required": ["schemaFormat", "schema"],
                                "additionalProperties": False,
                                "properties": {
                                    "schemaFormat": {"type": "string"},
                                    "schema": {"$ref": "#/$defs/reference"},
                                },
                            }
                        },
                    }
                }
            },
        },
    },
    "$defs": {
        "reference": {
            "type": "object",
            "required": ["$ref"],
            "additionalProperties": False,
            "properties": {"$ref": {"type": "string"}},
        }
    },
}


def test_the_asyncapi_document_has_the_form_of_version_3() -> None:
    Draft202012Validator(DOCUMENT_SCHEMA).validate(asyncapi())


def references(node: object) -> list[str]:
    match node:
        case {"$ref": str(target)}:
            return [target]
        case dict():
            return [target for value in node.values() for target in references(value)]
        case list():
            return [target for value in node for target in references(value)]
        case _:
            return []


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi()

    for target in references(document):
        file, _, pointer = target.partition("#")
        if file:
            assert file.removeprefix("./") in documents()
        node: Any = document if not file else {}
        for part in pointer.split("/")[1:]:
            node = node[part]


def test_an_operation_names_only_messages_of_its_channel() -> None:
    document = asyncapi()

    for operation in document["operations"].values():
        channel = operation["channel"]["$ref"]
        assert all(each["$ref"].startswith(f"{channel}/") for each in operation["messages"])


def test_every_token_of_an_address_is_described() -> None:
    for channel in asyncapi()["channels"].values():
        tokens = set(re.findall(r"{(\w+)}", channel["address"] or ""))
        assert tokens == channel["parameters"].keys()


def test_every_subject_has_a_channel() -> None:
    addresses = {channel.address for channel in channels()}
    made = set()
    for subject in vars(subjects).values():
        if inspect.isfunction(subject) and subject.__annotations__.get("return") is str:
            names = inspect.signature(subject).parameters
            if not {"subject", "event", "kind"} & names.keys():
                made.add(subject(**{name: f"{{{name}}}" for name in names}))
    concrete = {address for address in made if "." in address and address[-1] not in "*>"}
    for pattern in (subjects.ALL_RUNS, subjects.ALL_CALLS, subjects.ALL_TIMERS, subjects.ALL_LIVE):
        root = pattern.removesuffix(">")
        assert any(address and address.startswith(root) for address in addresses)

    assert addresses >= {
        *(address for address in concrete if "*" not in address),
        subjects.QUOTES,
        subjects.TRIALS,
        *subjects.DEAD_ADVISORIES,
    }


def test_every_message_travels_on_some_channel() -> None:
    travelling = {kind for channel in channels() for kind in channel.messages}

    assert travelling >= {*EVENT_TYPES, *LIVE_TYPES}


def test_an_address_is_the_subject_that_messages_really_have() -> None:
    document = json.loads((PUBLISHED / "asyncapi.json").read_text())
    golden = Path(__file__).parent / "golden"

    for path in golden.glob("*.v*.json"):
        sent = json.loads(path.read_text())
        address = document["channels"][sent["type"].replace(".", "_")]["address"]
        tokens = {name: sent.get(name, "") for name in PARAMETERS}
        assert subjects.of_event(parse_event(path.read_bytes())) == address.format(**tokens)
