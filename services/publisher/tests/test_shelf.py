"""A shelf holds whole publications only, each run once, and a feed of all of them."""

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from publisher.feed import FEED
from publisher.metadata import METADATA, Metadata, PublishedFile
from publisher.shelf import LibraryError, Shelf

ENTRY = "{http://www.w3.org/2005/Atom}entry"
TITLE = "{http://www.w3.org/2005/Atom}title"


def metadata(run_id: str = "run-1", title: str = "Tides") -> Metadata:
    files = {
        stem: PublishedFile(name=name, media_type="video/mp4", size_bytes=5, sha256="a" * 64)
        for stem, name in (
            ("video", "video.mp4"),
            ("thumbnail", "thumbnail.jpg"),
            ("subtitles", "subtitles.srt"),
        )
    }
    return Metadata(
        run_id=run_id,
        channel_id="demo",
        channel_name="Demo",
        topic="tides",
        language="ko",
        title=title,
        description="Why?",
        tags=(),
        hashtags=(),
        thumbnail_text="?",
        chapters=(),
        duration_s=30,
        aspect="9:16",
        width=1080,
        height=1920,
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        simulated=False,
        **files,
    )


def put(shelf: Shelf, what: Metadata, content: bytes = b"video") -> Path:
    with shelf.incoming() as draft:
        for name in ("video.mp4", "thumbnail.jpg", "subtitles.srt"):
            (draft / name).write_bytes(content)
    return shelf.add(draft, what)


def titles(shelf: Shelf) -> list[str]:
    feed = ET.parse(shelf.folder / FEED).getroot()  # noqa: S314 -- our own
    return sorted(entry.findtext(TITLE, "") for entry in feed.findall(ENTRY))


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "library", "demo")


def test_a_publication_lies_in_its_folder_and_in_the_feed(shelf: Shelf) -> None:
    folder = put(shelf, metadata())

    assert visible(folder) == ["metadata.json", "subtitles.srt", "thumbnail.jpg", "video.mp4"]
    assert Metadata.model_validate_json((folder / METADATA).read_bytes()) == metadata()
    assert titles(shelf) == ["Tides"]


def test_publishing_twice_keeps_the_first(shelf: Shelf) -> None:
    first = put(shelf, metadata(), b"first")
    second = put(shelf, metadata(title="Another title"), b"second")

    assert first == second
    assert (first / "video.mp4").read_bytes() == b"first"
    assert visible(shelf.folder) == [FEED, first.name]
    assert titles(shelf) == ["Tides"]


def test_a_run_is_found_even_when_a_person_renamed_its_folder(shelf: Shelf) -> None:
    folder = put(shelf, metadata())
    folder.rename(shelf.folder / "my favourite")

    assert shelf.find("run-1") == shelf.folder / "my favourite"


def test_finding_a_publication_repairs_a_feed_that_a_crash_prevented(shelf: Shelf) -> None:
    put(shelf, metadata())
    (shelf.folder / FEED).unlink()

    shelf.find("run-1")

    assert titles(shelf) == ["Tides"]


def test_looking_for_a_run_makes_no_folder(shelf: Shelf) -> None:
    assert shelf.find("run-1") is None
    assert not shelf.folder.exists()


def test_runs_whose_short_names_are_equal_get_different_folders(shelf: Shelf) -> None:
    first = put(shelf, metadata("a-00000001"))
    second = put(shelf, metadata("b-00000001"))

    assert first != second
    assert second.name == "tides-b-00000001"
    assert titles(shelf) == ["Tides", "Tides"]


def test_a_failure_while_filling_leaves_nothing(shelf: Shelf) -> None:
    def fill_half() -> None:
        with shelf.incoming() as draft:
            (draft / "video.mp4").write_bytes(b"half")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        fill_half()

    assert list(shelf.folder.iterdir()) == []


def test_what_a_killed_process_left_is_never_published_and_goes_after_a_day(shelf: Shelf) -> None:
    fresh, stale = shelf.folder / ".incoming-fresh", shelf.folder / ".incoming-stale"
    for draft in (fresh, stale):
        draft.mkdir(parents=True)
        (draft / METADATA).write_text(metadata("run-9", "Half").model_dump_json())
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(stale, (two_days_ago, two_days_ago))

    put(shelf, metadata())

    assert titles(shelf) == ["Tides"]
    assert fresh.exists()
    assert not stale.exists()


def test_damaged_metadata_is_left_out_of_the_feed(shelf: Shelf) -> None:
    put(shelf, metadata())
    broken = shelf.folder / "broken"
    broken.mkdir()
    (broken / METADATA).write_bytes(b"\xff{")

    put(shelf, metadata("run-2", "Moons"))

    assert titles(shelf) == ["Moons", "Tides"]


def test_publishing_at_once_loses_no_entry(shelf: Shelf) -> None:
    library = shelf.folder.parent
    runs = [f"run-{n % 8}" for n in range(16)]

    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda run: put(Shelf(library, "demo"), metadata(run, run)), runs))

    assert len(set(folders)) == 8
    assert titles(shelf) == sorted(set(runs))
    assert visible(shelf.folder) == sorted({FEED, *(folder.name for folder in folders)})


def test_a_library_that_is_a_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("")

    with pytest.raises(LibraryError, match="YAA_LIBRARY_DIR") as caught:
        put(Shelf(tmp_path / "library", "demo"), metadata())

    assert str(tmp_path / "library") in str(caught.value)


def test_a_full_disk_is_named_with_the_way_out(shelf: Shelf) -> None:
    with pytest.raises(LibraryError, match="no space is left") as caught, shelf.incoming():
        raise OSError(errno.ENOSPC, "No space left on device")

    assert str(shelf.folder.parent) in str(caught.value)


def test_trouble_on_the_network_is_not_taken_for_trouble_with_the_folder(shelf: Shelf) -> None:
    with pytest.raises(ConnectionRefusedError), shelf.incoming():
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
