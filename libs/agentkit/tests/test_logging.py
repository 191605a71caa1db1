"""What stands in the log: the error and its place, never the values at hand."""

import json
import logging as stdlib
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from loguru import logger
from pydantic import BaseModel, Field, ValidationError

from agentkit import Agent, logging
from agentkit.testing import Bench
from contracts.artifacts import Artifact, Brief
from contracts.events import StepFailed

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
