"""The feed is Atom that a strict reader takes, and depends on nothing but what is published."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import unquote, urljoin
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from contracts.artifacts import Chapter
from publisher.feed import Item, feed_of
from publisher.metadata import Metadata, PublishedFile

ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
T0 = datetime(2026, 1, 1, tzinfo=UTC)


def file(name: str, media_type: str) -> PublishedFile:
    return PublishedFile(name=name, media_type=media_type, size_bytes=1234, sha256="a" * 64)


def item(n: int = 1, *, title: str = "Tides", text: str = "Why?", simulated: bool = False) -> Item:
    metadata = Metadata(
        run_id=f"01936b2e-7c1d-7a55-8f00-{n:012}",
        channel_id="demo",
        channel_name="Demo & Co",
        topic="tides",
        language="ko",
        title=title,
        description=text,
        tags=("sea", "moon"),
        hashtags=("#sea",),
        thumbnail_text="?",
        chapters=(Chapter(start_s=0, title="Start"), Chapter(start_s=3725.4, title="End")),
        duration_s=30,
        aspect="9:16",
        width=1080,
        height=1920,
        published_at=T0 + timedelta(days=n),
        simulated=simulated,
        video=file("video.mp4", "video/mp4"),
        thumbnail=file("thumbnail.jpg", "image/jpeg"),
        subtitles=file("subtitles.srt", "application/x-subrip"),
    )
    return Item(f"2026-01-01-바다 {n}", metadata)


def parsed(*items: Item, base_url: str = "") -> ET.Element:
    return ET.fromstring(feed_of("demo", items, base_url=base_url))  # noqa: S314 -- our own


def texts(node: ET.Element, tag: str) -> list[str]:
    return [each.text or "" for each in node.findall(ATOM + tag)]


def links(node: ET.Element, rel: str) -> Iterator[dict[str, str]]:
    return (each.attrib for each in node.findall(f"{ATOM}link") if each.get("rel") == rel)


def test_a_feed_has_what_rfc_4287_requires() -> None:
    feed = parsed(item(1), item(2))

    assert texts(feed, "title") == ["Demo & Co"]
    assert texts(feed, "updated") == ["2026-01-03T00:00:00+00:00"]
    assert texts(feed, "id")[0].startswith("urn:uuid:")
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Demo & Co"
    for entry in feed.findall(f"{ATOM}entry"):
        assert [len(texts(entry, tag)) for tag in ("id", "title", "updated")] == [1, 1, 1]
        assert len(list(links(entry, "alternate"))) == 1


def test_an_enclosure_tells_address_type_and_length() -> None:
    entry = parsed(item(1)).find(f"{ATOM}entry")

    assert entry is not None
    (enclosure,) = links(entry, "enclosure")
    assert enclosure["type"] == "video/mp4"
    assert enclosure["length"] == "1234"
    assert unquote(enclosure["href"]) == "2026-01-01-바다 1/video.mp4"
    thumbnail = entry.find(f"{MEDIA}thumbnail")
    assert thumbnail is not None
    assert unquote(thumbnail.attrib["url"]) == "2026-01-01-바다 1/thumbnail.jpg"


def test_relative_addresses_resolve_from_the_feed_itself() -> None:
    entry = parsed(item(1)).find(f"{ATOM}entry")

    assert entry is not None
    (enclosure,) = links(entry, "enclosure")
    resolved = urljoin("file:///library/demo/feed.xml", enclosure["href"])
    assert unquote(resolved) == "file:///library/demo/2026-01-01-바다 1/video.mp4"


def test_a_base_url_makes_every_address_absolute() -> None:
    feed = parsed(item(1), base_url="https://example.org/lib/")

    hrefs = [each.attrib["href"] for each in feed.iter(f"{ATOM}link")]
    assert hrefs[0] == "https://example.org/lib/demo/feed.xml"
    assert all(href.startswith("https://example.org/lib/demo/") for href in hrefs)


def test_the_newest_entry_stands_first() -> None:
    feed = parsed(item(1, title="old"), item(3, title="new"), item(2, title="middle"))

    assert [texts(entry, "title")[0] for entry in feed.findall(f"{ATOM}entry")] == [
        "new",
        "middle",
        "old",
    ]


def test_chapters_and_hashtags_follow_the_description() -> None:
    entry = parsed(item(1)).find(f"{ATOM}entry")

    assert entry is not None
    assert texts(entry, "content") == ["Why?\n\n0:00 Start\n1:02:05 End\n\n#sea"]


def test_simulated_work_says_so_and_real_work_does_not() -> None:
    simulated, real = parsed(item(2, simulated=True), item(1)).findall(f"{ATOM}entry")

    assert texts(simulated, "title") == ["[simulated] Tides"]
    assert texts(real, "title") == ["Tides"]
    assert simulated.findall(f"{ATOM}category[@term='simulated']")
    assert not real.findall(f"{ATOM}category[@term='simulated']")


@given(title=st.text(min_size=1), text=st.text())
def test_any_text_gives_well_formed_xml(title: str, text: str) -> None:
    entry = parsed(item(1, title=title, text=text)).find(f"{ATOM}entry")

    assert entry is not None
    assert len(texts(entry, "title")) == 1


def test_markup_is_text_and_control_characters_vanish() -> None:
    entry = parsed(item(1, title="<b>R&D</b>\x00\x0b \ufffe!", text="]]> \x1b[31m")).find(
        f"{ATOM}entry"
    )

    assert entry is not None
    assert texts(entry, "title") == ["<b>R&D</b> !"]
    assert texts(entry, "content")[0].startswith("]]> [31m")


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=6))
def test_the_same_publications_give_the_same_bytes_in_any_order(seed: int, count: int) -> None:
    items = [item(n) for n in range(1, count + 1)]
    shuffled = Random(seed).sample(items, count)  # noqa: S311 -- no secret

    assert feed_of("demo", shuffled) == feed_of("demo", items)
