"""Prices against figures worked out by hand from the providers' price pages."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import SettingsError
from agentkit.settings import ModelSettings
from contracts.calls import Usage
from contracts.documents import DocumentError, read_document
from usage.__main__ import price_table
from usage.prices import _COVERED_BY, PriceList, PriceTable

SONNET = ("anthropic", "claude-sonnet-4-5")
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)

FIGURES = {
    "fresh and output": (*SONNET, Usage(input_fresh=1000, output=500), 1000 * 3 + 500 * 15),
    "every bucket of a cached call with searches": (
        *SONNET,
        Usage(
            input_fresh=1000,
            cache_read=10_000,
            cache_write_5m=2000,
            cache_write_1h=1000,
            output=500,
            reasoning=7,
            web_searches=3,
        ),
        1000 * 3 + 3000 + 7500 + 6000 + 507 * 15 + 3 * 10_000,
    ),
    "a dated model": (
        "anthropic",
        "claude-sonnet-4-5-20250929",
        Usage(input_fresh=1000),
        3000,
    ),
    "a picture": (
        "openai",
        "gpt-image-1",
        Usage(input_fresh=50, input_image=100, output_image=4160, images=1),
        50 * 5 + 100 * 10 + 4160 * 40,
    ),
    "speech by characters": ("openai", "tts-1", Usage(characters=100), 1500),
    "speech estimated from characters": (
        "openai",
        "gpt-4o-mini-tts",
        Usage(characters=400),
        15_000,
    ),
    "speech of which the prompt's tokens are known": (
        "openai",
        "gpt-4o-mini-tts",
        Usage(input_fresh=100, characters=400),
        15_060,
    ),
    "speech by tokens, when they are known": (
        "openai",
        "gpt-4o-mini-tts",
        Usage(input_fresh=100, output_audio=1000, characters=400),
        60 + 12_000,
    ),
    "embeddings": ("openai", "text-embedding-3-small", Usage(input_fresh=1000), 20),
    "half a micro-dollar is rounded up": (
        "openai",
        "text-embedding-3-small",
        Usage(input_fresh=25),
        1,
    ),
    "less than half is rounded down": (
        "openai",
        "text-embedding-3-small",
        Usage(input_fresh=24),
        0,
    ),
}

UNPRICED = {
    "an unknown model": ("openai", "gpt-nobody-knows", Usage(input_fresh=1)),
    "an unknown provider": ("nobody", "claude-sonnet-4-5", Usage(input_fresh=1)),
    "a call of which nothing is counted": (*SONNET, Usage()),
    "a bucket without a price": ("openai", "text-embedding-3-small", Usage(output=1)),
    "pictures of which only the number is known": ("openai", "gpt-image-1", Usage(images=1)),
    "characters of a model that bills tokens": (*SONNET, Usage(characters=9)),
    "searches of a model that has none": ("openai", "tts-1", Usage(characters=1, web_searches=1)),
}


@pytest.fixture(scope="module")
def prices() -> PriceTable:
    return price_table(None)


@pytest.mark.parametrize(
    ("provider", "model", "usage", "usd_micro"), FIGURES.values(), ids=FIGURES.keys()
)
def test_a_call_costs_what_the_price_page_says(
    prices: PriceTable, provider: str, model: str, usage: Usage, usd_micro: int
) -> None:
    price = prices.price(provider, model, usage, NOW)

    assert price is not None
    assert price.cost_usd_micro == usd_micro


@pytest.mark.parametrize(("provider", "model", "usage"), UNPRICED.values(), ids=UNPRICED.keys())
def test_what_has_no_price_is_unpriced_and_never_zero(
    prices: PriceTable, provider: str, model: str, usage: Usage
) -> None:
    assert prices.price(provider, model, usage, NOW) is None


def test_a_published_price_changes_on_its_day(prices: PriceTable) -> None:
    """The surcharge for long prompts of Sonnet 4.6 ended on 2026-03-13."""
    change = datetime(2026, 3, 13, tzinfo=UTC)
    long_prompt = Usage(input_fresh=300_000)
    model = ("anthropic", "claude-sonnet-4-6")

    before = prices.price(*model, long_prompt, change - timedelta(microseconds=1))
    after = prices.price(*model, long_prompt, change)

    assert before is not None
    assert after is not None
    assert (before.cost_usd_micro, after.cost_usd_micro) == (1_800_000, 900_000)


OWN = """
prices:
  - {provider: openai, model: gpt-image-1, valid_from: 2026-02-01, source: contract 7,
     usd_each: {images: 0.02}}
  - {provider: openai, model: gpt-image-1, valid_from: 2026-01-01, source: contract 6,
     usd_each: {images: 0.03}}
  - {provider: anthropic, model: claude-sonnet-4-5, valid_from: 2026-01-01, source: contract 6,
     usd_per_million: {input_fresh: 1, output: 2}}
