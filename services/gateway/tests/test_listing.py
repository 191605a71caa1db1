"""Pages of runs: every choice of filters, to the last page, by the index that is made for it."""

import re
from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import pytest

from gateway import listing
from gateway.listing import KEYS, LIST_KEYED, LIST_NEWEST, Place, Wanted

RUNS = "/api/v1/pipeline/runs"
T0 = datetime(2026, 1, 1, tzinfo=UTC)
MANY = 12_000
SCANS = re.compile(r"Scan (?:Backward )?(?:using|on) (runs_\w+)|Seq Scan")
LEFT_OUT = re.compile(r"Rows Removed by Filter: (\d+)")
TIES = 2

FILL = """
INSERT INTO gateway.runs (
    run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, simulated, status,
    created_at, updated_at, parent_run_id
)
SELECT 'r-' || n,
       CASE WHEN n <= 6000 THEN 'old' WHEN n % 3 = 0 THEN 'sea' ELSE 'demo' END,
       CASE WHEN n % 2 = 0 THEN '왜 하늘은 파란가' ELSE 'How tides work' END
           || CASE WHEN n = 9 THEN ' unicorn' WHEN n <= 3000 THEN ' ancient' ELSE '' END,
       'Demo', CASE WHEN n % 4 = 0 THEN 'short' ELSE 'video' END, '{}', false, false,
       CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'completed' END,
       timestamptz '2026-01-01Z' + (n / 2) * interval '1 second', now(),
       CASE WHEN n % 1000 = 0 THEN 'r-1' END
FROM generate_series(1, 12000) AS n
"""

CHOICES = [keys for count in range(len(KEYS) + 1) for keys in combinations(KEYS, count)]


def index_of(keys: tuple[str, ...]) -> str:
    return "_".join(["runs_by", *keys]).replace("_id", "") if keys else "runs_newest"


@pytest.fixture
async def filled(pool):
    """Two runs in each second; channel `old` had its runs long ago, before all of the others."""
    await pool.execute(FILL)
    await pool.execute("ANALYZE gateway.runs")


