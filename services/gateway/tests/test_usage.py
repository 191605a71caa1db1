"""What was paid for and what was saved, by HTTP."""

import re
from itertools import product

import pytest

from gateway import bills

USAGE = "/api/v1/usage"
SUMMARY = f"{USAGE}/summary"

FILL = """
INSERT INTO usage.usage_events (
    id, run_id, step, attempt, agent, capability, provider, model, prompt_tokens,
    completion_tokens, total_tokens, buckets, cost_usd_micro, price_basis, simulated, created_at
)
SELECT md5(n::text)::uuid, 'r-' || n / 10, 'script', 1, agent, 'text', provider, model, 100, 20,
       120, '{}', cost, CASE WHEN cost IS NOT NULL THEN 'list' END, n % 2 = 0,
       timestamptz '2026-01-01Z' + (n / 2) * interval '1 hour'
FROM generate_series(0, $1::integer - 1) AS n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n % 4 = 3 THEN 'media' ELSE 'writer' END AS agent,
           CASE WHEN n % 4 = 3 THEN 'openai' ELSE 'anthropic' END AS provider,
           CASE WHEN n % 4 = 3 THEN 'image-1' ELSE 'claude' END AS model,
           CASE WHEN n % 4 <> 3 THEN 1000 END AS cost
) AS call
"""
SAVE = """
INSERT INTO usage.saved_calls
SELECT md5(n::text)::uuid, 'r-0', 'script', 1, 'writer', 'anthropic', 'claude', 120, 1000, 'list',
       true, timestamptz '2026-01-02Z'
FROM generate_series(1, 3) AS n
"""
ADD_UP = """
INSERT INTO usage.day_totals
SELECT (created_at AT TIME ZONE 'UTC')::date, agent, provider, model, simulated,
       COALESCE(sum(cost_usd_micro), 0), sum(prompt_tokens), sum(completion_tokens),
       count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
FROM usage.usage_events
GROUP BY 1, 2, 3, 4, 5;
INSERT INTO usage.run_totals
SELECT run_id, COALESCE(sum(cost_usd_micro), 0), sum(total_tokens),
       count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*) FILTER (WHERE simulated), count(*),
       sum(prompt_tokens), sum(completion_tokens), min(created_at)
FROM usage.usage_events
GROUP BY 1;
INSERT INTO usage.day_savings VALUES (
    '2026-01-02', 'writer', 'anthropic', 'claude', true, 3000, 0, 3
);
ANALYZE usage.usage_events;
"""
SCANS = re.compile(r"Scan (?:Backward )?(?:using|on) (\w+)|Seq Scan")


@pytest.fixture
async def fill(pool):
    """Record so many calls: two an hour, ten a run, each fourth without a price."""

    async def fill(calls: int) -> None:
        await pool.execute(FILL, calls)
        await pool.execute(SAVE)
        await pool.execute(ADD_UP)

    return fill


async def pages(api, path: str, **query) -> list[dict]:
    items, cursor = [], ""
    while cursor is not None:
        page = (await api.get(path, params=query | {"cursor": cursor})).json()
        items += page["items"]
        cursor = page["next_cursor"]
    return items


async def test_a_paid_call_is_told_with_all_that_is_known_of_it(api, fill):
    await fill(4)

    [unpriced, priced, *_] = (await api.get(USAGE)).json()["items"]

    assert priced == {
        "id": "c81e728d-9d4c-2f63-6f06-7f89cc14862c",
        "run_id": "r-0",
        "step": "script",
        "attempt": 1,
        "agent": "writer",
        "capability": "text",
        "provider": "anthropic",
        "model": "claude",
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "cost_usd": 0.001,
        "priced": True,
        "simulated": True,
        "created_at": "2026-01-01T01:00:00Z",
    }
    assert (unpriced["agent"], unpriced["cost_usd"], unpriced["priced"]) == ("media", None, False)


async def test_calls_are_listed_once_newest_first_by_any_filter(api, fill, subtests):
    await fill(120)
    listed = await pages(api, USAGE, limit=500)
    span = {"from": "2026-01-01T10:00:00Z", "to": "2026-01-02"}
    assert len(listed) == 120
    assert listed == sorted(listed, key=lambda each: (each["created_at"], each["id"]), reverse=True)

    for run, agent, model, limited in product(
        ("", "r-3"), ("", "media"), ("", "claude", "image-1"), (False, True)
    ):
        filters = {"run_id": run, "agent": agent, "model": model}
        with subtests.test(**filters, limited=limited):
            found = await pages(api, USAGE, limit=7, **filters, **(span if limited else {}))

            given = {name: value for name, value in filters.items() if value}
            assert found == [
                each
                for each in listed
                if given.items() <= each.items()
                and (
                    not limited
                    or "2026-01-01T10:00:00Z" <= each["created_at"] < "2026-01-02T00:00:00Z"
                )
            ]


async def test_each_choice_of_filters_of_calls_has_its_own_index(pool, fill, subtests):
    await fill(8000)
    cases = [
        (bills.LIST_CALLS, "usage_events_newest", ()),
        (bills.LIST_KEYED[("agent",)], "usage_events_by_agent", ("writer",)),
        (bills.LIST_KEYED[("model",)], "usage_events_by_model", ("image-1",)),
        (bills.LIST_KEYED["agent", "model"], "usage_events_by_agent_model", ("writer/claude",)),
        (bills.LIST_OF_RUN, "usage_events_by_run", ("r-3", "writer", None)),
    ]
    for statement, index, values in cases:
        with subtests.test(index):
            bounds = (None, None, None, None, 21)

            rows = await pool.fetch(f"EXPLAIN {statement}", *bounds, *values)

            found = SCANS.findall("\n".join(row[0] for row in rows))
            assert set(found) <= {index, "of_run", "usage_events"}
            assert index in found


