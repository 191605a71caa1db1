"""What the writer's models answer with. The limits are also said in words: models read those."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from contracts.artifacts import TITLE_MAX_CHARS
from writer.pace import TARGET_S, chars_in, misfit

SCENES = 5
ON_SCREEN_CHARS = 24
THUMBNAIL_CHARS = 24


def _without_brackets(text: str) -> str:
    if "<" in text or ">" in text:
        raise ValueError("must not contain < or >, which video platforms refuse")
    return text


class Draft(BaseModel):
    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)


class SceneDraft(Draft):
    """One picture with what is said and shown over it."""

    narration: str = Field(
        min_length=1,
        max_length=400,
        description="What the narrator says: one or two short spoken sentences. No stage "
        "directions, no emoji, no headings.",
    )
    on_screen_text: str = Field(
        min_length=1,
        max_length=ON_SCREEN_CHARS,
        description=f"The scene in a few words, at most {ON_SCREEN_CHARS} characters, in the "
        "language of the video.",
    )
    image_prompt: str = Field(
        min_length=1,
        max_length=900,
        description="In English: subject, setting, composition, light and mood of one still "
        "picture. Nothing written in it: no text, letters, numbers, logos or watermarks.",
    )
    target_s: float = Field(
        ge=2, le=20, description="How many seconds the scene lasts, between 2 and 20."
    )


class ScriptDraft(Draft):
    """A short video, scene by scene."""

    title: str = Field(
        min_length=1,
        max_length=TITLE_MAX_CHARS,
        description="A working title in the language of the video.",
    )
    hook: str = Field(
        min_length=1,
        max_length=200,
        description="The first sentence of the first scene's narration, which makes a viewer stay.",
    )
    scenes: tuple[SceneDraft, ...] = Field(
        min_length=4, max_length=6, description=f"{SCENES} scenes, at least 4 and at most 6."
    )


def script_draft(language: str) -> type[ScriptDraft]:
    """Return `ScriptDraft` with a narration that fits the length of the video."""

    class FittingScript(ScriptDraft):
        @field_validator("scenes")
        @classmethod
        def _fit(cls, scenes: tuple[SceneDraft, ...]) -> tuple[SceneDraft, ...]:
            chars = sum(len(scene.narration) for scene in scenes)
            if wrong := misfit(chars, language):
                raise ValueError(
                    f"the narrations have {chars} characters in all, which is too {wrong} for "
                    f"{TARGET_S} seconds: aim at {chars_in(TARGET_S, language)}"
                )
            return scenes

    return FittingScript


class SeoDraft(Draft):
    """How a video presents itself to people and to search."""

    title: Annotated[str, AfterValidator(_without_brackets)] = Field(
        min_length=1,
        max_length=TITLE_MAX_CHARS,
        description=f"At most {TITLE_MAX_CHARS} characters, best under 60, the main search term "
        "near the front. True to the video, no clickbait, no hashtags.",
    )
    description: Annotated[str, AfterValidator(_without_brackets)] = Field(
        min_length=1,
        max_length=3000,
        description="Two or three short paragraphs: the answer in the first sentence, then what "
        "the video shows, then an invitation to comment or subscribe. No hashtags, no chapters, "
        "no links.",
    )
    tags: tuple[str, ...] = Field(
        min_length=1,
        max_length=40,
        description="8 to 15 search terms, the most specific first, without #, together at most "
        "500 characters.",
    )
    hashtags: tuple[str, ...] = Field(
        min_length=1, max_length=15, description="3 to 5 hashtags, one word each, beginning with #."
    )
    thumbnail_text: str = Field(
        min_length=1,
        max_length=THUMBNAIL_CHARS,
        description=f"The few words on the thumbnail, at most {THUMBNAIL_CHARS} characters.",
    )
