"""Cron: our times, and that the broker wakes us at them. Its clock is set by time zones we make."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agentkit.direct import direct_get
from agentkit.nats import connected
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from gateway.cron import Cron, CronError, parse

SEOUL, BERLIN = "Asia/Seoul", "Europe/Berlin"

# expression, zone, a time that it comes true (local), the next one for us, and for the broker
# where it is another
TABLE = [
    ("0 9 * * MON-FRI", SEOUL, "2026-11-27 09:00", "2026-11-30 09:00", ""),
    ("0 9 * * 1-5", BERLIN, "2027-03-26 09:00", "2027-03-29 09:00", ""),
    ("0 9 * * 7", SEOUL, "2026-11-22 09:00", "2026-11-29 09:00", ""),
    ("0 9 * * 5-7", SEOUL, "2026-11-29 09:00", "2026-12-04 09:00", ""),
    ("*/20 9-17/4 * * *", SEOUL, "2026-11-21 17:40", "2026-11-22 09:00", ""),
    ("5/25 9 * jan-mar *", SEOUL, "2027-03-31 09:55", "2028-01-01 09:05", ""),
    ("0 9 1,15 * *", SEOUL, "2026-11-15 09:00", "2026-12-01 09:00", ""),
    ("0 9 13 * FRI", SEOUL, "2026-11-06 09:00", "2026-11-13 09:00", ""),
    ("0 0 29 2 *", SEOUL, "2028-02-29 00:00", "2032-02-29 00:00", ""),
    ("0 9 1-31 * MON", SEOUL, "2026-11-21 09:00", "2026-11-22 09:00", ""),
    ("0 9 */2 * MON", SEOUL, "2026-11-23 09:00", "2026-12-07 09:00", "2026-11-25 09:00"),
    ("0 9 L * *", SEOUL, "2026-11-30 09:00", "2026-12-31 09:00", "2026-12-01 09:00"),
    ("0 9 * * MON#1", SEOUL, "2026-12-07 09:00", "2027-01-04 09:00", "2026-12-08 09:00"),
    ("0 9 L * MON", SEOUL, "2026-11-30 09:00", "2026-12-07 09:00", "2026-12-01 09:00"),
    ("0 9 * * *", BERLIN, "2027-03-27 09:00", "2027-03-28 09:00", ""),
    ("0 9 * * *", BERLIN, "2026-10-24 09:00", "2026-10-25 09:00", ""),
    ("30 2 * * *", BERLIN, "2027-03-27 02:30", "2027-03-28 03:00", "2027-03-29 02:30"),
    ("30 2 * * *", BERLIN, "2026-10-25 02:30", "2026-10-26 02:30", "2026-10-25 02:30"),
    ("*/30 * * * *", BERLIN, "2027-03-28 01:30", "2027-03-28 03:00", ""),
    ("*/30 * * * *", BERLIN, "2026-10-25 02:30", "2026-10-25 02:00", ""),
    ("30 2 * * *", SEOUL, "2027-03-27 02:30", "2027-03-28 02:30", ""),
    ("0 0 * * *", "Africa/Cairo", "2027-04-29 00:00", "2027-04-30 01:00", "2027-05-01 00:00"),
    ("30 0 * * *", "America/Santiago", "2026-09-05 00:30", "2026-09-06 01:00", "2026-09-07 00:30"),
]


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def zone_file(zone: ZoneInfo, shift: timedelta) -> bytes:
    """Return `zone` as a TZif file in which `shift` has passed more than has."""
    begin = (datetime.now(UTC) + shift).replace(minute=0, second=0, microsecond=0)
    hours = [begin + timedelta(hours=n) for n in range(-48, 24 * 60)]
    offsets = [hour.astimezone(zone).utcoffset() or timedelta() for hour in hours]
    changes = [n for n in range(1, len(hours)) if offsets[n] != offsets[n - 1]]
    kinds = [offsets[0], *(offsets[n] for n in changes)]
    header = b"TZif" + b"\0" * 16
    counts = struct.pack(">6l", 0, 0, 0, len(changes), len(kinds), 4)
    times = [int((hours[n] - shift).timestamp()) for n in changes]
    body = struct.pack(f">{len(changes)}l", *times) + bytes(range(1, len(kinds)))
    for offset in kinds:
        body += struct.pack(">lBB", round((offset + shift).total_seconds()), 0, 0)
    return header + counts + body + b"LAB\0"


@pytest.fixture
def zones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder from which the nats-server of this test takes its time zones first."""
    (tmp_path / "Lab").mkdir()
    monkeypatch.setenv("ZONEINFO", str(tmp_path))
    return tmp_path / "Lab"


