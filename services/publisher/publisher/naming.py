"""Names of publications: a person reads them, a retry finds the same one."""

import re
import unicodedata
from datetime import UTC, datetime
from uuid import UUID

SLUG_CHARS = 50
SLUG_BYTES = 150
"""A folder's name has at most 255 bytes, and most scripts take three or four a letter."""

SHORT_ID_CHARS = 8
_UUID7 = 7
_TIMESTAMP_SHIFT = 80


def folder_of(run_id: str, title: str, *, short: bool = True) -> str:
    """Return `<date>-<slug>-<run id>`, the date being the day the run was asked for in UTC.

    A run id that is no UUIDv7 holds no date, and none is given.
    """
    asked_at = asked_at_of(run_id)
    date = [f"{asked_at:%Y-%m-%d}"] if asked_at else []
    return "-".join([*date, slug_of(title), run_id[-SHORT_ID_CHARS:] if short else run_id])


def slug_of(title: str) -> str:
    """Return the letters and digits of any script, in lower case, joined by hyphens."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).lower())
    kept = "".join(char if unicodedata.category(char)[0] in "LMN" else "-" for char in folded)
    words = re.sub("-+", "-", kept).strip("-")
    cut = words[:SLUG_CHARS].encode()[:SLUG_BYTES].decode(errors="ignore")
    return cut.rstrip("-") or "video"


def asked_at_of(run_id: str) -> datetime | None:
    """Return the time that a UUIDv7 holds, to the millisecond."""
    try:
        uuid = UUID(run_id)
    except ValueError:
        return None
    if uuid.version != _UUID7:
        return None
    return datetime.fromtimestamp((uuid.int >> _TIMESTAMP_SHIFT) / 1000, UTC)
