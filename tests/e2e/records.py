"""What our services have written, line by line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .stack import Stack


@dataclass(frozen=True, slots=True)
class Record:
    container: str
    service: str
    fields: dict[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.fields.get("run_id", ""))

    @property
    def message(self) -> str:
        return str(self.fields["message"])


def records(stack: Stack) -> Iterator[Record]:
    """Yield all so far. A service that writes anything but JSON has an error that nobody reads."""
    ours = set(stack.services)
    for container, said in stack.compose.lines():
        service = container.rpartition("-")[0]
        if service in ours:
            yield Record(container, service, json.loads(said))
