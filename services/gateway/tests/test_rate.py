"""How much one key may ask."""

import pytest

from gateway.rate import RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_up_again():
    clock = Clock()
    limit = RateLimit(3, clock)

    first = [limit.take("a") for _ in range(4)]
    clock.now += 20
    later = limit.take("a")
    clock.now += 3600
    last = limit.take("a")

    assert [each.remaining for each in first] == [2, 1, 0, 0]
    assert [each.full_s for each in first] == [20, 40, 60, 60]
    assert [each.wait_s for each in first] == [0, 0, 0, 20]
    assert (later.wait_s, later.remaining) == (0, 0)
    assert (last.wait_s, last.remaining) == (0, 2)


def test_who_is_refused_loses_nothing_by_asking():
    clock = Clock()
    limit = RateLimit(1, clock)

    limit.take("a")
    waits = [limit.take("a").wait_s for _ in range(100)]
    clock.now += waits[-1]

    assert set(waits) == {60}
    assert limit.take("a").wait_s == 0


def test_one_key_takes_nothing_from_another():
    limit = RateLimit(1, Clock())

    assert [limit.take(key).wait_s for key in ("a", "b", "a")] == [0, 0, 60]


def test_only_so_many_buckets_are_kept(monkeypatch):
    monkeypatch.setattr("gateway.rate.KEPT", 2)
    limit = RateLimit(1, Clock())

    waits = [limit.take(key).wait_s for key in ("a", "b", "c", "b", "a")]

    assert waits == [0, 0, 0, 60, 0]


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"requests_per_minute": 3})


async def test_every_answer_says_what_is_left_and_one_too_many_waits(api, as_key):
    reader = await as_key("read", name="busy")
    answers = [await reader.get(path) for path in ("/channels", "/api/v1/approvals/a", "/channels")]
    missing = await reader.get("/channels")
    other = await api.get("/channels")

    assert [each.status_code for each in (*answers, missing, other)] == [200, 404, 200, 429, 200]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
    assert answers[0].headers["ratelimit"] == '"key";r=2;t=20'
    assert answers[1].headers["ratelimit"].startswith('"key";r=1;t=')
    assert missing.headers["ratelimit"].startswith('"key";r=0;t=')
    assert 0 < int(missing.headers["retry-after"]) <= 20
    assert "the key 'busy' asks more than 3 times a minute: try again in" in missing.text
    assert missing.json()["type"] == "urn:yaa:problem:rate-limited"


async def test_who_sends_no_key_is_told_nothing_of_limits(stranger):
    answer = await stranger.get("/channels")

    assert "ratelimit" not in answer.headers
