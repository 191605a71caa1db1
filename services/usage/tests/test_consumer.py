"""What becomes of one message of the journal: a bill, or a named reason why there is none."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts.calls import CallMeta, Usage
from usage.__main__ import price_table
from usage.consumer import bill_of
from usage.store import Bill, Rejected, id_of

PRICES = price_table(None)
SUBJECT = "call.r1.script.d.1"


def test_a_call_is_billed_under_the_identity_of_its_subject(
    meta_of: Callable[..., CallMeta],
) -> None:
    bill = bill_of(SUBJECT, meta_of("r1", simulated=True).model_dump_json(), PRICES)

    assert isinstance(bill, Bill)
    assert bill.id == id_of(SUBJECT) != id_of("call.r1.script.d.2")
    assert (bill.cost_usd_micro, bill.simulated) == (10_500, True)


def test_a_call_without_a_price_has_no_cost(meta_of: Callable[..., CallMeta]) -> None:
    bill = bill_of(SUBJECT, meta_of("r1", model="nobody-knows").model_dump_json(), PRICES)

    assert isinstance(bill, Bill)
    assert (bill.cost_usd_micro, bill.price_basis) == (None, None)


def test_a_header_of_a_newer_release_is_read(meta_of: Callable[..., CallMeta]) -> None:
    newer = meta_of("r1").model_dump_json()[:-1] + ',"tomorrow":1}'

    assert isinstance(bill_of(SUBJECT, newer, PRICES), Bill)


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "another run": ({"run_id": "r2"}, "the header names step 'script' of run 'r2', the subject"),
    "another step": ({"step": "seo"}, "the header names step 'seo' of run 'r1', the subject"),
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
    rejected = bill_of(SUBJECT, meta_of("r1").model_copy(update=changes).model_dump_json(), PRICES)

    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(told)


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
    rejected = bill_of(subject, header, PRICES)

    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(told)
    assert "secret" not in rejected.reason
    assert (rejected.subject, rejected.run_id) == (subject, subject.split(".")[1])
