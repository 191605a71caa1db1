"""The key that the CLI sends, to whom, and what it says when it is refused."""

import json
from pathlib import Path

import pytest

from .conftest import Stage, Yaa

ROUTE = "GET /channels"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in which a stack runs, with its key."""
    monkeypatch.delenv("YAA_API_KEY", raising=False)
    monkeypatch.setenv("YAA_DATA_DIR", str(tmp_path))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "admin").write_text("yaa_mine\n")
    return tmp_path


def runs_at(folder: Path, url: str) -> None:
    (folder / "run").mkdir()
    (folder / "run" / "gateway.json").write_text(json.dumps({"url": url}))


def sent(stage: Stage) -> str | None:
    return stage.asked[-1][1].get("x-api-key")


def refuse(stage: Stage, status: int, kind: str, detail: str) -> None:
    problem = {"type": f"urn:yaa:problem:{kind}", "status": status, "detail": detail}
    stage.answer(ROUTE, problem, status)


def test_the_key_of_the_folder_is_for_the_gateway_that_runs_here(
    stage: Stage, yaa: Yaa, here: Path
) -> None:
    stage.answer(ROUTE, [])
    runs_at(here, stage.url)

    assert yaa("channels", "list", "--url", f"{stage.url}/").code == 0
    assert sent(stage) == "yaa_mine"


def test_the_key_of_the_folder_is_sent_nowhere_else(stage: Stage, yaa: Yaa, here: Path) -> None:
    stage.answer(ROUTE, [])
    runs_at(here, "http://127.0.0.1:1")

    assert yaa("channels", "list").code == 0
    assert sent(stage) is None


def test_the_key_that_is_said_goes_before(
    stage: Stage, yaa: Yaa, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.answer(ROUTE, [])
    runs_at(here, stage.url)
    monkeypatch.setenv("YAA_API_KEY", " yaa_said\n")

    assert yaa("channels", "list").code == 0
    assert sent(stage) == "yaa_said"


def test_whoever_has_a_key_of_their_own_is_named_by_it(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.answer("POST /pipeline/run", {"run_id": "a", "status": "pending"})
    monkeypatch.setenv("YAA_API_KEY", "yaa_said")

    assert yaa("run", "tides").code == 0
    assert stage.asked[-1][2]["requested_by"] == ""


def test_without_a_key_the_way_to_one_is_said(stage: Stage, yaa: Yaa) -> None:
    refuse(stage, 401, "key-missing", "send a key in the header X-API-Key: there is none")

    said = yaa("channels", "list")

    way_out = "set YAA_API_KEY to one that yaa keys create has made there"
    assert (said.code, said.err) == (2, f"yaa: {stage.url} wants a key: {way_out}\n")


@pytest.mark.parametrize(
    ("status", "kind", "detail"),
    [
        (401, "key-refused", "the key 'ci' was deactivated: use another one"),
        (403, "scope-missing", "the key 'ci' has the scope read, and this needs run: use another"),
    ],
)
def test_a_key_that_is_refused_is_found_again(  # noqa: PLR0913, PLR0917 -- the fixtures and the case
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch, status: int, kind: str, detail: str
) -> None:
    refuse(stage, status, kind, detail)
    monkeypatch.setenv("YAA_API_KEY", "yaa_said")

    said = yaa("channels", "list")

    assert (said.code, said.err) == (2, f"yaa: {detail} (yours is in YAA_API_KEY)\n")


def test_one_request_too_many_says_when_to_ask_again(stage: Stage, yaa: Yaa) -> None:
    sentence = "the key 'ci' asks more than 6000 times a minute: try again in 3 s"
    refuse(stage, 429, "rate-limited", sentence)

    said = yaa("channels", "list")

    assert (said.code, said.err) == (2, f"yaa: {sentence}\n")


def test_what_cannot_be_a_key_is_never_sent_nor_shown(
    stage: Stage, yaa: Yaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YAA_API_KEY", "열쇠")

    said = yaa("channels", "list")

    assert (said.code, said.err) == (
        2,
        "yaa: YAA_API_KEY is no key: set it to one that yaa keys create has made\n",
    )
    assert not stage.asked