def all_runs() -> list[dict[str, object]]:
    """Return the runs of the table as they are to be listed."""
    runs = [
        {
            "run_id": f"r-{n}",
            "channel_id": "old" if n <= 6000 else "demo" if n % 3 else "sea",
            "pipeline": "video" if n % 4 else "short",
            "status": "completed" if n % 50 else "failed",
            "at": T0 + timedelta(seconds=n // 2),
        }
        for n in range(1, MANY + 1)
    ]
    return sorted(runs, key=lambda run: (run["at"], run["run_id"]), reverse=True)


async def plan_of(pool, statement: str, *values: object) -> str:
    rows = await pool.fetch(f"EXPLAIN (ANALYZE, TIMING off) {statement}", *values)
    return "\n".join(row[0] for row in rows)


@pytest.mark.usefixtures("filled")
async def test_each_choice_of_filters_reads_a_page_from_its_own_index_and_no_more(pool, subtests):
    values = list(product(("old", "sea", "none"), ("short", "video"), ("failed", "completed")))
    for keys, each in product(CHOICES, values):
        statement = LIST_KEYED[keys] if keys else LIST_NEWEST
        key = "/".join(value for value, name in zip(each, KEYS, strict=True) if name in keys)
        for before in (None, T0 + timedelta(seconds=4000)):
            with subtests.test(key, before=before):
                bounds = (T0, before, "", None, 21, 21)

                plan = await plan_of(pool, statement, *bounds, *([key] if keys else []))

                assert set(SCANS.findall(plan)) == {index_of(keys)}
                assert all(int(rows) <= TIES for rows in LEFT_OUT.findall(plan))


@pytest.mark.usefixtures("filled")
async def test_each_choice_of_filters_gives_each_run_once_in_order(pool, subtests):
    expected = all_runs()
    span = (T0 + timedelta(seconds=1500), T0 + timedelta(seconds=4500))
    for keys, limited in product(CHOICES, (False, True)):
        with subtests.test(keys, limited=limited):
            chosen = {"channel_id": "demo", "pipeline": "video", "status": "failed"}
            filters = {key: chosen[key] for key in keys}
            since, until = span if limited else (None, None)
            wanted = Wanted(**filters, since=since, until=until)

            listed = await listed_by_pages(pool, wanted, limit=997)

            assert listed == [
                run["run_id"]
                for run in expected
                if filters.items() <= run.items()
                and (not limited or span[0] <= run["at"] < span[1])
            ]


async def listed_by_pages(pool, wanted: Wanted, limit: int) -> list[str]:
    listed, place = [], None
    while True:
        page = await listing.page(pool, wanted, after=place, limit=limit)
        listed += [row["run_id"] for row in page.rows]
        if page.more is None:
            return listed
        place = page.more


@pytest.mark.usefixtures("filled")
async def test_rare_words_are_found_wherever_they_are(pool):
    page = await listing.page(pool, Wanted(text="Unicorn tide"), after=None, limit=20)

    assert ([row["run_id"] for row in page.rows], page.more) == (["r-9"], None)


@pytest.mark.usefixtures("filled")
async def test_words_that_many_runs_have_are_looked_for_page_by_page(pool):
    first = await listing.page(pool, Wanted(text="ancient"), after=None, limit=20)
    listed = await listed_by_pages(pool, Wanted(text="ancient", status="failed"), limit=20)

    assert (len(first.rows), first.more) == (0, Place(T0 + timedelta(seconds=3500), "r-7001"))
    assert listed == [f"r-{n}" for n in range(3000, 0, -50)]


@pytest.mark.usefixtures("filled")
async def test_common_words_are_found_among_the_newest(pool):
    wanted = Wanted(text="하늘", channel_id="sea")

    page = await listing.page(pool, wanted, after=None, limit=3)

    assert [row["run_id"] for row in page.rows] == ["r-12000", "r-11994", "r-11988"]
    assert page.more == Place(T0 + timedelta(seconds=5994), "r-11988")


@pytest.mark.usefixtures("filled")
async def test_the_runs_that_repeat_one_are_found_by_their_own_index(pool):
    values = (None, "r-1", "demo", None, "failed", T0, None, "", 21)

    plan = await plan_of(pool, listing.LIST_FEW, *values)
    wanted = Wanted(parent_run_id="r-1", channel_id="demo", text="하늘")
    page = await listing.page(pool, wanted, after=None, limit=2)

    assert "runs_by_parent" in plan
    assert [row["run_id"] for row in page.rows] == ["r-11000", "r-10000"]
    assert page.more == Place(T0 + timedelta(seconds=5000), "r-10000")


@pytest.mark.usefixtures("filled")
async def test_filters_are_taken_from_the_address(api, subtests):
    expected = [
        ("", "r-12000 r-11999"),
        ("channel_id=old&status=failed", "r-6000 r-5950"),
        ("pipeline=short&channel_id=sea", "r-12000 r-11988"),
        ("parent=r-1&to=2026-01-01", ""),
        ("parent=r-1&from=2026-01-01T00:00:00Z", "r-12000 r-11000"),
        ("from=2026-01-01T09:00:00%2B09:00&to=2026-01-01T00:00:01", "r-1"),
        ("text=UNI tides", "r-9"),
        ("text=파란가 하&to=2026-01-01T00:00:03Z", "r-4 r-2"),
        ("text=it's a \\ %26 (b | !c):*", ""),
        ("text=null&from=2026-01-02", ""),
        ("text=&from=&to=&parent=&pipeline=&status=failed", "r-12000 r-11950"),
    ]

    for query, ids in expected:
        with subtests.test(query):
            answer = await api.get(f"{RUNS}?limit=2&{query}")

            assert " ".join(run["run_id"] for run in answer.json()["items"]) == ids


async def test_a_filter_that_can_match_nothing_is_refused_in_one_sentence(api, subtests):
    refused = [
        ("from=yesterday", "from is 'yesterday'"),
        ("to=0.5", "to is '0.5': write a date such as"),
        ("to=-8.5e-45", "to is '-8.5e-45': write a date such as"),
        ("to=0001-01-01T00:00:00%2B14:00", "to is too far away"),
        ("parent=A.B", "parent is 'A.B': it must match"),
        ("pipeline=No", "pipeline is 'No': it must match"),
        ("text=!?", "text is '!?', which is no word: use letters or digits"),
        ("text=a%00", "text has the control character U+0000"),
        (f"text={'x' * 101}", "text is 'xxx"),
    ]

    for query, sentence in refused:
        with subtests.test(query):
            answer = await api.get(f"{RUNS}?{query}")

            assert answer.status_code == 422
            assert sentence in answer.json()["detail"]