"""


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN)
    return path


@pytest.mark.parametrize(
    ("at", "usd_micro"),
    [
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 1, 1, tzinfo=UTC), 30_000),
        (datetime(2026, 2, 1, 8, 59, tzinfo=timezone(timedelta(hours=9))), 30_000),
        (datetime(2026, 2, 1, 9, tzinfo=timezone(timedelta(hours=9))), 20_000),
    ],
    ids=["before the first", "first day", "still January in UTC", "February in UTC"],
)
def test_the_newest_price_that_has_come_applies(
    own_file: Path, at: datetime, usd_micro: int | None
) -> None:
    price = price_table(own_file).price("openai", "gpt-image-1", Usage(images=1), at)

    assert (price and price.cost_usd_micro) == usd_micro


def test_own_prices_go_first_and_say_so(own_file: Path) -> None:
    prices = price_table(own_file)

    own = prices.price(*SONNET, Usage(input_fresh=10, output=10), NOW)
    with_a_bucket_they_lack = prices.price(*SONNET, Usage(input_fresh=10, cache_read=10), NOW)

    assert own is not None
    assert (own.cost_usd_micro, own.basis) == (
        30,
        "list anthropic:claude-sonnet-4-5 from 2026-01-01",
    )
    assert with_a_bucket_they_lack is not None
    assert with_a_bucket_they_lack.basis.startswith("genai-prices ")


def test_an_estimate_is_called_one(prices: PriceTable) -> None:
    price = prices.price("openai", "gpt-4o-mini-tts", Usage(characters=1), NOW)

    assert price is not None
    assert price.basis.startswith("estimate openai:gpt-4o-mini-tts")


ENTRY = "prices:\n  - provider: openai\n    model: m\n    valid_from: 2026-01-01\n    source: s\n"
MISTAKES = {
    "no rate": (ENTRY, "line 2: prices.0 has no rate: add usd_per_million or usd_each"),
    "two rates": (
        ENTRY + "    usd_each: {images: 1}\n    usd_per_million: {images: 1}\n",
        "line 2: prices.0 has two rates for 'images': keep one of the two",
    ),
    "an unknown bucket": (
        ENTRY + "    usd_each: {pictures: 1}\n",
        "line 2: prices.0 has a rate for 'pictures', which no call counts: use input_fresh,",
    ),
    "a negative rate": (
        ENTRY + "    usd_each:\n      images: -1\n",
        "line 7: prices.0.usd_each.images is -1: input should be greater than or equal to 0",
    ),
    "a wrong date": (
        ENTRY.replace("2026-01-01", "soon") + "    usd_each: {images: 1}\n",
        "line 4: prices.0.valid_from is 'soon': input should be a valid date",
    ),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_price_file_is_told_with_its_line(
    text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)

    with pytest.raises(DocumentError) as raised:
        read_document(path, PriceList)

    assert told in str(raised.value)


def test_a_bad_price_file_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^YAA_PRICES_FILE: .*none.yaml cannot be read"):
        price_table(tmp_path / "none.yaml")


def test_every_bucket_of_a_call_can_have_a_price() -> None:
    assert _COVERED_BY.keys() == Usage.model_fields.keys()


@given(
    st.builds(
        Usage,
        **{
            name: st.integers(0, 2_000_000)
            for name in Usage.model_fields
            if name not in {"characters", "images", "input_image", "output_image", "output_audio"}
        },
    )
)
def test_a_price_is_the_sum_over_disjoint_buckets(usage: Usage) -> None:
    price = price_table(None).price("anthropic", "claude-opus-5", usage, NOW)

    exact = (
        (usage.input_fresh * 500 + usage.cache_read * 50 + usage.cache_write_5m * 625)
        + (usage.cache_write_1h * 1000 + (usage.output + usage.reasoning) * 2500)
        + usage.web_searches * 1_000_000
    )
    assert (price is None) == (exact == 0)
    if price is not None:
        assert price.cost_usd_micro == (exact + 50) // 100


BOUGHT = {
    "text": Usage(input_fresh=1000, cache_read=10, cache_write_5m=10, output=100, reasoning=10),
    "search": Usage(input_fresh=9000, output=700, web_searches=2),
    "image": Usage(input_fresh=100, output=10, output_image=4000, images=1),
    "speech": Usage(characters=80),
    "embedding": Usage(input_fresh=250),
}


@pytest.mark.parametrize("use", BOUGHT)
def test_every_model_of_the_default_settings_has_a_price(prices: PriceTable, use: str) -> None:
    provider, model = ModelSettings().of(use)

    price = prices.price(provider, model, BOUGHT[use], datetime.now(UTC))

    assert price is not None
    assert price.cost_usd_micro > 0
