"""What agents read and write: an agent is a function from artifacts to one artifact."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, JsonValue, model_validator

from contracts.base import Frozen, Name, Sha256, refuse_deep

type Aspect = Literal["9:16", "16:9"]
type Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]

TITLE_MAX_CHARS = 100
TAGS_MAX_CHARS = 500
DESCRIPTION_MAX_CHARS = 5000
TOPIC_MAX_CHARS = 500


class Artifact(Frozen):
    """Content of one step's result. Events carry only its reference."""


class BlobRef(Frozen):
    """A file in the object store, named by the SHA-256 of its bytes."""

    sha256: Sha256
    size_bytes: int
    media_type: str
    name: str


def _readable(content: dict[str, Any] | None) -> dict[str, Any] | None:
    refuse_deep(content)
    return content


class ArtifactRef(Frozen):
    """`kind` is the artifact's class name, `sha256` the hash of its JSON.

    Small artifacts travel in `inline`; large ones lie in the object store under `sha256`.
    """

    kind: str
    sha256: Sha256
    size_bytes: int
    inline: Annotated[dict[str, Any] | None, AfterValidator(_readable)] = None


class Brief(Artifact):
    """What a person asked for, with the channel as it was at that moment."""

    topic: Annotated[str, Field(min_length=1, max_length=TOPIC_MAX_CHARS)]
    channel_id: Name
    brand_name: str
    language: Language = "ko"
    brand_guide: str = ""
    aspect: Aspect = "9:16"
    dry_run: bool = False
    review: bool = False
    """A person wants to approve what is published before it is."""


class Source(Frozen):
    """Where a claim comes from. `url` is empty for what has no address of its own."""

    kind: Literal["web", "brand_guide", "earlier_research"]
    title: str
    url: str = ""


class Claim(Frozen):
    text: str
    sources: tuple[Source, ...]


class Findings(Artifact):
    topic: str
    language: Language
    summary: str
    claims: tuple[Claim, ...]
    brand_notes: tuple[str, ...] = ()


class Scene(Frozen):
    """One picture with what is said and shown over it."""

    narration: str
    on_screen_text: str
    image_prompt: str
    target_s: float = Field(gt=0, le=60)


class Script(Artifact):
    title: str
    language: Language
    hook: str
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1, max_length=20)]


class Chapter(Frozen):
    start_s: float
    title: str


class Seo(Artifact):
    title: Annotated[str, Field(min_length=1, max_length=TITLE_MAX_CHARS)]
    description: Annotated[str, Field(max_length=DESCRIPTION_MAX_CHARS)]
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    thumbnail_text: str

    @model_validator(mode="after")
    def _tags_fit(self) -> Self:
        length = len(",".join(self.tags))
        if length > TAGS_MAX_CHARS:
            raise ValueError(f"tags have {length} characters, at most {TAGS_MAX_CHARS} are allowed")
        return self


class SceneMedia(Frozen):
    """Picture and narration of one scene; `duration_s` is the narration's real length."""

    image: BlobRef
    narration: BlobRef
    duration_s: float


class Media(Artifact):
    """`subtitles` is SRT and `styled_subtitles` ASS, both timed from real durations."""

    scenes: tuple[SceneMedia, ...]
    subtitles: BlobRef
    styled_subtitles: BlobRef
    duration_s: float


class Video(Artifact):
    """The finished video. `chapters` start where the scenes really do."""

    video: BlobRef
    thumbnail: BlobRef
    subtitles: BlobRef
    duration_s: float
    width: int
    height: int
    chapters: tuple[Chapter, ...]


class Publication(Artifact):
    """Where the video went; with `dry_run` where it would have gone, and nothing was written."""

    destination: str
    dry_run: bool
    title: str
    video_path: str
    files: tuple[str, ...]
    note: str


class Items(Artifact):
    """The list that a step runs for each item of."""

    values: tuple[JsonValue, ...]


class Item(Artifact):
    """What one instance of a step is given: the value at `index` of `count`."""

    index: int
    count: int
    value: JsonValue

    def as_[M: BaseModel](self, kind: type[M]) -> M:
        """Return the value as a `kind`.

        Raises:
            pydantic.ValidationError: it is none.
        """
        return kind.model_validate(self.value)


class Joined(Artifact):
    """What the instances of a step produced, in the order of the items; None for a failed one."""

    outputs: tuple[ArtifactRef | None, ...]


class Revision(Artifact):
    """What a person wants to be different in `previous`, the output of the step that runs again."""

    comment: str
    round: int
    previous: ArtifactRef | None = None
