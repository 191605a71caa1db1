"""JSON logs on stdout (or in a file): constant messages, data in fields."""

import json
import logging
import sys
import threading
import traceback
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger
from pydantic import ValidationError

from agentkit import tracing
from agentkit.errors import reasons
from agentkit.levels import LEVELS
from agentkit.redaction import redacted

if TYPE_CHECKING:
    # `logging.LogRecord` and loguru's own record differ
    from loguru import Message, Record

TRACEBACK_MAX_CHARS = 8000
"""An engine of containers cuts lines at 16 KiB; the end of a traceback tells most."""


def configure(service: str, *, level: str = "INFO", sink: Path | None = None) -> None:
    """Send every log line of this process, standard library included, to one JSON sink.

    Lines of other people's libraries begin at INFO whatever `level` is: below it some of them show
    what is sent to a provider.
    """
    logger.configure(extra={"service": service})
    out: TextIO = sys.stdout if sink is None else sink.open("a", encoding="utf-8", buffering=1)
    LEVELS.follow(level.upper(), partial(_open, out))
    logging.basicConfig(handlers=[_Intercept()], level=logging.INFO, force=True)
    logging.captureWarnings(capture=True)
    for chatty in ("httpx", "httpx2", "httpcore", "nats", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def tell_crashes() -> None:
    """Let what ends this process, or a thread of it, be a line like any other."""

    def on_crash(_: type[BaseException], error: BaseException, __: object) -> None:
        logger.opt(exception=error).critical("process crashed")

    def on_thread_crash(crash: threading.ExceptHookArgs) -> None:
        logger.opt(exception=crash.exc_value).error("thread crashed")

    sys.excepthook = on_crash
    threading.excepthook = on_thread_crash


def _open(out: TextIO) -> None:
    """Write to `out`, and to nothing else, what some service wants to have written."""
    logger.remove()
    logger.add(
        lambda message: _write(message, out),
        level=LEVELS.lowest,
        filter=_is_wanted,
        format=_bare,
        diagnose=False,
        backtrace=False,
    )


def _is_wanted(record: "Record") -> bool:
    return LEVELS.wants(record["extra"].get("service", ""), record["level"].no)


def _bare(_: "Record") -> str:
    """Let loguru write no traceback of its own: it would show the values of variables."""
    return "{message}"


def _write(message: "Message", out: TextIO) -> None:
    line = json.dumps(_fields(message.record), default=str, ensure_ascii=False)
    # what is no text, say in the name of a file, could not be written
    line = line.encode(errors="replace").decode()
    out.write(redacted(line) + "\n")
    out.flush()


def _fields(record: "Record") -> dict[str, Any]:
    extra = dict(record["extra"])
    fields: dict[str, Any] = {
        "timestamp": record["time"].astimezone(UTC).isoformat(),
        "level": record["level"].name,
        "service": extra.pop("service", ""),
        "message": record["message"],
        "logger": record["name"],
        **extra,
    }
    if trace_id := tracing.trace_id():
        fields["trace_id"] = trace_id
    if (error := record["exception"]) is not None and error.value is not None:
        fields["error"] = type(error.value).__name__
        told = traceback.TracebackException(type(error.value), error.value, error.traceback)
        _hide_values(told, error.value)
        fields["traceback"] = "".join(told.format())[-TRACEBACK_MAX_CHARS:]
    return fields


def _hide_values(told: traceback.TracebackException, error: BaseException) -> None:
    """Leave out of a traceback what did not validate: it may be a prompt or an answer."""
    if isinstance(error, ValidationError):
        vars(told)["_str"] = reasons(error)  # where a traceback keeps what its error says
    parts = [(told.__cause__, error.__cause__), (told.__context__, error.__context__)]
    if isinstance(error, BaseExceptionGroup):
        parts += zip(told.exceptions or (), error.exceptions, strict=False)
    for told_part, part in parts:
        if told_part is not None and part is not None:
            _hide_values(told_part, part)


class _Intercept(logging.Handler):
    """Routes the standard library into loguru: braces in a message are no fields there."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.opt(exception=record.exc_info).bind(logger=record.name).log(
            record.levelname if record.levelname in _NAMES else record.levelno,
            "{}",
            record.getMessage(),
        )


_NAMES = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
