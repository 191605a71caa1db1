"""What `metadata.json` says of one publication: the feed is made of nothing else."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.artifacts import Aspect, Chapter, Language
from contracts.base import Frozen, Name, RunId, Sha256

METADATA = "metadata.json"


class PublishedFile(Frozen):
    """A file beside `metadata.json`."""

    name: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z0-9]+$")]
    media_type: str
    size_bytes: int
    sha256: Sha256


class Metadata(Frozen):
    """`simulated` says that models of the simulator made parts of it."""

    run_id: RunId
    channel_id: Name
    channel_name: str
    topic: str
    language: Language
    title: str
    description: str
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]
    thumbnail_text: str
    chapters: tuple[Chapter, ...]
    duration_s: float
    aspect: Aspect
    width: int
    height: int
    published_at: AwareDatetime
    simulated: bool
    video: PublishedFile
    thumbnail: PublishedFile
    subtitles: PublishedFile

    @property
    def files(self) -> tuple[str, ...]:
        return (self.video.name, self.thumbnail.name, self.subtitles.name, METADATA)
