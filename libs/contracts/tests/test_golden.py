"""Messages as they were once sent stay readable for ever. Golden files are added, not changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from contracts import subjects, versions
from contracts.events import EVENT_TYPES, parse_event
from contracts.export import documents, models
from contracts.live import LIVE_TYPES, parse_live

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
EVENTS = [path for path in GOLDEN if path.stem.startswith(("run.", "step.", "approval."))]
LIVE = [path for path in GOLDEN if path.stem.startswith("live.")]
OTHERS = [path for path in GOLDEN if path not in {*EVENTS, *LIVE}]
MODELS = {kind.__name__: kind for kind in models()}
SCHEMAS = documents()


def has_kept(parsed: Any, sent: Any) -> bool:
    """Tell whether everything that was sent is there; fields added since may be there too."""
    match sent:
        case dict():
            return all(key in parsed and has_kept(parsed[key], sent[key]) for key in sent)
        case list():
            return len(parsed) == len(sent) and all(map(has_kept, parsed, sent))
        case _:
            return bool(parsed == sent)


def assert_is_read(message: BaseModel, path: Path) -> None:
    sent = json.loads(path.read_text())
    schema = SCHEMAS[f"{type(message).__name__}.json"]
    assert has_kept(message.model_dump(mode="json"), sent)
    Draft202012Validator(schema).validate(sent)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_every_event_ever_sent_can_be_read(path: Path) -> None:
    event = parse_event(path.read_bytes())

    assert path.stem.rpartition(".v")[0] == event.type
    assert subjects.run_id_of(subjects.of_event(event)) == event.run_id
    newest = type(event).model_fields["version"].default
    assert event.version == newest
    if path.stem.endswith(f".v{newest}"):
        assert_is_read(event, path)


@pytest.mark.parametrize("path", LIVE, ids=lambda path: path.stem)
def test_every_live_event_can_be_read(path: Path) -> None:
    event = parse_live(path.read_bytes())

    assert path.stem.startswith(event.type)
    assert_is_read(event, path)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_whatever_else_is_kept_can_be_read(path: Path) -> None:
    kind = MODELS[path.stem.partition(".")[0]]

    assert_is_read(kind.model_validate_json(path.read_bytes()), path)


def test_every_message_has_a_golden_file_of_its_newest_version() -> None:
    fields = [(kind.model_fields["type"].default, kind) for kind in (*EVENT_TYPES, *LIVE_TYPES)]
    expected = {
        f"{name}.v{kind.model_fields['version'].default}" if kind in EVENT_TYPES else name
        for name, kind in fields
    }
    inside_others = {"ArtifactRef", "BlobRef", "Pipeline"}
    named = {kind.__name__ for kind in models() if kind not in {kind for _, kind in fields}}

    assert {path.stem for path in GOLDEN} >= expected | named - inside_others


def test_an_unknown_field_is_ignored() -> None:
    sent = json.loads(EVENTS[0].read_text()) | {"tomorrow": 1}

    assert parse_event(json.dumps(sent).encode()) == parse_event(EVENTS[0].read_bytes())


def test_an_old_event_is_read_as_the_newest_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        versions.UPCASTERS,
        ("run.ended", 0),
        lambda raw: {**raw, "type": "run.completed", "version": 0},
    )
    monkeypatch.setitem(
        versions.UPCASTERS,
        ("run.completed", 0),
        lambda raw: {**raw, "version": 1, "outputs": raw["results"]},
    )
    old = {
        "type": "run.ended",
        "version": 0,
        "run_id": "r1",
        "at": "2026-01-01T00:00:00Z",
        "results": {},
    }

    event = parse_event(json.dumps(old).encode())

    assert (event.type, event.version) == ("run.completed", 1)


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"{", b"[]", b"null", b"\xff"),
        *(b'{"type": 1}', b'{"type": []}', b'{"type": {}}'),
        *(b'{"type": "run.forgotten"}', b'{"type": "step.completed"}'),
    ],
)
def test_what_is_no_event_is_refused(payload: bytes) -> None:
    with pytest.raises(ValidationError):
        parse_event(payload)
