"""JSON logs on stdout (or in a file): constant messages, data in fields."""

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger

if TYPE_CHECKING:
    # `logging.LogRecord` and loguru's own record differ
    from loguru import Message, Record


def configure(service: str, *, level: str = "INFO", sink: Path | None = None) -> None:
    """Send every log line of this process, standard library included, to one JSON sink."""
    logger.remove()
    logger.configure(extra={"service": service})
    out: TextIO = sys.stdout if sink is None else sink.open("a", encoding="utf-8", buffering=1)
    logger.add(lambda message: _write(message, out), level=level.upper(), format="{message}")
    logging.basicConfig(handlers=[_Intercept()], level=logging.INFO, force=True)
    for chatty in ("httpx", "httpx2", "httpcore", "nats", "agentkit.broker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _write(message: "Message", out: TextIO) -> None:
    out.write(json.dumps(_fields(message.record), default=str, ensure_ascii=False) + "\n")
    out.flush()


def _fields(record: "Record") -> dict[str, Any]:
    fields: dict[str, Any] = {
        "at": record["time"].isoformat(),
        "level": record["level"].name,
        "message": record["message"],
        "logger": record["name"],
        **record["extra"],
    }
    if (error := record["exception"]) is not None and error.type is not None:
        fields["error"] = error.type.__name__
        fields["traceback"] = "".join(
            traceback.format_exception(error.type, error.value, error.traceback)
        )
    return fields


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
