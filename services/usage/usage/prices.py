"""What a call costs: pure, by provider, model, buckets and the moment of the call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.metadata import version
from typing import Annotated, Self

import genai_prices
from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from contracts.base import Frozen
from contracts.calls import Usage

type Rate = Annotated[Decimal, Field(ge=0, le=1_000_000)]

MICRO = 1_000_000
_INSTEAD_OF_OUTPUT = frozenset({"characters", "images"})
"""Counts that are billed only when the provider reports no tokens of its output."""

_COVERED_BY = {
    "input_fresh": ("input_mtok",),
    "input_image": ("input_image_mtok", "input_mtok"),
    "cache_read": ("cache_read_mtok", "input_mtok"),
    "cache_write_5m": ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
    "cache_write_1h": ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok"),
    "output": ("output_mtok",),
    "output_image": ("output_image_mtok", "output_mtok"),
    "output_audio": ("output_audio_mtok", "output_mtok"),
    "reasoning": ("output_reasoning_mtok", "output_mtok"),
    "characters": ("input_mchars",),
    "images": (),
    "web_searches": ("web_searches_kcount",),
}
"""For each bucket the price keys of genai-prices, any of which charges it."""


class PriceEntry(Frozen):
    """One price from a day on, in US dollars. `source` says where it is published."""

    model_config = ConfigDict(extra="forbid")

    provider: str
    model: str
    valid_from: date
    source: str
    estimate: bool = False
    usd_per_million: dict[str, Rate] = Field(default_factory=dict)
    usd_each: dict[str, Rate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_one_rate_a_bucket(self) -> Self:
        named = [*self.usd_per_million, *self.usd_each]
        if not named:
            raise ValueError("has no rate: add usd_per_million or usd_each")
        for bucket in named:
            if bucket not in _COVERED_BY:
                known = ", ".join(_COVERED_BY)
                raise ValueError(f"has a rate for {bucket!r}, which no call counts: use {known}")
            if named.count(bucket) > 1:
                raise ValueError(f"has two rates for {bucket!r}: keep one of the two")
        return self

    @property
    def usd_micro_each(self) -> dict[str, Decimal]:
        """Dollars a million are micro-dollars each."""
        each = {bucket: rate * MICRO for bucket, rate in self.usd_each.items()}
        return self.usd_per_million | each


class PriceList(Frozen):
    """A file of prices."""

    model_config = ConfigDict(extra="forbid")

    prices: tuple[PriceEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """`basis` names where the price comes from, for whoever checks the bill."""

    cost_usd_micro: int
    basis: str


class PriceTable:
    """Prices of calls: our own lists first, then genai-prices. The first that knows answers."""

    def __init__(self, lists: Iterable[PriceList]) -> None:
        self._lists = tuple(lists)

    def price(self, provider: str, model: str, usage: Usage, at: AwareDatetime) -> Price | None:
        """Return the cost of one call, rounded half up to a micro-dollar.

        None means unpriced: no price was in force for everything that was used, or nothing
        is known of what was used. It is never zero.
        """
        used = billable(usage)
        if not used:
            return None
        for prices in self._lists:
            if entry := _in_force(prices, provider, model, at):
                rates = entry.usd_micro_each
                if used.keys() <= rates.keys():
                    cost = sum((rates[name] * count for name, count in used.items()), Decimal(0))
                    return Price(_rounded(cost), _basis_of(entry))
        return _published(provider, model, usage, at)


def billable(usage: Usage) -> dict[str, int]:
    """Return the counts that are paid for, without those that are zero."""
    beside = _INSTEAD_OF_OUTPUT if usage.completion_tokens else frozenset[str]()
    counts: dict[str, int] = usage.model_dump()
    return {name: count for name, count in counts.items() if count and name not in beside}


def _in_force(prices: PriceList, provider: str, model: str, at: datetime) -> PriceEntry | None:
    day = at.astimezone(UTC).date()
    valid = (
        entry
        for entry in prices.prices
        if (entry.provider, entry.model) == (provider, model) and entry.valid_from <= day
    )
    return max(valid, key=lambda entry: entry.valid_from, default=None)


def _basis_of(entry: PriceEntry) -> str:
    kind = "estimate" if entry.estimate else "list"
    return f"{kind} {entry.provider}:{entry.model} from {entry.valid_from}"


def _published(provider: str, model: str, usage: Usage, at: datetime) -> Price | None:
    """Price by genai-prices, which ships its data; nothing is fetched."""
    try:
        found = genai_prices.calc_price(
            _reported(usage), model, provider_id=provider, genai_request_timestamp=at
        )
    except (LookupError, ValueError):
        return None
    for bucket in billable(usage):
        if not any(getattr(found.model_price, key) is not None for key in _COVERED_BY[bucket]):
            return None
    return Price(_rounded(found.total_price * MICRO), _published_basis())


def _reported(usage: Usage) -> genai_prices.Usage:
    """Return our disjoint buckets the way providers report them: totals with parts."""
    return genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        input_image_tokens=usage.input_image,
        cache_read_tokens=usage.cache_read,
        cache_image_read_tokens=0,
        cache_write_tokens=usage.cache_write_5m + usage.cache_write_1h,
        cache_write_5m_tokens=usage.cache_write_5m,
        cache_write_1h_tokens=usage.cache_write_1h,
        output_tokens=usage.completion_tokens,
        output_image_tokens=usage.output_image,
        output_audio_tokens=usage.output_audio,
        output_reasoning_tokens=usage.reasoning,
        input_characters=usage.characters,
        web_searches=usage.web_searches,
    )


def _rounded(cost_usd_micro: Decimal) -> int:
    return int(cost_usd_micro.to_integral_value(ROUND_HALF_UP))


@cache
def _published_basis() -> str:
    return f"genai-prices {version('genai-prices')}"
