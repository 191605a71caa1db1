"""One id for everything that is done and logged for a request."""

import re
from contextvars import ContextVar

import uuid_utils

HEADER = "X-Request-ID"

request_id: ContextVar[str] = ContextVar("request_id", default="")

_USABLE = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def accepted(given: str) -> str:
    """Return the caller's id when it can be logged as it is, otherwise a new one."""
    return given if _USABLE.fullmatch(given) else str(uuid_utils.uuid7())
