"""The feed of a channel, as Atom.

RSS 2.0 wants absolute addresses in enclosures; Atom (RFC 4287) takes relative ones, so the
feed of a library that no web server shows is valid as well. Thumbnails are Media RSS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contracts.artifacts import Chapter
from publisher.metadata import Metadata, PublishedFile

FEED = "feed.xml"
SIMULATED = "simulated"

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MINUTE_S, _HOUR_S = 60, 3600


@dataclass(frozen=True, slots=True)
class Item:
    """A publication and the name of its folder."""

    folder: str
    metadata: Metadata


def feed_of(channel_id: str, items: Sequence[Item], *, base_url: str = "") -> bytes:
    """Return the feed of `items`, newest first; the same items give the same bytes.

    Args:
        channel_id: Names the feed, whatever its title becomes.
        items: What was published in the channel, at least one.
        base_url: Where the library is shown; empty makes addresses relative to the feed.
    """
    newest_first = sorted(
        items, key=lambda item: (item.metadata.published_at, item.metadata.run_id), reverse=True
    )
    newest = newest_first[0].metadata
    base = f"{base_url.rstrip('/')}/{channel_id}/" if base_url else ""
    feed = Element(
        "feed",
        {
            "xmlns": "http://www.w3.org/2005/Atom",
            "xmlns:media": "http://search.yahoo.com/mrss/",
            "xml:lang": newest.language,
        },
    )
    name = newest.channel_name or channel_id
    _text(feed, "id", uuid5(NAMESPACE_URL, f"yaa:channel:{channel_id}").urn)
    _text(feed, "title", name)
    _text(feed, "updated", newest.published_at.isoformat())
    _text(SubElement(feed, "author"), "name", name)
    _text(feed, "generator", "yaa")
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=base + FEED)
    for item in newest_first:
        _add_entry(feed, item, base)
    indent(feed)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _add_entry(feed: Element, item: Item, base: str) -> None:
    metadata, folder = item.metadata, f"{base}{quote(item.folder)}/"
    label = f"[{SIMULATED}] " if metadata.simulated else ""
    at = metadata.published_at.isoformat()
    entry = SubElement(feed, "entry")
    _text(entry, "id", _urn(metadata.run_id))
    _text(entry, "title", label + metadata.title)
    _text(entry, "published", at)
    _text(entry, "updated", at)
    _text(entry, "content", _content(metadata)).set("type", "text")
    _link(entry, "alternate", metadata.video, folder)
    _link(entry, "enclosure", metadata.video, folder)
    SubElement(entry, "media:thumbnail", url=folder + quote(metadata.thumbnail.name))
    for term in ([SIMULATED] if metadata.simulated else []) + list(metadata.tags):
        SubElement(entry, "category", term=_legal(term))


def _link(entry: Element, rel: str, file: PublishedFile, folder: str) -> None:
    SubElement(
        entry,
        "link",
        rel=rel,
        type=file.media_type,
        length=str(file.size_bytes),
        href=folder + quote(file.name),
    )


def _content(metadata: Metadata) -> str:
    chapters = "\n".join(f"{_clock(each)} {each.title}" for each in metadata.chapters)
    parts = (metadata.description, chapters, " ".join(metadata.hashtags))
    return "\n\n".join(part for part in parts if part)


def _clock(chapter: Chapter) -> str:
    seconds = int(chapter.start_s)
    minutes = f"{seconds // _MINUTE_S % _MINUTE_S}:{seconds % _MINUTE_S:02}"
    hours = seconds // _HOUR_S
    return f"{hours}:{minutes.rjust(5, '0')}" if hours else minutes


def _urn(run_id: str) -> str:
    try:
        return UUID(run_id).urn
    except ValueError:
        return uuid5(NAMESPACE_URL, f"yaa:run:{run_id}").urn


def _text(parent: Element, tag: str, text: str) -> Element:
    element = SubElement(parent, tag)
    element.text = _legal(text)
    return element


def _legal(text: str) -> str:
    """Drop the characters that XML 1.0 cannot hold even when escaped."""
    return _ILLEGAL.sub("", text)