async def test_the_broker_wakes_us_at_each_time_that_is_in_no_gap(
    zones: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("nats_url")
    async with connected(Settings(nats_url=url), name="test") as connection:
        await provision(connection, [])
        js = connection.jetstream()
        for n, (text, zone, comes, _, _) in enumerate(TABLE):
            soon = datetime.now(UTC) + timedelta(seconds=2)
            shift = local(comes, zone) - soon.replace(second=0, microsecond=0)
            (zones / str(n)).write_bytes(zone_file(ZoneInfo(zone), shift))
            pattern = Cron(text.upper(), ZoneInfo(zone)).pattern()
            headers = {
                "Nats-Schedule": f"{soon.second} {pattern.removeprefix('0 ')}",
                "Nats-Schedule-Target": subjects.schedule_due(f"s{n}"),
                "Nats-Schedule-Time-Zone": f"Lab/{n}",
            }
            await js.publish(subjects.schedule(f"s{n}"), b"", headers=headers)

        async def fired() -> bool:
            due = await direct_get(connection, subjects.TIMERS, [subjects.DUE_SCHEDULES])
            return len(due) == len(TABLE)

        await wait_until(fired)
        due = await direct_get(connection, subjects.TIMERS, [subjects.DUE_SCHEDULES])
    woken = {
        int(message.headers["Nats-Subject"].rpartition(".s")[2]): message.headers[
            "Nats-Schedule-Next"
        ][:16].replace("T", " ")
        for message in due
        if message.headers
    }

    assert woken == {n: other or ours for n, (*_, ours, other) in enumerate(TABLE)}


@pytest.mark.parametrize(("text", "zone", "comes", "following", "_"), TABLE)
def test_the_time_after_and_the_time_before(
    text: str, zone: str, comes: str, following: str, _: str
) -> None:
    cron = parse(text, ZoneInfo(zone))
    first = local(comes, zone)

    found = cron.after(first)
    assert found is not None
    assert f"{found.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == following
    assert cron.before(found) == found
    assert cron.before(found - timedelta(seconds=1)) == first.astimezone(UTC)
    assert cron.after(found - timedelta(microseconds=1)) == found


@pytest.mark.parametrize(
    "text", ["30 2 * * *", "*/20 * * * *", "0 */3 * * SUN", "15 1-3 25-31 * *"]
)
@pytest.mark.parametrize("month", ["2026-10-20", "2027-03-24"])
def test_looking_back_finds_what_looking_ahead_found(text: str, month: str) -> None:
    cron = parse(text, ZoneInfo(BERLIN))
    begin = local(month, BERLIN)
    times = list[datetime]()
    last: datetime | None = begin
    while last is not None and last < begin + timedelta(days=10):
        last = cron.after(last)
        times += [last] if last else []

    assert times == sorted(set(times))
    for time in times[:: len(times) // 40 + 1]:
        assert cron.before(time + timedelta(seconds=59)) == time


def test_seconds_are_counted_where_six_fields_are_kept() -> None:
    cron = Cron("*/2 * * * * *", ZoneInfo("UTC"))
    begin = datetime(2026, 1, 1, 0, 0, 1, 500, tzinfo=UTC)

    assert cron.after(begin) == datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert cron.before(begin) == datetime(2026, 1, 1, tzinfo=UTC)
    assert cron.pattern() == f"{','.join(str(n) for n in range(0, 60, 2))} * * * * *"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is '' with 0 fields: write five, minute hour day month weekday"),
        ("@daily", "is '@daily' with 1 field: write five"),
        ("* * * * * *", "is '* * * * * *' with 6 fields"),
        ("61 * * * *", "with a wrong minute: use 0 to 59"),
        ("*/0 * * * *", "with a wrong minute"),
        ("0 24 * * *", "with a wrong hour: use 0 to 23"),
        ("0 9 31 2 *", "with a wrong day-of-month: use 1 to 31 that the month has"),
        ("0 9 ? * MON", "with a wrong day-of-month"),
        ("0 9 * 13 *", "with a wrong month: use 1 to 12 or JAN to DEC"),
        ("0 9 * * FRI-MON", "with a wrong day-of-week: use 0 to 7"),
        ("0 9 30-31 2 MON#5,8", "with a wrong day-of-week"),
        ("0 9 */31 * MON#5", "which never comes: correct the day or the month"),
        ("매일 아홉 시 에 해", "with a wrong minute"),
        ("1," * 100 + "1 * * * *", "has 209 characters: use at most 200"),
    ],
)
def test_what_is_no_cron_is_refused_with_the_way_out(text: str, told: str) -> None:
    with pytest.raises(CronError) as refusal:
        parse(text, ZoneInfo(SEOUL))

    assert told in str(refusal.value)
