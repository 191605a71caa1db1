"""Everything that can be said about what is asked, by the names schemas use for it."""

from simulator.content.ask import Ask
from simulator.content.promotion import (
    chapters_of,
    description_of,
    hashtags_of,
    tags_of,
    thumbnail_of,
)
from simulator.content.research import claims_of, notes_of
from simulator.content.story import Story
from simulator.wire import Json

SYNONYMS: dict[str, tuple[str, ...]] = {
    "title": ("headline", "video_title", "seo_title", "working_title", "label", "name", "heading"),
    "hook": ("opening", "opener", "intro", "opening_line"),
    "summary": (
        "abstract", "overview", "synopsis", "tldr", "conclusion", "rationale", "reason",
        "explanation",
    ),
    "description": ("video_description", "details"),
    "text": (
        "claim", "statement", "fact", "point", "content", "body", "answer", "message", "sentence",
        "article", "response", "reply", "narration", "description",
    ),
    "narration": (
        "voiceover", "voice_over", "spoken_text", "script", "speech", "dialogue", "line",
        "voice_text", "full_script",
    ),
    "on_screen_text": (
        "caption", "overlay", "overlay_text", "text_overlay", "onscreen_text", "screen_text",
        "label",
    ),
    "image_prompt": (
        "visual", "visual_prompt", "picture", "visual_description", "image", "image_description",
        "prompt",
    ),
    "target_s": (
        "duration_s", "seconds", "duration", "duration_seconds", "target_seconds", "length_s",
        "length_seconds", "estimated_duration",
    ),
    "start_s": ("start", "start_seconds", "starts_at_s", "timestamp_s", "time_s", "offset_s"),
    "scenes": ("shots", "segments", "beats", "parts", "sections"),
    "claims": ("facts", "findings", "key_facts", "key_points", "statements", "insights"),
    "sources": (
        "source_numbers", "source_ids", "references", "citations", "source_indexes", "cites",
    ),
    "tags": ("keywords", "search_terms", "labels"),
    "hashtags": ("hash_tags",),
    "chapters": ("timestamps",),
    "thumbnail_text": ("thumbnail", "thumbnail_title", "cover_text"),
    "brand_notes": ("brand", "style_notes", "brand_rules", "notes"),
    "language": ("lang", "language_code", "locale"),
    "topic": ("subject", "theme"),
    "call_to_action": ("cta", "outro", "closing"),
    "url": ("link", "href", "source_url"),
    "number": ("index", "scene_number", "order", "position", "n", "id", "source"),
    "points": (),
}  # fmt: skip
"""What a property may be called, for each name this module uses."""


def candidates_for(name: str) -> list[str]:
    """Return the names under which `name` may be found, the likeliest first."""
    named = [canonical for canonical, others in SYNONYMS.items() if name in others]
    return [name, *named, *SYNONYMS.get(name, ())]


def material_of(ask: Ask, scenes: int) -> Json:
    story = Story(ask, scenes)
    narrations = ask.bullets("scenes") or [beat.narration for beat in story.beats]
    return {
        "title": story.title,
        "hook": story.hook,
        "summary": story.summary,
        "description": description_of(ask, story, narrations),
        "text": prose_of(story),
        "narration": " ".join(beat.narration for beat in story.beats),
        "scenes": _scenes_of(story),
        "claims": claims_of(ask),
        "points": _points_of(story),
        "tags": tags_of(ask),
        "hashtags": hashtags_of(ask),
        "chapters": chapters_of(story),
        "thumbnail_text": thumbnail_of(ask),
        "brand_notes": notes_of(ask),
        "language": ask.language,
        "topic": ask.topic.name,
        "call_to_action": story.call,
        "target_s": ask.target_s,
    }


def prose_of(story: Story) -> str:
    """Return the story as a few paragraphs to read."""
    language = story.ask.language
    told = [
        f"{fact.text(language)} {fact.more(language)}".strip()
        for fact in story.facts[: story.points]
    ]
    return "\n\n".join([story.hook, *told, story.closing])


def _scenes_of(story: Story) -> list[Json]:
    starts = [chapter["start_s"] for chapter in chapters_of(story)]
    return [
        {
            "number": number,
            "narration": beat.narration,
            "on_screen_text": beat.label,
            "title": beat.label,
            "image_prompt": beat.image,
            "target_s": beat.duration_s,
            "start_s": start,
        }
        for number, (beat, start) in enumerate(zip(story.beats, starts, strict=True), start=1)
    ]


def _points_of(story: Story) -> list[Json]:
    language = story.ask.language
    return [
        {
            "number": number,
            "title": fact.label(language),
            "text": fact.text(language),
            "description": fact.more(language) or fact.text(language),
        }
        for number, fact in enumerate(story.facts, start=1)
    ]
