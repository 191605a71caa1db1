"""A decision is bound to what was shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.approvals import digest_of, with_cost
from contracts.artifacts import ArtifactRef
from contracts.events import ApprovalRequested

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SCRIPT = ArtifactRef(kind="Script", sha256="1" * 64, size_bytes=2, inline={})
ASKED = ApprovalRequested(
    run_id="r1",
    at=T0,
    step="publish",
    round=1,
    risk="high",
    digest="0" * 64,
    agent="publisher",
    task="publish",
    shown={"script": SCRIPT},
    expires_at=T0,
    on_expiry="reject",
)


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": "r2"},
        {"step": "send"},
        {"round": 2},
        {"risk": "medium"},
        {"agent": "mailer"},
        {"task": "send"},
        {"dry_run": True},
        {"expected_cost_usd_micro": 1},
        {"on_expiry": "approve"},
        {"revise": "script"},
        {"shown": {}},
        {"shown": {"text": SCRIPT}},
        {"shown": {"script": SCRIPT.model_copy(update={"sha256": "2" * 64})}},
        {"shown": {"script": SCRIPT.model_copy(update={"kind": "Draft"})}},
    ],
    ids=str,
)
def test_whatever_is_shown_otherwise_has_another_digest(change: dict[str, Any]) -> None:
    assert digest_of(ASKED.model_copy(update=change)) != digest_of(ASKED)


@pytest.mark.parametrize(
    "change",
    [
        {"at": datetime(2027, 1, 1, tzinfo=UTC)},
        {"digest": "1" * 64},
        {"shown": {"script": SCRIPT.model_copy(update={"inline": None})}},
    ],
    ids=str,
)
def test_how_it_is_carried_does_not_count(change: dict[str, Any]) -> None:
    assert digest_of(ASKED.model_copy(update=change)) == digest_of(ASKED)


def test_the_order_of_what_is_shown_does_not_count() -> None:
    both = {"script": SCRIPT, "seo": SCRIPT}
    turned = dict(reversed(both.items()))

    one, two = (ASKED.model_copy(update={"shown": shown}) for shown in (both, turned))

    assert digest_of(one) == digest_of(two)


def test_the_expected_cost_is_part_of_what_is_shown() -> None:
    priced = with_cost(ASKED, 1_250_000)

    assert priced.expected_cost_usd_micro == 1_250_000
    assert priced.digest == digest_of(priced) != digest_of(ASKED)
    assert with_cost(priced, None).digest == digest_of(ASKED)
