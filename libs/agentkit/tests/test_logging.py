"""What stands in the log: the error and its place, never the values at hand."""

import json
import logging as stdlib
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from loguru import logger
from pydantic import BaseModel, Field, ValidationError

from agentkit import Agent, logging
from agentkit.levels import LEVELS
from agentkit.testing import Bench
from contracts.artifacts import Artifact, Brief
from contracts.events import StepFailed
from contracts.live import SetLogLevel

PROMPT = "what nobody else may read"


type Log = Callable[[], str]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Return what was logged so far."""
    monkeypatch.setattr("sys.stdout", out := StringIO())
    root = stdlib.getLogger()
    handlers, level = root.handlers[:], root.level
    logging.configure("test")
    yield out.getvalue
    stdlib.captureWarnings(capture=False)
    logger.remove()
    logger.configure(extra={})
    root.handlers[:] = handlers
    root.setLevel(level)


class Nosy:
    """Tells when it is shown."""

    shown = 0

    def __repr__(self) -> str:
        Nosy.shown += 1
        return PROMPT


class Short(BaseModel):
    text: str = Field(max_length=3)


def fail(_: object) -> None:
    raise RuntimeError("the disk is full")


def test_an_error_is_logged_without_looking_at_values(log: Log) -> None:
    nosy = Nosy()
    try:
        fail(nosy)
    except RuntimeError as error:
        logger.opt(exception=error).error("failed")

    line = json.loads(log())
    assert "the disk is full" in line["traceback"]
    assert Nosy.shown == 0


def test_what_did_not_validate_is_not_logged(log: Log) -> None:
    try:
        try:
            Short(text=PROMPT)
        except ValidationError as error:
            raise RuntimeError("the answer does not fit") from error
    except RuntimeError as error:
        logger.opt(exception=error).error("failed")

    text = log()
    assert PROMPT not in text
    assert "at most 3 characters" in text
    assert "the answer does not fit" in text


class Note(Artifact):
    text: str


async def test_what_did_not_validate_is_not_in_the_outcome(log: Log, bench: Bench) -> None:
    agent = Agent("echo")

    @agent.step
    async def note(brief: Brief) -> Note:
        Short(text=brief.topic)
        return Note(text="never")

    outcome = await bench.run(agent, Brief(topic=PROMPT, channel_id="demo", brand_name="Demo"))

    assert isinstance(outcome, StepFailed)
    assert PROMPT not in outcome.error.message
    assert "at most 3 characters" in outcome.error.message
    assert PROMPT not in log()


async def test_an_error_that_is_no_text_can_still_be_told(bench: Bench) -> None:
    agent = Agent("echo")

    @agent.step
    async def note(brief: Brief) -> Note:
        raise RuntimeError(f"no file {brief.topic}\udcff")

    outcome = await bench.run(agent, Brief(topic="tides", channel_id="demo", brand_name="Demo"))

    assert b"no file tides" in outcome.model_dump_json().encode()


def test_a_key_of_the_api_is_in_no_line(log: Log) -> None:
    key = "yaa_0123456789ab_" + "c0ffee" * 8

    logger.info("sent", headers={"X-API-Key": key})
    logger.opt(exception=ValueError(key)).error("failed")
    logger.warning("refused", error=f"what was sent:\n{key}")

    assert log().count("yaa_0123456789ab_…") == 3
    assert "c0ffee" not in log()


def lines(log: Log) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log().splitlines()]


def test_every_line_says_when_how_bad_and_who(log: Log) -> None:
    logger.bind(service="writer").warning("step failed", run_id="r1", step="script", attempt=2)

    (line,) = lines(log)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "WARNING", "service": "writer", "message": "step failed", "logger": __name__,
        "run_id": "r1", "step": "script", "attempt": 2,
    }  # fmt: skip


def test_what_libraries_say_is_a_line_like_any_other(log: Log) -> None:
    stdlib.getLogger("some.library").error("a {brace} and 100%% of %s", "it")
    stdlib.getLogger("asyncio").error("task failed", exc_info=ValueError("why"))
    stdlib.getLogger("nats.aio").info("too much")
    stdlib.getLogger("anthropic").debug("the whole prompt")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    told = lines(log)
    assert [line["logger"] for line in told] == ["some.library", "asyncio", "py.warnings"]
    assert told[0]["message"] == "a {brace} and 100% of it"
    assert "ValueError: why" in told[1]["traceback"]


def test_a_level_holds_for_its_service_and_its_time(log: Log) -> None:
    def say(level: str | None, *, until: datetime | None = None) -> None:
        LEVELS.say("writer", SetLogLevel.model_validate({"level": level, "until": until}))

    def told() -> list[str]:
        before = len(lines(log))
        for service in ("writer", "media"):
            for level in ("DEBUG", "INFO", "WARNING"):
                logger.bind(service=service).log(level, "line")
        return [f"{line['service']} {line['level']}" for line in lines(log)[before:]]

    usual = ["writer INFO", "writer WARNING", "media INFO", "media WARNING"]
    assert told() == usual
    say("DEBUG", until=datetime.now(UTC) + timedelta(hours=1))
    assert told() == ["writer DEBUG", *usual]
    say("WARNING")
    assert told() == usual[1:]
    say("DEBUG", until=datetime.now(UTC) - timedelta(seconds=1))
    assert told() == usual
    say("ERROR")
    say(None)
    assert told() == usual


def test_what_ends_a_process_is_a_line_and_shows_no_value(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.excepthook", sys.excepthook)
    monkeypatch.setattr("threading.excepthook", None)
    logging.tell_crashes()
    with pytest.raises(ValidationError) as caught:
        Short(text=PROMPT)

    sys.excepthook(caught.type, caught.value, caught.tb)

    (line,) = lines(log)
    assert (line["level"], line["message"]) == ("CRITICAL", "process crashed")
    assert PROMPT not in log()


def test_what_is_no_text_is_written_all_the_same(log: Log) -> None:
    logger.info("found", path="a\udcff")

    assert lines(log)[0]["path"] == "a?"
