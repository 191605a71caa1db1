"""How runs go day by day, by HTTP, and what that costs the database."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway import bills, hours
from gateway.days import MAX_DAYS, Span, span_of

TRENDS = "/api/v1/dashboard/trends"
DAYS = {"from": "2026-01-01", "to": "2026-01-04"}

BILL = """
INSERT INTO usage.hour_totals VALUES
    ('2026-01-01 14:00Z', 1000000, 0, 2), ('2026-01-01 15:00Z', 500000, 1, 3),
    ('2026-01-03 01:00Z', 0, 2, 2);
INSERT INTO usage.hour_savings VALUES ('2026-01-01 16:00Z', 20000, 0, 1);
"""
FILL = """
INSERT INTO gateway.hours
SELECT channel, pipeline, hour, 100, 80, 15, 5, 100000
FROM generate_series(timestamptz '2025-01-01Z', '2026-01-02Z', '1 hour') AS hour
CROSS JOIN unnest(ARRAY['', 'a', 'b', 'c']) AS channel
CROSS JOIN unnest(ARRAY['', 'video']) AS pipeline;
INSERT INTO usage.hour_totals
SELECT hour, 1000, 0, 10
FROM generate_series(timestamptz '2025-01-01Z', '2026-01-02Z', '1 hour') AS hour;
ANALYZE gateway.hours, usage.hour_totals;
"""


@pytest.fixture
async def told(record, project, pool, story, wide_story):
    """Runs of two channels and two pipelines around the turn of a day in Seoul, which is 15:00."""

    def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 1) -> datetime:
        return datetime(2026, 1, day, hour, minute, second, tzinfo=UTC)

    failed = story("c", "mine", at=at(14, 59)).requested().asks("script").fails("script")
    await record(
        story("a", at=at(14)).whole(),
        story("b", at=at(15)).whole(),
        failed.ends_badly(failed.error("script", 1)),
        wide_story("d", "mine", at=at(14, 59, 40)).revised_whole(),
        story("e", at=at(3, day=3)).requested().is_cancelled(),
        story("f", at=at(3, day=3)).requested(),
    )
    await project()
    await pool.execute(BILL)


async def trends(api, **query: str) -> dict[str, dict[str, object]]:
    answer = await api.get(TRENDS, params=DAYS | query)
    return {day.pop("day"): day for day in answer.json()["items"]}


def counts(day: dict[str, object]) -> tuple[object, ...]:
    return tuple(day[name] for name in ("requested", "completed", "failed", "cancelled"))


@pytest.mark.usefixtures("told")
async def test_each_day_tells_what_happened_on_it(api):
    answer = (await api.get(TRENDS, params=DAYS)).json()

    assert (answer["tz"], [day["day"] for day in answer["items"]]) == (
        "UTC",
        ["2026-01-01", "2026-01-02", "2026-01-03"],
    )
    assert answer["items"][0] == {
        "day": "2026-01-01",
        "requested": 4,
        "completed": 3,
        "failed": 1,
        "cancelled": 0,
        "success_rate": 0.75,
        "avg_duration_s": (9 + 9 + 36 + 3) / 4,
        "cost_usd": 1.5,
        "money_saved_usd": 0.02,
    }
    assert answer["items"][1] == {
        "day": "2026-01-02",
        "requested": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
        "success_rate": None,
        "avg_duration_s": None,
        "cost_usd": 0.0,
        "money_saved_usd": 0.0,
    }
    assert counts(answer["items"][2]) == (2, 0, 0, 1)
    assert (answer["items"][2]["success_rate"], answer["items"][2]["cost_usd"]) == (None, None)


@pytest.mark.usefixtures("told")
async def test_days_are_those_of_the_zone(api):
    seoul = await trends(api, tz="Asia/Seoul")
    kolkata = await trends(api, tz="Asia/Kolkata")

    assert [counts(day) for day in seoul.values()] == [(3, 1, 1, 0), (1, 2, 0, 0), (2, 0, 0, 1)]
    assert [day["cost_usd"] for day in seoul.values()] == [1.0, 0.5, None]
    assert [day["money_saved_usd"] for day in seoul.values()] == [0.0, 0.02, 0.0]
    assert [counts(day) for day in kolkata.values()] == [(4, 3, 1, 0), (0, 0, 0, 0), (2, 0, 0, 1)]


@pytest.mark.usefixtures("told")
async def test_days_are_of_a_channel_a_pipeline_or_both(api):
    mine = await trends(api, channel_id="mine")
    video = await trends(api, pipeline="video", channel_id="")
    both = await trends(api, pipeline="wide", channel_id="mine")
    none = await trends(api, pipeline="wide", channel_id="demo")

    first = "2026-01-01"
    assert [counts(each[first]) for each in (mine, video, both, none)] == [
        (2, 1, 1, 0),
        (3, 2, 1, 0),
        (1, 1, 0, 0),
        (0, 0, 0, 0),
    ]
    assert (mine[first]["cost_usd"], video[first]["money_saved_usd"]) == (None, None)


async def test_it_is_the_last_thirty_days_unless_it_is_said(api):
    today = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()

    answer = (await api.get(TRENDS, params={"tz": "Pacific/Kiritimati"})).json()

    days = [date.fromisoformat(day["day"]) for day in answer["items"]]
    assert (len(days), days[0]) == (30, days[-1] - timedelta(days=29))
    assert days[-1] - today in {timedelta(0), timedelta(days=1)}


async def test_there_is_no_cost_without_a_bill(api, pool):
    await pool.execute("DROP VIEW usage.hour_costs")

    days = await trends(api)

    assert {(day["cost_usd"], day["money_saved_usd"]) for day in days.values()} == {(None, None)}


async def test_what_cannot_be_asked_for_is_told_at_its_field(api, subtests):
    for query, field, sentence in (
        ("from=2025-01-01&to=2026-01-03", "from", "is 2025-01-01, more than 366 days before"),
        ("from=soon", "from", "is 'soon'"),
        ("to=2026-01-01T10:00", "to", "is '2026-01-01T10:00'"),
        ("tz=Asia/Seol", "tz", "is 'Asia/Seol', which is no time zone: use one such as Asia/Seoul"),
        ("channel_id=No", "channel_id", "is 'No': it must match"),
    ):
        with subtests.test(query):
            answer = await api.get(f"{TRENDS}?{query}")

            assert answer.status_code == 422
            assert [each["field"] for each in answer.json()["errors"]] == [field]
            assert sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-01-01", "2027-01-02", 366),
        ("2026-01-02", "2026-01-01", 0),
        ("0001-01-01", "0001-01-03", 2),
        ("9999-12-30", "9999-12-31", 1),
        ("", "0001-01-02", 1),
    ],
)
async def test_any_days_of_the_calendar_can_be_asked_for(api, since, until, days):
    for tz in ("Asia/Seoul", "America/Los_Angeles"):
        answer = await api.get(TRENDS, params={"from": since, "to": until, "tz": tz})

        assert (answer.status_code, len(answer.json()["items"])) == (200, days)


def test_days_meet_where_the_clocks_are_changed():
    span = Span(date(2026, 3, 28), date(2026, 3, 31))

    berlin = span.bounds(ZoneInfo("Europe/Berlin"))
    cairo = Span(date(2026, 4, 23), date(2026, 4, 26)).bounds(ZoneInfo("Africa/Cairo"))

    assert [(end - begin).seconds // 3600 or 24 for begin, end in pairwise(berlin)] == [24, 23, 24]
    assert [(end - begin).seconds // 3600 or 24 for begin, end in pairwise(cairo)] == [24, 23, 24]


async def test_a_chart_of_a_year_reads_an_hour_once_and_no_row_of_another_channel(pool, subtests):
    await pool.execute(FILL)
    span = span_of(None, date(2026, 1, 1), date(2026, 1, 1))
    span = Span(span.until - timedelta(days=MAX_DAYS), span.until)
    bounds = span.bounds(ZoneInfo("Asia/Seoul"))
    spans = (list(span.days), bounds[:-1], bounds[1:])
    cases = [
        (hours.BY_DAY, "hours_pkey", ("a", "", *spans)),
        (hours.BY_DAY, "hours_pkey", ("", "", *spans)),
        (bills.BY_SPAN, "hour_totals_pkey", spans),
    ]
    for statement, index, values in cases:
        with subtests.test(index):
            rows = await pool.fetch(f"EXPLAIN (ANALYZE, TIMING off) {statement}", *values)

            plan = "\n".join(row[0] for row in rows)
            assert index in plan
            assert "Seq Scan on hours" not in plan
            assert "Seq Scan on hour_totals" not in plan
            read = re.findall(rf"{index}.*actual rows=([\d.]+) loops=(\d+)", plan)
            assert sum(float(count) * int(loops) for count, loops in read) <= MAX_DAYS * 24 + 24
            assert not re.findall(r"Rows Removed by Filter", plan)
