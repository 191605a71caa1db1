"""Files of runs, by HTTP: whole, in part, and not at all."""

import pytest

from agentkit.artifacts import NatsArtifacts
from contracts.artifacts import BlobRef

CONTENT = bytes(range(256)) * 10_000
SIZE = len(CONTENT)


@pytest.fixture
async def movie(connection, record, project, story) -> BlobRef:
    """A video of three chunks, produced by a run."""
    blob = await NatsArtifacts(connection).put(CONTENT, media_type="video/mp4", name="하늘/왜.mp4")
    told = story("a").requested().asks("script").completes("script")
    output = told.events[-1].output.model_copy(update={"inline": {"video": blob.model_dump()}})
    told.events[-1] = told.events[-1].model_copy(update={"output": output})
    await record(told)
    await project()
    return blob


def url(blob: BlobRef) -> str:
    return f"/api/v1/artifacts/{blob.sha256}"


async def test_a_file_is_sent_whole_with_everything_a_browser_needs(api, movie):
    response = await api.get(url(movie))

    assert response.status_code == 200
    assert response.content == CONTENT
    headers = response.headers
    assert headers["content-type"] == "video/mp4"
    assert headers["content-length"] == str(SIZE)
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"] == f'"{movie.sha256}"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["content-disposition"].startswith("inline; filename*=UTF-8''%ED%95%98%EB%8A%98_")


async def test_its_head_is_that_of_the_file_without_its_content(api, movie):
    head, whole = await api.head(url(movie)), await api.get(url(movie))

    assert head.status_code == 200
    assert head.content == b""
    differing = {"date", "x-request-id", "ratelimit"}
    assert {k: v for k, v in head.headers.items() if k not in differing} == {
        k: v for k, v in whole.headers.items() if k not in differing
    }


async def test_a_head_is_of_the_whole_file_whatever_part_is_asked_for(api, movie):
    head = await api.head(url(movie), headers={"Range": "bytes=0-9"})

    assert (head.status_code, head.headers["content-length"]) == (200, str(SIZE))


PARTS = [
    ("bytes=0-0", 0, 1),
    ("bytes=100-", 100, SIZE),
    ("bytes=-7", SIZE - 7, SIZE),
    (f"bytes=-{SIZE * 2}", 0, SIZE),
    ("bytes=1023990-1024010", 1_023_990, 1_024_011),
    (f"bytes=2000000-{SIZE * 9}", 2_000_000, SIZE),
]
BEHIND = [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"]
NO_RANGES = ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "junk"]


async def test_a_part_of_a_file_is_sent(api, movie, subtests):
    for asked, start, end in PARTS:
        with subtests.test(asked):
            response = await api.get(url(movie), headers={"Range": asked})

            assert response.status_code == 206
            assert response.content == CONTENT[start:end]
            assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
            assert response.headers["content-length"] == str(end - start)


async def test_a_part_behind_the_end_is_refused(api, movie, subtests):
    for asked in BEHIND:
        with subtests.test(asked):
            response = await api.get(url(movie), headers={"Range": asked})

            assert response.status_code == 416
            assert response.headers["content-range"] == f"bytes */{SIZE}"
            assert f"the file has {SIZE} bytes" in response.json()["detail"]


async def test_a_range_that_is_none_is_answered_with_the_whole_file(api, movie, subtests):
    for asked in NO_RANGES:
        with subtests.test(asked):
            response = await api.get(url(movie), headers={"Range": asked})

            assert response.status_code == 200
            assert response.headers["content-length"] == str(SIZE)


async def test_a_file_the_caller_has_is_not_sent_again(api, movie):
    has = {"If-None-Match": f'W/"other", "{movie.sha256}"'}

    response = await api.get(url(movie), headers=has)

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == f'"{movie.sha256}"'


async def test_a_range_of_another_version_is_answered_with_the_whole_file(api, movie):
    headers = {"Range": "bytes=0-9"}

    other = await api.get(url(movie), headers=headers | {"If-Range": '"old"'})
    same = await api.get(url(movie), headers=headers | {"If-Range": f'"{movie.sha256}"'})

    assert (other.status_code, same.status_code) == (200, 206)


async def test_the_caller_names_the_file(api, movie):
    response = await api.get(url(movie), params={"name": "my video.mp4"})

    assert response.headers["content-disposition"] == "inline; filename*=UTF-8''my%20video.mp4"
    assert response.headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("..\\..\\win.ini", ".._.._win.ini"),
        ("a\r\nX-Evil: 1", "a__X-Evil%3A%201"),
        ('a"; filename="b', "a%22%3B%20filename%3D%22b"),
        ("\0\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "_%F0%9F%98%80"),
    ],
)
async def test_a_name_stays_a_name(api, movie, name, saved):
    response = await api.get(url(movie), params={"name": name})

    assert response.status_code == 200
    assert response.headers["content-disposition"] == f"inline; filename*=UTF-8''{saved}"
    assert "x-evil" not in response.headers


async def test_a_file_the_projector_has_not_come_to_is_there_already(api, connection):
    blob = await NatsArtifacts(connection).put(b"png", media_type="image/png", name="a.png")

    named = await api.get(url(blob), params={"name": "a.png"})
    unnamed = await api.get(url(blob))

    assert named.content == b"png"
    assert named.headers["content-type"] == "image/png"
    assert named.headers["cache-control"] == "no-cache"
    assert unnamed.headers["content-type"] == "application/octet-stream"


async def test_what_could_run_in_a_browser_is_only_offered_for_download(api, connection):
    page = b"<script>alert(1)</script>"
    blob = await NatsArtifacts(connection).put(page, media_type="text/html", name="a.html")

    response = await api.get(url(blob), params={"name": "a.html"})

    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment;")


async def test_an_empty_file_is_sent(api, connection):
    blob = await NatsArtifacts(connection).put(b"", media_type="text/plain", name="empty.txt")

    whole = await api.get(url(blob))
    part = await api.get(url(blob), headers={"Range": "bytes=0-"})

    assert (whole.status_code, whole.content) == (200, b"")
    assert part.status_code == 416


async def test_a_file_that_is_not_there_is_told(api):
    unknown = await api.get(f"/api/v1/artifacts/{'0' * 64}")
    invalid = await api.get("/api/v1/artifacts/nope")

    assert (unknown.status_code, invalid.status_code) == (404, 422)
    assert "there is no file 000" in unknown.json()["detail"]
    assert "sha256 is 'nope': it must match" in invalid.json()["detail"]


async def test_files_wait_for_a_store_that_is_away(api, fresh_nats, movie):
    fresh_nats.kill()

    response = await api.get(url(movie), timeout=15)

    assert response.status_code == 503