async def test_sums_are_by_day_agent_model_or_run_and_alike_in_total(api, fill, subtests):
    await fill(120)
    total = {
        "calls": 120,
        "prompt_tokens": 12_000,
        "completion_tokens": 2400,
        "total_tokens": 14_400,
        "cost_usd": 0.09,
        "unpriced_calls": 30,
        "simulated_calls": 60,
        "saved_calls": 3,
        "money_saved_usd": 0.003,
    }
    for group in ("day", "agent", "model", "run"):
        with subtests.test(group):
            summary = (await api.get(SUMMARY, params={"group_by": group})).json()
            paged = await pages(api, SUMMARY, group_by=group, limit=1)

            assert (summary["group_by"], summary["total"]) == (group, total)
            assert summary["items"] == paged
            for name, value in total.items():
                assert sum(each[name] or 0 for each in paged) == pytest.approx(value)


async def test_what_sums_are_by_is_named_and_the_rest_is_null(api, fill):
    await fill(120)

    days, agents, models, runs = [
        (await api.get(SUMMARY, params={"group_by": group, "limit": 2})).json()["items"]
        for group in ("day", "agent", "model", "run")
    ]

    assert [each["day"] for each in days] == ["2026-01-03", "2026-01-02"]
    assert [each["agent"] for each in agents] == ["media", "writer"]
    assert [(each["provider"], each["model"]) for each in models] == [
        ("anthropic", "claude"),
        ("openai", "image-1"),
    ]
    assert [each["run_id"] for each in runs] == ["r-11", "r-10"]
    assert agents[0]["cost_usd"] is None
    assert (agents[0]["money_saved_usd"], agents[0]["day"]) == (0.0, None)


async def test_sums_are_of_the_days_that_are_asked_for(api, fill):
    await fill(120)
    days = {"from": "2026-01-02", "to": "2026-01-03"}

    by_agent = (await api.get(SUMMARY, params={"group_by": "agent", **days})).json()
    by_run = (await api.get(SUMMARY, params={"group_by": "run", **days})).json()

    assert by_agent["total"] == by_run["total"]
    assert by_agent["total"]["calls"] == sum(each["calls"] for each in by_agent["items"]) == 48
    assert [each["run_id"] for each in by_run["items"]] == ["r-9", "r-8", "r-7", "r-6", "r-5"]


async def test_agents_and_models_are_told_day_by_day_and_come_to_their_sums(api, fill, subtests):
    await fill(120)
    days = {"from": "2026-01-01", "to": "2026-01-03"}
    for group in ("agent", "model"):
        with subtests.test(group):
            told = (await api.get(f"{USAGE}/days", params={"group_by": group, **days})).json()
            sums = (await api.get(SUMMARY, params={"group_by": group, **days})).json()

            names = ("agent", "provider", "model")
            named = [tuple(each[name] for name in names) for each in told["items"]]
            assert told["group_by"] == group
            assert [each["day"] for each in told["items"]] == ["2026-01-01"] * 2 + [
                "2026-01-02"
            ] * 2
            assert named == [tuple(each[name] for name in names) for each in sums["items"]] * 2
            for name in ("calls", "unpriced_calls", "total_tokens", "saved_calls"):
                assert sum(each[name] for each in told["items"]) == sums["total"][name]
            assert sum(each["cost_usd"] or 0 for each in told["items"]) == pytest.approx(
                sums["total"]["cost_usd"]
            )


async def test_days_are_the_last_thirty_unless_it_is_said(api, fill):
    await fill(12)

    told = (await api.get(f"{USAGE}/days")).json()

    assert told == {"group_by": "agent", "items": []}


async def test_nothing_was_paid_on_a_day_without_calls(api):
    summary = (await api.get(SUMMARY)).json()

    assert (summary["items"], summary["next_cursor"]) == ([], None)
    assert (summary["total"]["calls"], summary["total"]["cost_usd"]) == (0, 0.0)


async def test_what_cannot_be_asked_for_is_told_in_one_sentence(api, fill, subtests):
    await fill(12)
    cursor = (await api.get(SUMMARY, params={"group_by": "agent", "limit": 1})).json()
    refused = [
        (f"{USAGE}?run_id=A.B", "run_id is 'A.B': it must match"),
        (f"{USAGE}?agent=Me", "agent is 'Me': it must match"),
        (f"{USAGE}?model=a%00", "model has the control character U+0000"),
        (f"{USAGE}?from=soon", "from is 'soon'"),
        (f"{USAGE}/days?group_by=run", "group_by is 'run': use one of"),
        (f"{USAGE}/days?from=2024-01-01&to=2026-01-01", "more than 366 days before"),
        (f"{SUMMARY}?group_by=year", "group_by is 'year': use one of"),
        (f"{SUMMARY}?from=2026-01-01T10:00:00Z", "from is '2026-01-01T10:00:00Z'"),
        (f"{SUMMARY}?group_by=model&cursor={cursor['next_cursor']}", "the cursor is not one that"),
    ]

    for path, sentence in refused:
        with subtests.test(path):
            answer = await api.get(path)

            assert answer.status_code == 422
            assert sentence in answer.json()["detail"]
