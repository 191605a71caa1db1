"""A piece of text that a claim may rest on."""

from dataclasses import dataclass

from contracts.artifacts import Source


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is what was really read at `source`."""

    text: str
    source: Source
