"""What is to go wrong: asked for by one request's header, or by rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from simulator.chance import Chance

HEADER = "x-yaa-fault"

type Kind = Literal[
    "401", "429", "500", "529", "slow", "drip", "cut", "malformed", "invalid", "refusal"
]

_SECONDS = {"429": 1.0, "500": 0.0, "529": 0.0, "slow": 1.0, "drip": 1.0}
"""Which faults take seconds, and how many when none are given."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    `seconds` is Retry-After of an error (0 for none), how long `slow` keeps silent before it
    answers, and how long `drip` takes to stream.
    """

    kind: Kind
    seconds: float = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `429`, `429:2`, `529:30`, `401`, `slow:1.5`, `cut` or another of the kinds.

        Raises:
            ValueError: there is no such fault.
        """
        kind, _, seconds = text.strip().lower().partition(":")
        kinds = get_args(Kind.__value__)
        if kind not in kinds or (seconds and kind not in _SECONDS):
            raise ValueError(f"unknown fault {text!r}: use one of {', '.join(kinds)}")
        try:
            given = float(seconds) if seconds else _SECONDS.get(kind, 0)
            return cls(kind, given)  # type: ignore[arg-type]  # checked above
        except ValueError:
            raise ValueError(f"{text!r} needs a number after the colon, as in {kind}:2") from None


def _checked(text: str) -> str:
    Fault.parse(text)
    return text


class FaultRule(BaseModel):
    """A fault for the requests that fit: each given part must be in the request's own.

    `times` is how often it happens; without it, always. With a `share` it happens to that part of
    them, chosen by the simulator's seed.
    """

    model_config = ConfigDict(extra="forbid")

    fault: Annotated[
        str,
        AfterValidator(_checked),
        Field(
            description="401, 429, 500 or 529 (529:2 sets Retry-After), slow:SECONDS, "
            "drip:SECONDS, cut, malformed, invalid or refusal"
        ),
    ]
    path: str = ""
    model: str = ""
    body: str = ""
    times: Annotated[int, Field(ge=1)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1
    hits: Annotated[int, Field(ge=0)] = 0

    def fits(self, path: str, model: str, body: str) -> bool:
        left = self.times is None or self.hits < self.times
        return left and self.path in path and self.model in model and self.body in body


class Faults:
    """The rules in force; the first that fits is the one that happens."""

    def __init__(self, rules: Iterable[FaultRule] = (), seed: int = 0) -> None:
        self.rules = [rule.model_copy() for rule in rules]
        self._chance = Chance("faults", seed)

    def add(self, rules: Iterable[FaultRule]) -> None:
        self.rules.extend(rules)

    def clear(self) -> None:
        self.rules.clear()

    def take(self, path: str, model: str, body: str) -> Fault | None:
        for rule in self.rules:
            if rule.fits(path, model, body) and self._strikes(rule):
                rule.hits += 1
                return Fault.parse(rule.fault)
        return None

    def _strikes(self, rule: FaultRule) -> bool:
        return rule.share == 1 or self._chance.between(0, 1) < rule.share
