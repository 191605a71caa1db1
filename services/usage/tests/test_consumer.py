"""What becomes of one message of the journal: a bill, or a named reason why there is none."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts import subjects
from contracts.calls import CallMeta, Usage
from usage.__main__ import price_table
from usage.consumer import entry_of
from usage.store import Bill, Rejected, Saved, id_of

PRICES = price_table(None)
SUBJECT = "call.r1.script.d.1"
SAVED = subjects.saved_call(SUBJECT, "r2", 3)


def test_a_call_is_billed_under_the_identity_of_its_subject(
    meta_of: Callable[..., CallMeta],
) -> None:
    bill = entry_of(SUBJECT, meta_of("r1", simulated=True).model_dump_json(), PRICES)

    assert isinstance(bill, Bill)
    assert bill.id == id_of(SUBJECT) != id_of("call.r1.script.d.2")
    assert (bill.cost_usd_micro, bill.simulated) == (10_500, True)


def test_a_run_pays_for_what_it_buys_of_the_journal_of_another(
    meta_of: Callable[..., CallMeta],
) -> None:
    bill = entry_of(SUBJECT, meta_of("r2").model_dump_json(), PRICES)

    assert isinstance(bill, Bill)
    assert bill.run_id == "r2"


def test_a_saved_call_is_priced_and_no_bill(meta_of: Callable[..., CallMeta]) -> None:
    saved = entry_of(SAVED, meta_of("r2", attempt=3).model_dump_json(), PRICES)
    unpriced = meta_of("r2", attempt=3, model="nobody-knows").model_dump_json()

    assert isinstance(saved, Saved)
    assert saved.id == id_of(SAVED)
    assert (saved.run_id, saved.attempt, saved.cost_usd_micro) == ("r2", 3, 10_500)
    assert (saved.total_tokens, saved.saved_at) == (1500, meta_of("r2").at)
    nobody_knows = entry_of(SAVED, unpriced, PRICES)
    assert isinstance(nobody_knows, Saved)
    assert (nobody_knows.cost_usd_micro, nobody_knows.price_basis) == (None, None)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "{",
        {"run_id": "r1", "attempt": 3},
        {"attempt": 2},
        {"attempt": 3, "step": "seo"},
        {"attempt": 3, "usage": Usage(output=-1)},
    ],
)
def test_a_note_of_a_saved_call_that_is_not_understood_is_no_bill(
    header: str | dict[str, object] | None, meta_of: Callable[..., CallMeta]
) -> None:
    if isinstance(header, dict):
        header = meta_of("r2").model_copy(update=header).model_dump_json()

    assert entry_of(SAVED, header, PRICES) is None


def test_a_call_without_a_price_has_no_cost(meta_of: Callable[..., CallMeta]) -> None:
    bill = entry_of(SUBJECT, meta_of("r1", model="nobody-knows").model_dump_json(), PRICES)

    assert isinstance(bill, Bill)
    assert (bill.cost_usd_micro, bill.price_basis) == (None, None)


def test_a_header_of_a_newer_release_is_read(meta_of: Callable[..., CallMeta]) -> None:
    newer = meta_of("r1").model_dump_json()[:-1] + ',"tomorrow":1}'

    assert isinstance(entry_of(SUBJECT, newer, PRICES), Bill)


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "another step": ({"step": "seo"}, "the header names step 'seo', the subject 'script'"),
    "a negative count": (
        {"usage": Usage(output=-1)},
        "output is -1: a count cannot be negative",
    ),
    "a time before computers": (
        {"at": datetime(1, 1, 1, tzinfo=UTC)},
        "at is 0001-01-01T00:00:00+00:00: no call can have been made then",
    ),
}


@pytest.mark.parametrize(("changes", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_header_that_contradicts_itself_is_rejected(
    changes: dict[str, object], told: str, meta_of: Callable[..., CallMeta]
) -> None:
    rejected = entry_of(SUBJECT, meta_of("r1").model_copy(update=changes).model_dump_json(), PRICES)

    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(told)


def test_a_message_that_is_no_call_is_rejected(meta_of: Callable[..., CallMeta]) -> None:
    rejected = entry_of("call.r1.script.d", meta_of("r1").model_dump_json(), PRICES)

    assert isinstance(rejected, Rejected)
    assert rejected.reason == "'call.r1.script.d' is not the subject of a call"


@pytest.mark.parametrize(
    ("subject", "header", "told"),
    [
        (SUBJECT, None, "header Yaa-Call is missing"),
        (SUBJECT, "{", "header cannot be read: Invalid JSON: EOF while parsing"),
        (SUBJECT, '{"run_id": "secret \\u0000"}', "header cannot be read: run_id String should"),
        ("call.x", "{}", "header cannot be read: run_id Field required"),
    ],
)
def test_a_header_that_cannot_be_read_is_rejected_without_showing_it(
    subject: str, header: str | None, told: str
) -> None:
    rejected = entry_of(subject, header, PRICES)

    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(told)
    assert "secret" not in rejected.reason
    assert (rejected.subject, rejected.run_id) == (subject, subject.split(".")[1])
