"""Addresses of files that need no key: good as they were given out, for a while."""

import time

import pytest

from agentkit.artifacts import NatsArtifacts
from contracts.artifacts import BlobRef
from gateway.signing import DAY_S, Addresses, Signer

NOON = 20_000.5 * DAY_S
BLOB = BlobRef(sha256="1" * 64, size_bytes=3, media_type="image/png", name="왜/a b.png")


def test_an_address_is_the_same_all_day_and_good_for_a_day_at_least():
    clock = iter([20_000 * DAY_S, 20_001 * DAY_S - 1, 20_001 * DAY_S])
    addresses = Addresses(b"secret", clock.__next__)

    morning, evening, midnight = (addresses.of(BLOB) for _ in range(3))

    assert morning == evening != midnight
    assert f"&expires={20_002 * DAY_S}&signature=" in morning
    assert "?name=%EC%99%9C%2Fa%20b.png&" in morning


def test_only_what_was_signed_is_good_and_only_in_time():
    addresses = Addresses(b"secret", lambda: NOON)
    expires, signature = of(addresses.of(BLOB))
    later = Addresses(b"secret", lambda: float(expires))
    tampered = [
        ("2" * 64, BLOB.name, expires, signature),
        (BLOB.sha256, "b.png", expires, signature),
        (BLOB.sha256, BLOB.name, expires + 1, signature),
        (BLOB.sha256, BLOB.name, expires, signature[:-1]),
        (BLOB.sha256, BLOB.name, expires, "왜"),
    ]

    assert addresses.is_signed(BLOB.sha256, BLOB.name, expires, signature)
    assert not any(addresses.is_signed(*each) for each in tampered)
    assert not later.is_signed(BLOB.sha256, BLOB.name, expires, signature)
    assert not Addresses(b"other", lambda: NOON).is_signed(
        BLOB.sha256, BLOB.name, expires, signature
    )


def of(address: str) -> tuple[int, str]:
    query = dict(part.split("=") for part in address.partition("?")[2].split("&"))
    return int(query["expires"]), query["signature"]


@pytest.fixture
async def picture(connection) -> BlobRef:
    return await NatsArtifacts(connection).put(b"png", media_type="image/png", name="a b.png")


async def test_a_long_name_is_shortened_and_not_refused(stranger, pool, connection):
    name = f"{'왜' * 300}.png"
    blob = await NatsArtifacts(connection).put(b"png", media_type="image/png", name=name)

    answer = await stranger.get((await Signer(pool).addresses()).of(blob))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"


async def test_a_signed_address_stands_in_for_a_key(stranger, pool, picture):
    address = (await Signer(pool).addresses()).of(picture)

    whole, head = await stranger.get(address), await stranger.head(address)
    part = await stranger.get(address, headers={"Range": "bytes=1-1"})

    assert (whole.status_code, whole.content) == (200, b"png")
    assert (head.status_code, part.content) == (200, b"n")


async def test_an_address_that_expired_or_was_changed_is_refused(stranger, pool, picture, subtests):
    signer = await Signer(pool).addresses()
    address = signer.of(picture)
    expires, signature = of(address)
    bare = f"/api/v1/artifacts/{picture.sha256}"
    past = Addresses(signer.secret, lambda: time.time() - 3 * DAY_S).of(picture)
    refused = {
        "another file": address.replace(picture.sha256, "0" * 64),
        "another name": address.replace("name=a", "name=b"),
        "no name": f"{bare}?expires={expires}&signature={signature}",
        "a later end": address.replace(str(expires), str(expires + DAY_S)),
        "an end that is none": address.replace(str(expires), "٣"),
        "no end": address.replace(f"expires={expires}&", ""),
        "another signature": address.replace(signature, "0" * 64),
        "an empty one": address.replace(signature, ""),
        "two of them": f"{address}&signature={'0' * 64}",
        "expired": past,
    }

    for wrong, url in refused.items():
        with subtests.test(wrong):
            answer = await stranger.get(url)

            assert answer.status_code == 401
            assert "take it from the run again" in answer.json()["detail"]
    unsigned = await stranger.get(bare)
    assert unsigned.json()["type"] == "urn:yaa:problem:key-missing"


async def test_a_key_opens_a_file_whatever_its_address_says(api, as_key, picture):
    address = f"/api/v1/artifacts/{picture.sha256}?name=a.png&expires=1&signature=0"

    assert (await api.get(address)).status_code == 200
    assert (await (await as_key("run")).get(address)).status_code == 403


async def test_a_signature_opens_nothing_but_files(stranger, pool, picture):
    query = (await Signer(pool).addresses()).of(picture).partition("?")[2]

    assert (await stranger.get(f"/api/v1/channels?{query}")).status_code == 401
