"""Schedules by HTTP: kept by the broker, shown with their next time, held up, forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts import subjects
from contracts.schedules import Schedule
from gateway import schedules

URL = "/api/v1/schedules"
ORDER = {"topic": "왜 하늘은 파란가", "requested_by": "jin"}
MORNING = {"id": "morning", "cron": "0 9 * * mon-fri", "tz": "Asia/Seoul", "order": ORDER}

pytestmark = pytest.mark.usefixtures("agents")


@pytest.fixture
def stored(connection):
    """Return the message of a schedule as the broker has it."""

    async def stored(schedule_id):
        js = connection.jetstream()
        return await js.get_last_msg(subjects.TIMERS, subjects.schedule(schedule_id))

    return stored


async def refused(api, body, **headers):
    response = await api.post(URL, json=body, headers=headers)
    return (
        response.status_code,
        response.json()["type"].rpartition(":")[2],
        response.json()["detail"],
    )


async def test_a_schedule_is_read_from_whoever_leads_its_stream(api, connection):
    asked = set()

    async def hear(message):
        asked.add(message.subject)

    for subject in ("$JS.API.STREAM.MSG.GET.TIMERS", "$JS.API.DIRECT.GET.TIMERS.>"):
        await connection.subscribe(subject, cb=hear)
    await api.post(URL, json=MORNING)
    assert (await api.get(f"{URL}/morning")).status_code == 200
    await connection.flush()

    assert asked == {"$JS.API.STREAM.MSG.GET.TIMERS"}


async def test_a_schedule_is_the_message_that_the_broker_fires(api, stored):
    response = await api.post(URL, json=MORNING)

    assert response.status_code == 201
    assert response.headers["location"] == f"{URL}/morning"
    message = await stored("morning")
    told = {name: message.headers[name] for name in message.headers if name.startswith("Nats-S")}
    assert told == {
        "Nats-Schedule": "0 0 9 * * 1,2,3,4,5",
        "Nats-Schedule-Target": "timer.due.morning",
        "Nats-Schedule-Time-Zone": "Asia/Seoul",
    }
    kept = Schedule.model_validate_json(message.data)
    assert (kept.cron, kept.requested_by, kept.order["channel_id"]) == (
        "0 9 * * MON-FRI",
        "jin",
        "demo",
    )
    view = response.json()
    next_fire = datetime.fromisoformat(view.pop("next_fire_at")).astimezone(ZoneInfo("Asia/Seoul"))
    assert (next_fire.hour, next_fire.minute) == (9, 0)
    assert timedelta() < next_fire - datetime.now(UTC) < timedelta(days=4)
    assert view == {
        "id": "morning",
        "name": "",
        "cron": "0 9 * * MON-FRI",
        "at": None,
        "tz": "Asia/Seoul",
        "when": "At 09:00 on Monday through Friday",
        "on_missed": "run_once",
        "state": "active",
        "last": None,
        "order": {
            "topic": "왜 하늘은 파란가",
            "channel_id": "demo",
            "pipeline": "video",
            "aspect": "9:16",
            "dry_run": False,
            "review": False,
            "priority": "normal",
        },
        "created_at": view["created_at"],
        "requested_by": "jin",
    }
    assert (await api.get(f"{URL}/morning")).json() == response.json()


async def test_a_time_is_read_in_the_zone_of_its_schedule_unless_it_says_its_own(api):
    at = datetime.now(ZoneInfo("Asia/Seoul")).replace(microsecond=0) + timedelta(days=1)

    for written in (
        f"{at:%Y-%m-%dT%H:%M:%S}",
        at.astimezone(ZoneInfo("Europe/Berlin")).isoformat(),
    ):
        body = {"at": written, "tz": "Asia/Seoul", "order": ORDER}
        view = (await api.post(URL, json=body)).json()

        assert datetime.fromisoformat(view["at"]) == at
        assert view["next_fire_at"] == view["at"]
        assert view["when"] == f"Once at {at:%Y-%m-%d %H:%M}"
        assert view["id"].startswith("s-")


async def test_the_schedules_are_listed_as_they_come(api, monkeypatch):
    monkeypatch.setattr("gateway.log.PAGE", 2)
    for name, cron in (("year", "0 0 1 1 *"), ("minute", "* * * * *"), ("held", "* * * * *")):
        await api.post(URL, json=MORNING | {"id": name, "cron": cron})
    soon = datetime.now(UTC) + timedelta(seconds=3600)
    await api.post(URL, json={"id": "once", "at": soon.isoformat(), "order": ORDER})
    await api.post(f"{URL}/held/pause")

    page = (await api.get(URL)).json()

    assert [item["id"] for item in page["items"]] == ["minute", "once", "year", "held"]
    assert page["total"] == 4
    fewer = (await api.get(URL, params={"limit": 2})).json()
    assert [item["id"] for item in fewer["items"]] == ["minute", "once"]
    assert fewer["total"] == 4


async def test_more_than_1024_schedules_are_listed(api, connection):
    js = connection.jetstream()
    now = datetime.now(UTC)
    every = [
        Schedule(id=f"s{n}", cron="0 9 * * *", order=ORDER, created_at=now) for n in range(1100)
    ]
    for first in range(0, len(every), 100):
        await asyncio.gather(
            *(
                js.publish(subjects.schedule(each.id), each.model_dump_json().encode())
                for each in every[first : first + 100]
            )
        )

    page = (await api.get(URL, params={"limit": 1000})).json()

    assert (page["total"], len(page["items"])) == (1100, 1000)


async def test_a_paused_schedule_is_kept_without_its_times(api, stored):
    await api.post(URL, json=MORNING)

    for _ in range(2):
        response = await api.post(f"{URL}/morning/pause")
        assert response.status_code == 200
        assert (response.json()["state"], response.json()["next_fire_at"]) == ("paused", None)
    paused = await stored("morning")
    assert "Nats-Schedule" not in paused.headers

    for _ in range(2):
        response = await api.post(f"{URL}/morning/resume")
        assert response.json()["state"] == "active"
    resumed = await stored("morning")
    assert resumed.headers["Nats-Schedule"] == "0 0 9 * * 1,2,3,4,5"
    assert resumed.seq == paused.seq + 1


async def test_whatever_is_done_at_once_is_done_one_after_the_other(api):
    await api.post(URL, json=MORNING)

    wanted = ["pause", "resume"] * 4
    answers = await asyncio.gather(*(api.post(f"{URL}/morning/{each}") for each in wanted))

    assert {answer.status_code for answer in answers} == {200}
    assert (await api.post(f"{URL}/morning/resume")).json()["state"] == "active"


async def test_a_removed_schedule_leaves_nothing(api, connection):
    await api.post(URL, json=MORNING)

    response = await api.delete(f"{URL}/morning")

    assert (response.status_code, response.content) == (204, b"")
    assert (await api.get(URL)).json() == {"items": [], "total": 0}
    assert (await connection.jetstream().stream_info(subjects.TIMERS)).state.messages == 0


@pytest.mark.parametrize("schedule_id", ["nope", "NOPE", "a.b", "*", "x" * 99])
async def test_an_unknown_schedule_is_named_with_the_way_out(api, schedule_id):
    for response in (
        await api.get(f"{URL}/{schedule_id}"),
        await api.delete(f"{URL}/{schedule_id}"),
        await api.post(f"{URL}/{schedule_id}/pause"),
        await api.post(f"{URL}/{schedule_id}/resume"),
    ):
        assert response.status_code == 404
        assert response.json()["detail"].startswith(f"there is no schedule '{schedule_id[:64]}")
        assert response.json()["detail"].endswith("yaa schedule list has their ids")


async def test_a_taken_id_is_refused(api):
    await api.post(URL, json=MORNING)

    assert await refused(api, MORNING | {"cron": "0 8 * * *"}) == (
        409,
        "schedule-exists",
        "there is a schedule 'morning' already: choose another id, or remove that one",
    )
    assert (await refused(api, MORNING))[0] == 409
    assert (await api.get(f"{URL}/morning")).json()["cron"] == "0 9 * * MON-FRI"


async def test_the_same_schedule_with_the_same_key_is_one(api):
    key = {"Idempotency-Key": "click-1"}
    unnamed = {name: value for name, value in MORNING.items() if name != "id"}

    answers = await asyncio.gather(*(api.post(URL, json=unnamed, headers=key) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await api.get(URL)).json()["total"] == 1
    assert (await refused(api, unnamed | {"tz": "UTC"}, **key))[:2] == (
        422,
        "idempotency-key-reused",
    )
    taken = {"Idempotency-Key": "click-2"}
    for _ in range(2):
        assert (await api.post(URL, json=MORNING, headers=taken)).status_code == 201
    other = MORNING | {"name": "other"}
    assert (await refused(api, other, **{"Idempotency-Key": "click-3"}))[0] == 409


REFUSED = [
    ({"cron": "61 * * * *"}, 422, "cron is '61 * * * *' with a wrong minute: use 0 to 59"),
    ({"cron": "* * * * * *"}, 422, "cron is '* * * * * *' with 6 fields: write five"),
    (
        {"tz": "Asia/Soul"},
        422,
        "tz is 'Asia/Soul', which is no time zone: use one such as Asia/Seoul",
    ),
    ({"tz": "seoul"}, 422, "tz is 'seoul', which is no time zone: use one such as Asia/Seoul"),
    ({"tz": ""}, 422, "use one such as Asia/Seoul, Europe/Berlin, UTC"),
    ({"tz": "../etc/passwd"}, 422, "which is no time zone"),
    ({"at": "2999-01-01T00:00"}, 422, "the body has both cron and at: give one of them"),
    ({"cron": None}, 422, "the body has neither cron nor at: give one of them"),
    ({"cron": None, "at": "tomorrow"}, 422, "at is 'tomorrow': write it like 2026"),
    ({"cron": None, "at": 2_000_000_000}, 422, "at is 2000000000: write a date such as 2026-12-01"),
    ({"cron": None, "at": "2.5e9"}, 422, "at is '2.5e9': write a date such as 2026-12-01"),
    ({"cron": None, "at": "2026-13-01T09:00"}, 422, "'2026-13-01T09:00': write it like 2026-12-"),
    ({"cron": None, "at": "2020-01-01T09:00"}, 422, "at 2020-01-01 09:00 has passed, it is "),
    ({"cron": None, "at": "9999-12-31T09:00"}, 422, "is too far away: use one in the next ten"),
    ({"cron": None, "at": "9999-12-31T23:00:00-23:00"}, 422, "is too far away: use one in the"),
    ({"cron": None, "at": "0001-01-01T00:00:00+23:00"}, 422, "is too far away: use one in the"),
    ({"id": "No Good"}, 422, "id is 'No Good': it must match"),
    ({"name": "a\x07b"}, 422, "name has the control character U+0007"),
    ({"on_missed": "twice"}, 422, "on_missed is 'twice': use one of 'run_once' or 'skip'"),
    ({"when": "now"}, 422, "when is nothing this address knows"),
    ({"order": {"topic": ""}}, 422, "order.topic is empty: say what the run is about"),
    ({"order": ORDER | {"channel_id": "nope"}}, 404, "there is no channel 'nope': use one of demo"),
    ({"order": ORDER | {"pipeline": "nope"}}, 404, "there is no pipeline 'nope'"),
]


async def test_what_cannot_be_scheduled_is_refused_in_one_sentence(api, subtests):
    for change, status, sentence in REFUSED:
        with subtests.test(**change):
            found, _, detail = await refused(api, MORNING | change)

            assert found == status
            assert sentence in detail
            assert "\n" not in detail
    assert (await api.get(URL)).json()["total"] == 0


async def test_a_time_that_the_clocks_skip_is_refused(api):
    year = datetime.now(UTC).year + 1
    # the last Sunday of March
    day = max(d for d in range(25, 32) if datetime(year, 3, d, tzinfo=UTC).weekday() == 6)
    body = {"at": f"{year}-03-{day}T02:30", "tz": "Europe/Berlin", "order": ORDER}

    status, kind, detail = await refused(api, body)

    assert (status, kind) == (422, "time-skipped")
    assert detail.startswith(f"at {year}-03-{day} 02:30 never comes in Europe/Berlin")


async def test_a_zone_that_the_broker_lacks_is_refused_with_the_reason(connection, monkeypatch):
    monkeypatch.setattr("gateway.zones._names", lambda: {"Factory2"})
    monkeypatch.setattr("gateway.zones.ZoneInfo", lambda _: ZoneInfo("UTC"))
    odd = Schedule(
        id="odd", cron="0 9 * * *", tz="Factory2", order={}, created_at=datetime.now(UTC)
    )

    with pytest.raises(schedules.RefusedError, match="install tzdata where nats-server runs"):
        await schedules.create(connection, odd)


async def test_a_time_that_passed_while_it_was_paused_does_not_come_back(api, connection):
    past = datetime.now(UTC) - timedelta(minutes=1)
    held = Schedule(id="held", at=past, paused=True, order=ORDER, created_at=past)
    assert await schedules.create(connection, held) is None

    assert (await api.get(f"{URL}/held")).json()["state"] == "paused"
    response = await api.post(f"{URL}/held/resume")
    assert response.status_code == 409
    assert response.json()["detail"] == (
        "the one time of schedule 'held' has passed: remove it, or add another one"
    )
    assert (await api.delete(f"{URL}/held")).status_code == 204


async def test_what_cannot_be_read_is_left_out(api, connection):
    await api.post(URL, json=MORNING)
    await connection.jetstream().publish(subjects.schedule("broken"), b"no schedule")

    assert [item["id"] for item in (await api.get(URL)).json()["items"]] == ["morning"]
    assert (await api.get(f"{URL}/broken")).status_code == 404


async def test_schedules_are_refused_while_the_log_is_away(api, fresh_nats):
    fresh_nats.kill()

    for response in (
        await api.get(URL, timeout=15),
        await api.post(URL, json=MORNING, timeout=15),
        await api.post(f"{URL}/morning/pause", timeout=15),
    ):
        assert response.status_code == 503
        assert "try again" in response.json()["detail"]
