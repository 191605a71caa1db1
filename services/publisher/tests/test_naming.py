"""A folder's name is readable, safe and the same each time."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.naming import folder_of, slug_of

RUN_ID = "01936b2e-7c1d-7a55-8f00-0123456789ab"


def test_a_folder_tells_the_day_of_the_run_the_title_and_the_run() -> None:
    assert folder_of(RUN_ID, "Why the sky is blue") == "2024-11-27-why-the-sky-is-blue-456789ab"


def test_a_folder_can_carry_the_whole_run_id() -> None:
    assert folder_of(RUN_ID, "Tides", short=False) == f"2024-11-27-tides-{RUN_ID}"


@pytest.mark.parametrize("run_id", ["demo-1", "7f7f46a0-6b5c-4b2f-9f43-1f1b5f0a7a10"])
def test_a_run_id_without_a_time_gives_no_date(run_id: str) -> None:
    assert folder_of(run_id, "Tides") == f"tides-{run_id[-8:]}"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("왜 하늘은 파란가?", "왜-하늘은-파란가"),
        ("100% Fun: R&D / C++ (2026)", "100-fun-r-d-c-2026"),
        ("../../etc/passwd", "etc-passwd"),
        (unicodedata.normalize("NFD", "한글"), "한글"),
        ("ＡＢＣ １２３", "abc-123"),  # noqa: RUF001 -- full-width on purpose
        ("🎬🎬", "video"),
        ("a" * 300, "a" * 50),
    ],
)
def test_a_slug_keeps_the_letters_and_digits_of_any_script(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@given(st.text())
def test_a_slug_is_always_one_safe_short_name(title: str) -> None:
    slug = slug_of(title)

    assert 0 < len(slug.encode()) <= 150
    assert not slug.startswith((".", "-"))
    assert not slug.endswith("-")
    assert all(char == "-" or unicodedata.category(char)[0] in "LMN" for char in slug)


@given(st.text())
def test_the_slug_of_a_slug_is_itself(title: str) -> None:
    assert slug_of(slug_of(title)) == slug_of(title)
