"""Read old messages as new ones. History is never rewritten, so this list only grows."""

from collections.abc import Callable
from typing import Any

type Raw = dict[str, Any]
type Upcaster = Callable[[Raw], Raw]

UPCASTERS: dict[tuple[str, int], Upcaster] = {
    # ("step.failed", 1): lambda raw: {**raw, "version": 2, "retryable": True},
}
"""By type and version: what makes a message of the next version out of one of this."""


def upcast(raw: Any) -> Any:  # noqa: ANN401 -- whatever a message holds
    """Return `raw` at the newest version of its type; unchanged when it is newest."""
    while UPCASTERS and isinstance(raw, dict) and (upcaster := UPCASTERS.get(_key_of(raw))):
        raw = upcaster(raw)
    return raw


def _key_of(raw: Raw) -> tuple[str, int]:
    """A message of before versions has version 1; one of no known form has no upcaster."""
    match raw.get("type"), raw.get("version", 1):
        case str(kind), int(version):
            return kind, version
        case _:
            return "", 0
