"""A run that asks a person, and what the person may answer."""

from datetime import UTC, datetime, timedelta

from contracts.artifacts import BlobRef, Seo, Video

from .story import WIDE, Story, ref_to

DIGEST = f"{1:064}"
BLOB = BlobRef(sha256="1" * 64, size_bytes=7, media_type="video/mp4", name="video.mp4")
VIDEO = Video(
    video=BLOB,
    thumbnail=BLOB.model_copy(update={"name": "thumbnail.png", "media_type": "image/png"}),
    subtitles=BLOB.model_copy(update={"name": "de.srt", "media_type": "text/plain"}),
    duration_s=31.2,
    width=1080,
    height=1920,
    chapters=(),
)
SEO = Seo(title="조수의 비밀", description="", tags=(), hashtags=(), chapters=(), thumbnail_text="")
SHOWN = {
    "brief": ref_to({"topic": "조수"}, "Brief"),
    "seo": ref_to(SEO),
    "edit": ref_to(VIDEO),
}


def asking(
    run_id: str = "a", channel_id: str = "demo", *, on_behalf_of: str = "", **more: object
) -> Story:
    """Return a run that waits for a person until tomorrow."""
    told = Story(run_id, channel_id, WIDE).requested(
        "조수", requested_by="bob", on_behalf_of=on_behalf_of
    )
    told.asks("script").completes("script").asks("edit")
    told.completes("edit", simulated=True)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    question = {"shown": SHOWN, "expires_at": tomorrow, "expected_cost_usd_micro": 1500}
    return told.asks_a_person("publish", **(question | more))


def order(decision: str = "approve", **more: object) -> dict[str, object]:
    """Return a decision of minji on what `asking` shows."""
    return {"digest": DIGEST, "decision": decision, "decided_by": "minji", **more}
