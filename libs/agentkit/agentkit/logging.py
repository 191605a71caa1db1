"""JSON logs on stdout (or in a file): constant messages, data in fields."""

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger
from pydantic import ValidationError

from agentkit import tracing
from agentkit.errors import reasons
from agentkit.redaction import redacted

if TYPE_CHECKING:
    # `logging.LogRecord` and loguru's own record differ
    from loguru import Message, Record


def configure(service: str, *, level: str = "INFO", sink: Path | None = None) -> None:
    """Send every log line of this process, standard library included, to one JSON sink."""
    logger.remove()
    logger.configure(extra={"service": service})
    out: TextIO = sys.stdout if sink is None else sink.open("a", encoding="utf-8", buffering=1)
    logger.add(
        lambda message: _write(message, out),
        level=level.upper(),
        format=_bare,
        diagnose=False,
        backtrace=False,
    )
    logging.basicConfig(handlers=[_Intercept()], level=logging.INFO, force=True)
    for chatty in ("httpx", "httpx2", "httpcore", "nats", "agentkit.broker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _bare(_: "Record") -> str:
    """Let loguru write no traceback of its own: it would show the values of variables."""
    return "{message}"


def _write(message: "Message", out: TextIO) -> None:
    line = json.dumps(_fields(message.record), default=str, ensure_ascii=False)
    out.write(redacted(line) + "\n")
    out.flush()


def _fields(record: "Record") -> dict[str, Any]:
    fields: dict[str, Any] = {
        "at": record["time"].isoformat(),
        "level": record["level"].name,
        "message": record["message"],
        "logger": record["name"],
        **record["extra"],
    }
    if trace_id := tracing.trace_id():
        fields["trace_id"] = trace_id
    if (error := record["exception"]) is not None and error.value is not None:
        fields["error"] = type(error.value).__name__
        told = traceback.TracebackException(type(error.value), error.value, error.traceback)
        _hide_values(told, error.value)
        fields["traceback"] = "".join(told.format())
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
    """Routes the standard library into loguru.

    FastStream given loguru directly raises KeyError on braces and loses exc_info.
    """

    def emit(self, record: logging.LogRecord) -> None:
        logger.opt(exception=record.exc_info).bind(logger=record.name).log(
            record.levelname if record.levelname in _LEVELS else record.levelno,
            "{}",
            record.getMessage(),
        )


_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
